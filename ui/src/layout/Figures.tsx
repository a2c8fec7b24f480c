import css from "./layout.module.css";

export interface Figure {
  label: string;
  value: string;
  /** The whole number where `value` is short for it. */
  exact?: string;
  alarming?: boolean;
}

/** Counts as large figures. */
export function Figures({ figures }: { figures: Figure[] }) {
  return (
    <dl className={css.figures}>
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
