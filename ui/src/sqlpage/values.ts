/** Values of a query as a table and a chart have them. Pure. */

import type { QueryResult } from "~/api/schema";

type Type = "number" | "time" | "text";

export function typeOf(clickhouse: string): Type {
  const plain = clickhouse
    .replace(/^(LowCardinality|Nullable)\((.*)\)$/, "$2")
    .replace(/^Nullable\((.*)\)$/, "$1");
  if (/^(U?Int|Float|Decimal)/.test(plain)) return "number";
  if (/^Date/.test(plain)) return "time";
  return "text";
}

/** A cell as text; JSON for what is not a plain value. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function numberOf(value: unknown): number | null {
  if (value === null || value === "") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

/** Milliseconds since 1970 of a date or time, which has no zone if it is UTC. */
function millis(value: unknown): number {
  const text = shown(value).replace(" ", "T");
  return Date.parse(text.length > 10 && !/Z|[+-]\d\d:?\d\d$/.test(text) ? `${text}Z` : text);
}

export type Drawing =
  | { kind: "time"; times: number[]; lines: { label: string; values: (number | null)[] }[] }
  | { kind: "bars"; label: string; bars: { name: string; value: number }[] };

const MOST_BARS = 50;
const MOST_LINES = 8;

/**
 * How a result is drawn: over time if it has a column of times, or as bars by its first column; null if
 * it has no numbers.
 */
export function drawingOf({ columns, rows }: QueryResult): Drawing | null {
  const types = columns.map(({ type }) => typeOf(type));
  const numbers = types.flatMap((type, k) => (type === "number" ? [k] : []));
  const time = types.indexOf("time");
  if (time >= 0 && numbers.length > 0) {
    const inOrder = rows
      .map((row) => ({ at: millis(row[time]), row }))
      .filter(({ at }) => Number.isFinite(at))
      .sort((a, b) => a.at - b.at);
    return {
      kind: "time",
      times: inOrder.map(({ at }) => at),
      lines: numbers.slice(0, MOST_LINES).map((k) => ({
        label: columns[k]?.name ?? "",
        values: inOrder.map(({ row }) => numberOf(row[k])),
      })),
    };
  }
  const label = types.findIndex((type) => type !== "number");
  const value = numbers.find((k) => k !== label);
  if (value === undefined || label < 0) return null;
  return {
    kind: "bars",
    label: columns[value]?.name ?? "",
    bars: rows.slice(0, MOST_BARS).flatMap((row) => {
      const length = numberOf(row[value]);
      return length === null ? [] : [{ name: shown(row[label]), value: length }];
    }),
  };
}
