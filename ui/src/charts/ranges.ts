/** Ranges of time that a chart shows, in milliseconds since 1970. Pure. */

export interface Range {
  from: number;
  to: number;
}

const HOUR = 3_600_000;
export const PRESETS: { label: string; length: number }[] = [
  { label: "1 h", length: HOUR },
  { label: "24 h", length: 24 * HOUR },
  { label: "7 d", length: 7 * 24 * HOUR },
  { label: "30 d", length: 30 * 24 * HOUR },
];

// Readings are kept to the microsecond; nothing finer is zoomed into.
const SHORTEST = 1;

export function last(whole: Range, length: number): Range {
  return { from: Math.max(whole.from, whole.to - length), to: whole.to };
}

/** `range` around its middle, `factor` times as long. */
export function zoomed({ from, to }: Range, factor: number): Range {
  const middle = (from + to) / 2;
  const half = Math.max(((to - from) / 2) * factor, SHORTEST);
  return { from: Math.round(middle - half), to: Math.round(middle + half) };
}

/** `range` moved by half of its length, earlier (-1) or later (1). */
export function moved({ from, to }: Range, direction: -1 | 1): Range {
  const step = Math.round(((to - from) / 2) * direction);
  return { from: from + step, to: to + step };
}

/** Two moments of an address; null if they are none. */
export function rangeOf(from: string | null, to: string | null): Range | null {
  const range = { from: Date.parse(from ?? ""), to: Date.parse(to ?? "") };
  return range.from < range.to ? range : null;
}
