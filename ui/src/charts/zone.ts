/** Moments in the zone that a chart is read in: UTC, or that of the visitor. */

export type Zone = "utc" | "local";

/** ISO 8601 without an offset, as clocks of the zone show it: 2026-03-01T06:10:00.000. */
export function wallClock(ms: number, zone: Zone): string {
  const shift = zone === "utc" ? 0 : new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - shift).toISOString().slice(0, -1);
}

/** The moment that clocks of the zone show as `text`; null if it is none. */
export function momentOf(text: string, zone: Zone): number | null {
  // Without an offset, a time is local.
  const ms = Date.parse(zone === "utc" ? `${text}Z` : text);
  return Number.isFinite(ms) ? ms : null;
}

export function zoneName(zone: Zone): string {
  if (zone === "utc") return "UTC";
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "local time";
}
