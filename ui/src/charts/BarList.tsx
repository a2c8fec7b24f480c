import { Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import css from "./charts.module.css";

export interface Bar {
  key: string;
  name: ReactNode;
  value: number;
  shown: string;
}

/** Names with a number and a bar of that length; a list for screen readers. */
export function BarList(props: {
  label: string;
  kind: "brand" | "red";
  bars: Bar[] | undefined;
  /** The value of a whole bar, if it is not the largest of these. */
  most?: number;
}) {
  if (props.bars === undefined) return <Skeleton height={120} />;
  const most = props.most ?? Math.max(...props.bars.map(({ value }) => value), 1);
  return (
    <ul
      className={`${css.bars ?? ""} ${props.kind === "red" ? (css.red ?? "") : ""}`}
      aria-label={props.label}
    >
      {props.bars.map(({ key, name, value, shown }) => (
        <li key={key}>
          <span className={css.barName}>{name}</span>
          <span className={css.track} aria-hidden>
            <span style={{ width: `${(100 * value) / most}%` }} />
          </span>
          <span className={css.barValue}>{shown}</span>
        </li>
      ))}
    </ul>
  );
}
