import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { address, request } from "~/api/client";
import type { DryRun } from "~/api/documents";
import { asParameters, type ReadOptions } from "~/options/readOptions";

export const RECORDS = 20;

/** How the file that begins with `head` would be read: the dry run of the API. */
export async function dryRun(
  filename: string,
  head: Blob,
  options: ReadOptions,
  signal?: AbortSignal,
): Promise<DryRun> {
  const query = new URLSearchParams([
    ...asParameters(options),
    ["filename", filename],
    ["preview", String(RECORDS)],
  ]);
  const answer = await request(`${address("/validate")}?${query.toString()}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: head,
    signal: signal ?? null,
  });
  return (await answer.json()) as DryRun;
}

/** The dry run for a page; `key` identifies the file. */
export function previewQuery(key: string, filename: string, head: Blob, options: ReadOptions) {
  return queryOptions({
    queryKey: ["preview", key, options],
    queryFn: ({ signal }) => dryRun(filename, head, options, signal),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    retry: false,
  });
}
