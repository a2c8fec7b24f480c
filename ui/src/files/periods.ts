/** Since when files of a list were uploaded. Pure. */

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

export interface Period {
  value: string;
  label: string;
  /** Milliseconds. */
  length: number;
}

export const PERIODS: Period[] = [
  { value: "1h", label: "uploaded in the last hour", length: 60 * MINUTE },
  { value: "1d", label: "uploaded in the last day", length: DAY },
  { value: "7d", label: "uploaded in the last week", length: 7 * DAY },
  { value: "30d", label: "uploaded in the last 30 days", length: 30 * DAY },
];

/** The moment a period begins, in whole minutes, so that a list is not asked for each second. */
export function sinceOf(period: Period | undefined, now: number): string | null {
  if (period === undefined) return null;
  return new Date(Math.floor((now - period.length) / MINUTE) * MINUTE).toISOString();
}
