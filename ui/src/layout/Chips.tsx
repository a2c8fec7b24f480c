import css from "./chips.module.css";

export interface Chip {
  value: string | null;
  label: string;
  count?: string | undefined;
}

/** One of several: which part of a list is shown, with how many there are in each. */
export function Chips(props: {
  label: string;
  chips: Chip[];
  value: string | null;
  onChange: (value: string | null) => void;
}) {
  return (
    <div role="group" aria-label={props.label} className={css.chips}>
      {props.chips.map(({ value, label, count }) => (
        <button
          key={label}
          type="button"
          className={css.chip}
          aria-pressed={value === props.value}
          onClick={() => props.onChange(value)}
        >
          {label}
          {count !== undefined && <span className={css.count}>{count}</span>}
        </button>
      ))}
    </div>
  );
}
