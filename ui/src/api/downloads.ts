/** Downloads by fetch, since a link could carry neither the key nor an Accept header. */

import type { Range } from "~/charts/ranges";
import { address, filePath, request } from "./client";

export async function downloadRejects(fileId: string, filename: string): Promise<void> {
  const url = address(filePath(fileId, "/invalid-rows"));
  await download(url, `rejects of ${filename}`, { Accept: "text/csv" });
}

/** What readings are written as. */
export const FORMS = ["csv", "parquet", "arrow"] as const;
export type Form = (typeof FORMS)[number];
export const FORM_NAMES = { csv: "CSV", parquet: "Parquet", arrow: "Arrow" } as const;
const TYPES = {
  csv: "text/csv",
  parquet: "application/vnd.apache.parquet",
  arrow: "application/vnd.apache.arrow.stream",
} as const;

/** Readings of a sensor over all files, of a range if one is given. */
export async function downloadSensorReadings(
  sensorId: string,
  form: Form,
  range: Range | null,
): Promise<void> {
  const moment = (ms: number) => new Date(ms).toISOString();
  const url = address("/readings", {
    sensor: sensorId,
    from: range && moment(range.from),
    to: range && moment(range.to),
  });
  const name = sensorId.replace(/[\\/:*?"<>|]/g, "_");
  await download(url, `readings of ${name}.${form}`, { Accept: TYPES[form] });
}

/** All readings of a file. */
export async function downloadReadings(
  fileId: string,
  filename: string,
  form: Form,
): Promise<void> {
  const stem = filename.replace(/(\.(csv|txt|tsv|dat))?(\.(gz|zst))?$/i, "");
  const url = address(filePath(fileId, "/readings"));
  await download(url, `readings of ${stem}.${form}`, { Accept: TYPES[form] });
}

export async function downloadRaw(fileId: string, filename: string): Promise<void> {
  await download(address(filePath(fileId, "/raw")), filename);
}

async function download(url: string, name: string, headers: HeadersInit = {}): Promise<void> {
  const answer = await request(url, { headers });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  // The browser has taken it over by the next turn at the latest.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
