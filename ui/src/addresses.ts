/** Addresses of pages. */

export const FILES = "/";
export const SENSORS = "/sensors";
export const PROFILES = "/profiles";
export const STATUS = "/status";
export const SQL = "/sql";
export const WEBHOOKS = "/webhooks";

/** The page of a webhook with its messages. */
export function webhookHref(webhookId: string): string {
  return `${WEBHOOKS}/${encodeURIComponent(webhookId)}`;
}

/** The page of the first sensor, compared with the others. */
export function compareHref(ids: string[]): string {
  const [first = "", ...others] = ids;
  const query = new URLSearchParams({ id: first });
  for (const id of others) query.append("with", id);
  return `/sensor?${query.toString()}`;
}

/** The sensors of a source. */
export function sensorsOfSourceHref(source: string): string {
  return `${SENSORS}?${new URLSearchParams({ q: `${source}/` }).toString()}`;
}

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
