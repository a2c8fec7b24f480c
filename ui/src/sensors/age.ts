/** How long ago a sensor was last heard of. Pure. */

const UNITS: [string, number][] = [
  ["y", 365 * 86_400],
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
];

/** The largest unit alone: 12 d, 5 h, 3 min. */
export function age(ms: number): string {
  const seconds = ms / 1000;
  for (const [name, length] of UNITS) {
    if (seconds >= length) return `${Math.floor(seconds / length).toString()} ${name}`;
  }
  return seconds < 0 ? "ahead of the clock" : "now";
}

export interface Silence {
  value: string;
  label: string;
  /** Milliseconds; those last heard of longer ago are shown, or not as long ago with `heard`. */
  length: number;
  heard?: boolean;
}

const HOUR = 3_600_000;
export const SILENCES: Silence[] = [
  { value: "heard", label: "heard in the last day", length: 24 * HOUR, heard: true },
  { value: "1h", label: "silent for an hour", length: HOUR },
  { value: "1d", label: "for a day", length: 24 * HOUR },
  { value: "7d", label: "for a week", length: 7 * 24 * HOUR },
];

export function fits(silence: Silence, last: string | null, now: number): boolean {
  const silent = last === null || now - Date.parse(last) > silence.length;
  return silence.heard === true ? !silent : silent;
}
