/** Numbers, sizes, durations and moments as people read them. */

const WHOLE = new Intl.NumberFormat("en");
const REAL = new Intl.NumberFormat("en", { maximumSignificantDigits: 9 });
const ROUNDED = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });

export const NOTHING = "–";

export function count(value: number | null | undefined): string {
  return value == null ? NOTHING : WHOLE.format(value);
}

/** A measured value: nine digits at most, with an exponent if it is long. */
export function real(value: number | null | undefined): string {
  if (value == null) return NOTHING;
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e12 || size < 1e-6))
    return value.toExponential(5).replace(/\.?0+e/, "e");
  return REAL.format(value);
}

/** A value that was calculated: six digits, since its last ones say nothing. */
export function rounded(value: number | null | undefined): string {
  if (value == null) return NOTHING;
  const size = Math.abs(value);
  return size !== 0 && (size >= 1e12 || size < 1e-6) ? real(value) : ROUNDED.format(value);
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

export function bytes(value: number): string {
  let unit = 0;
  let rest = value;
  while (rest >= 999.5 && unit < UNITS.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || rest >= 99.95 ? 0 : 1;
  return `${rest.toFixed(digits)} ${UNITS[unit] ?? ""}`;
}

export function duration(ms: number | null | undefined): string {
  if (ms == null) return NOTHING;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 60) return `${s < 10 ? s.toFixed(2) : s.toFixed(1)} s`.replace(/\.0+ /, " ");
  const whole = Math.round(s);
  if (whole < 3600) return parts([Math.floor(whole / 60), "min"], [whole % 60, "s"]);
  if (whole < 86_400) {
    return parts([Math.floor(whole / 3600), "h"], [Math.floor((whole % 3600) / 60), "min"]);
  }
  return parts([Math.floor(whole / 86_400), "d"], [Math.floor((whole % 86_400) / 3600), "h"]);
}

function parts(...amounts: [number, string][]): string {
  return amounts
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(" ");
}

/** 2026-11-24 22:00:31 of an ISO 8601 moment in UTC; fractions of a second if there are any. */
export function moment(iso: string): string {
  return iso.replace("T", " ").replace(/\.?0*Z$/, "");
}

/** The same to the second. */
export function second(iso: string): string {
  return iso.slice(0, 19).replace("T", " ");
}

/** The same to the minute. */
export function minute(iso: string): string {
  return iso.slice(0, 16).replace("T", " ");
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

export function ago(iso: string, now: number): string {
  const seconds = (now - Date.parse(iso)) / 1000;
  if (seconds < 10) return "just now";
  if (seconds > 7 * 86_400) return iso.slice(0, 10);
  for (const [unit, length] of STEPS) {
    if (seconds >= length) return RELATIVE.format(-Math.floor(seconds / length), unit);
  }
  return RELATIVE.format(-Math.floor(seconds / 10) * 10, "second");
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** What a code of an invalid row says, in words. */
export function codeWords(code: string): string {
  const words = code.replace("sensor_id_", "sensor_id: ").replace("timestamp_", "timestamp: ");
  return words
    .replace("value_", "value: ")
    .replaceAll("_", " ")
    .replace("sensor id:", "sensor_id:");
}
