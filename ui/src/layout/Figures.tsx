import type { CSSProperties } from "react";
import css from "./layout.module.css";

export interface Figure {
  label: string;
  value: string;
  /** All digits where `value` is rounded. */
  exact?: string;
  alarming?: boolean;
}

/** Counts as large figures, in one size that fits the longest of them. */
export function Figures({ figures }: { figures: Figure[] }) {
  const longest = Math.max(...figures.map(({ value }) => value.length), 1);
  return (
    <dl
      className={css.figures}
      data-long={longest > 9 || undefined}
      style={{ "--characters": longest } as CSSProperties}
    >
      {figures.map(({ label, value, exact, alarming }) => (
        <div key={label} className={css.figure}>
          <dt>{label}</dt>
          <dd className={alarming ? css.alarming : undefined} title={exact}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}
