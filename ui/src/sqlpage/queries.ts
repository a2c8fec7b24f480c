/** What the SQL page asks of the API. */

import { queryOptions } from "@tanstack/react-query";
import { address, getJson, request } from "~/api/client";
import type { QueryResult, Views } from "~/api/schema";

/** Rows that are shown; a download has all of them. */
export const ROWS_SHOWN = 1000;
export const SECONDS = 60;

export function viewsQuery() {
  return queryOptions({
    queryKey: ["sql-views"],
    queryFn: ({ signal }) => getJson<Views>(address("/sql/views"), signal),
    staleTime: Infinity,
  });
}

function post(query: string, accept: string, signal: AbortSignal): Promise<Response> {
  return request(address("/sql"), {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: accept },
    body: JSON.stringify({ query, limit: ROWS_SHOWN, seconds: SECONDS }),
    signal,
  });
}

/** Run a query. To abort it ends it in the database, too. */
export async function run(query: string, signal: AbortSignal): Promise<QueryResult> {
  return (await (await post(query, "application/json", signal)).json()) as QueryResult;
}

export type FileKind = "csv" | "parquet";
const TYPES: Record<FileKind, string> = {
  csv: "text/csv",
  parquet: "application/vnd.apache.parquet",
};

/** All rows of a query as a file. */
export async function download(query: string, kind: FileKind, signal: AbortSignal): Promise<Blob> {
  return (await post(query, TYPES[kind], signal)).blob();
}
