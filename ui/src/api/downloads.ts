/** Downloads by fetch, since a link could carry neither the key nor an Accept header. */

import { address, filePath, request } from "./client";

export async function downloadRejects(fileId: string, filename: string): Promise<void> {
  const url = address(filePath(fileId, "/invalid-rows"));
  await download(url, `rejects of ${filename}`, { Accept: "text/csv" });
}

/** All readings of a file: `csv` or `parquet`. */
export async function downloadReadings(
  fileId: string,
  filename: string,
  form: "csv" | "parquet",
): Promise<void> {
  const type = form === "csv" ? "text/csv" : "application/vnd.apache.parquet";
  const stem = filename.replace(/(\.(csv|txt|tsv|dat))?(\.(gz|zst))?$/i, "");
  const url = address(filePath(fileId, "/readings"));
  await download(url, `readings of ${stem}.${form}`, { Accept: type });
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
