/** Operations on many files: previews, beginning one, and following it. */

import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { address, getJson, request } from "~/api/client";
import type { Page, Status } from "~/api/documents";
import type { CorrectionPreview, FilesPreview, Operation, OperationFile } from "~/api/schema";

/** Files that a selection names one by one, at most. */
export const MOST_FILES = 2000;

export interface Selection {
  file_ids?: string[];
  profile?: string;
  parent_id?: string;
  status?: Status;
  q?: string;
  since?: string;
}

export type Change =
  | { kind: "replace"; column: string; find: string; replacement: string; whole: boolean }
  | { kind: "map"; column: string; words: Record<string, string> }
  | { kind: "time_format"; format: string }
  | { kind: "shift"; by: string };

export interface Correction {
  files: Selection;
  rows: { code?: string; text?: string };
  changes: Change[];
}

export interface Reprocessing {
  files: Selection;
  options: Record<string, string | string[]>;
}

async function post<Answer>(
  path: string,
  body: unknown,
  more: { signal?: AbortSignal; key?: string } = {},
): Promise<Answer> {
  const headers = new Headers({ "Content-Type": "application/json" });
  if (more.key !== undefined) headers.set("Idempotency-Key", more.key);
  const answer = await request(address(path), {
    method: "POST",
    headers,
    body: JSON.stringify(body),
    signal: more.signal ?? null,
  });
  return (await answer.json()) as Answer;
}

export function correctionPreviewQuery(correction: Correction | null) {
  return queryOptions({
    queryKey: ["correction-preview", correction],
    enabled: correction !== null,
    queryFn: ({ signal }) =>
      post<CorrectionPreview>("/corrections/preview", correction, { signal }),
    placeholderData: (before) => before,
    retry: false,
    gcTime: 0,
  });
}

export function filesPreviewQuery(reprocessing: Reprocessing) {
  return queryOptions({
    queryKey: ["files-preview", reprocessing.files],
    queryFn: ({ signal }) =>
      post<FilesPreview>("/reprocessings/preview", { files: reprocessing.files }, { signal }),
    gcTime: 0,
  });
}

/**
 * Begin an operation; `key` is the same for each repetition of the request. Without one, the same
 * request is the same operation for as long as its files are as they were.
 */
export function begin(
  path: "/corrections" | "/reprocessings",
  body: Correction | Reprocessing,
  key?: string,
): Promise<Operation> {
  return post<Operation>(path, body, key === undefined ? {} : { key });
}

export function newKey(): string {
  const numbers = crypto.getRandomValues(new Uint32Array(4));
  return Array.from(numbers, (number) => number.toString(16).padStart(8, "0")).join("");
}

// Milliseconds between looks at what goes on, and at a list of what has gone on.
const SOON = 300;
const NOW_AND_THEN = 2000;
const SELDOM = 30_000;
const LATEST = 5;

export function operationQuery(client: QueryClient, id: string) {
  return queryOptions({
    queryKey: ["operation", id],
    queryFn: async ({ signal }) => {
      const found = await getJson<Operation>(address(`/operations/${id}`), signal);
      if (found.status === "done") {
        for (const name of ["files", "stats", "file"]) {
          void client.invalidateQueries({ queryKey: [name] });
        }
      }
      return found;
    },
    refetchInterval: ({ state }) => (state.data?.status === "done" ? false : SOON),
  });
}

/** The operations that were begun last, the latest first. */
export function operationsQuery() {
  return queryOptions({
    queryKey: ["operations"],
    queryFn: ({ signal }) =>
      getJson<Page<Operation>>(address("/operations", { limit: LATEST }), signal),
    refetchInterval: ({ state }) =>
      state.data?.items.some(({ status }) => status === "running") ? NOW_AND_THEN : SELDOM,
  });
}

export function rejectedQuery(id: string) {
  return queryOptions({
    queryKey: ["operation", id, "rejected"],
    queryFn: ({ signal }) =>
      getJson<Page<OperationFile>>(
        address(`/operations/${id}/files`, { result: "rejected", limit: 10 }),
        signal,
      ),
  });
}
