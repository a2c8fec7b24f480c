/** Addresses of pages. */

export const FILES = "/";
export const SENSORS = "/sensors";
export const PROFILES = "/profiles";
export const STATUS = "/status";
export const SQL = "/sql";

/** The SQL page with a query, which is not run by that. */
export function sqlHref(query: string): string {
  return `${SQL}?${new URLSearchParams({ q: query }).toString()}`;
}

export function profileHref(name: string): string {
  return `${PROFILES}/${encodeURIComponent(name)}`;
}

export function fileHref(fileId: string): string {
  return `/files/${encodeURIComponent(fileId)}`;
}

/** A sensor's name may have slashes and dots, which paths do not carry well: it is a parameter. */
export function sensorHref(sensorId: string): string {
  return `/sensor?${new URLSearchParams({ id: sensorId }).toString()}`;
}
