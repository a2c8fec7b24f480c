/** What pages ask of the API, with the keys under which the answers are kept. */

import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  type QueryClient,
} from "@tanstack/react-query";
import { address, filePath, getJson, request } from "./client";
import type {
  FileDocument,
  FileItem,
  ListedInvalidRow,
  Page,
  Readings,
  ResubmittedFile,
  SensorInFile,
  SensorResult,
  SensorTotal,
  Stats,
  Status,
} from "./documents";
import type { CountsOfList, SourceTotals } from "./schema";
import { asParameters, type ReadOptions } from "~/options/readOptions";
import type { Range } from "~/charts/ranges";
import { isLive } from "./live";
import { sparklineOf } from "./sparklines";

// Interval of polling while there is no stream of events, in milliseconds.
const SOON = 1000;
const NOW_AND_THEN = 4000;
// With a stream: only in case that something was missed.
const SELDOM = 30_000;

export interface FilesAsked {
  status: Status | null;
  q: string;
  sort: string;
  cursor: string | null;
  /** Only the members of this container. */
  parent_id?: string;
  /** Only what was uploaded at this moment or later: ISO 8601. */
  since?: string | null;
}

export const FILES_PER_PAGE = 50;

export function filesQuery(asked: FilesAsked) {
  return queryOptions({
    queryKey: ["files", asked],
    queryFn: ({ signal }) =>
      getJson<Page<FileItem>>(address("/files", { ...asked, limit: FILES_PER_PAGE }), signal),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => {
      if (isLive()) return SELDOM;
      return state.data?.items.some((file) => file.status === "waiting") ? SOON : NOW_AND_THEN;
    },
  });
}

/** How many files fit, by status; null if there are too many to be counted. */
export function fileCountsQuery(asked: { q: string; since: string | null }) {
  return queryOptions({
    queryKey: ["file-counts", asked],
    enabled: asked.q !== "" || asked.since !== null,
    queryFn: async ({ signal }) =>
      (await getJson<CountsOfList>(address("/files/counts", asked), signal)).counts,
    // The service counts again when its counts are old.
    refetchInterval: NOW_AND_THEN,
  });
}

export function statsQuery() {
  return queryOptions({
    queryKey: ["stats"],
    queryFn: ({ signal }) => getJson<Stats>(address("/stats"), signal),
    refetchInterval: () => (isLive() ? SELDOM : NOW_AND_THEN),
  });
}

export function fileQuery(fileId: string) {
  return queryOptions({
    queryKey: ["file", fileId],
    queryFn: ({ signal }) => getJson<FileDocument>(address(filePath(fileId)), signal),
    refetchInterval: ({ state }) => {
      if (state.data?.status !== "waiting" && state.data?.replay == null) return false;
      return isLive() ? NOW_AND_THEN : SOON;
    },
  });
}

export const SENSORS_PER_PAGE = 1000;

/** Sensors of a file, page by page as far as they are scrolled to. */
export function fileSensorsQuery(fileId: string, generation: number, sort: string, q: string) {
  return infiniteQueryOptions({
    queryKey: ["file", fileId, "sensors", generation, sort, q],
    queryFn: ({ signal, pageParam }) =>
      getJson<Page<SensorResult>>(
        address(filePath(fileId, "/sensors"), {
          sort,
          q,
          limit: SENSORS_PER_PAGE,
          cursor: pageParam,
        }),
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    staleTime: Infinity, // of a generation, these never change
    structuralSharing: false, // so there is nothing to compare, page after page
  });
}

/** The sensors of a file with most rows, or with fewest. */
export function sensorsBySizeQuery(
  fileId: string,
  generation: number,
  sort: "-row_count" | "row_count",
  count: number,
) {
  return queryOptions({
    queryKey: ["file", fileId, "by-size", generation, sort, count],
    queryFn: ({ signal }) =>
      getJson<Page<SensorResult>>(
        address(filePath(fileId, "/sensors"), { sort, limit: count }),
        signal,
      ),
    staleTime: Infinity,
  });
}

export const INVALID_PER_PAGE = 200;

export interface InvalidRowsAsked {
  code: string | null;
  text: string;
  corrected: string | null;
}

/** Invalid rows of a file; `state` changes with what they are. */
export function invalidRowsQuery(fileId: string, state: string, asked: InvalidRowsAsked) {
  return infiniteQueryOptions({
    queryKey: ["file", fileId, "invalid", state, asked],
    queryFn: ({ signal, pageParam }) =>
      getJson<Page<ListedInvalidRow>>(
        address(filePath(fileId, "/invalid-rows"), {
          ...asked,
          limit: INVALID_PER_PAGE,
          cursor: pageParam,
        }),
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
}

/** The first invalid row of a file with a code. */
export function firstInvalidQuery(fileId: string, generation: number, code: string) {
  return queryOptions({
    queryKey: ["file", fileId, "first-invalid", generation, code],
    queryFn: ({ signal }) =>
      getJson<Page<ListedInvalidRow>>(
        address(filePath(fileId, "/invalid-rows"), { code, limit: 1 }),
        signal,
      ),
    staleTime: Infinity,
  });
}

export function sensorsQuery(q: string, sort: string) {
  return infiniteQueryOptions({
    queryKey: ["sensors", q, sort],
    queryFn: ({ signal, pageParam }) =>
      getJson<Page<SensorTotal>>(
        address("/sensors", { q, sort, limit: SENSORS_PER_PAGE, cursor: pageParam }),
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    structuralSharing: false, // comparing all pages would cost more than drawing the rows in sight
  });
}

/** One sensor over all files; undefined if no file has it. */
export function sensorQuery(sensorId: string) {
  return queryOptions({
    queryKey: ["sensor", sensorId],
    queryFn: ({ signal }) =>
      getJson<Page<SensorTotal>>(address("/sensors", { sensor_id: sensorId, limit: 1 }), signal),
  });
}

/** Some files with `q` in their name, the last ones first. */
export function someFilesQuery(q: string) {
  return queryOptions({
    queryKey: ["files", "some", q],
    queryFn: ({ signal }) =>
      getJson<Page<FileItem>>(address("/files", { q, sort: "-upload_time", limit: 20 }), signal),
    placeholderData: keepPreviousData,
  });
}

/** What sensors have before the first slash of their names, with their totals. */
export function sourcesQuery(q: string, sort: string) {
  return queryOptions({
    queryKey: ["sensors", "sources", q, sort],
    queryFn: ({ signal }) =>
      getJson<Page<SourceTotals>>(
        address("/sources", { q, sort, limit: SENSORS_PER_PAGE }),
        signal,
      ),
    placeholderData: keepPreviousData,
  });
}

/** The last means of a sensor; those of sensors that are asked for together are one call. */
export function sparklineQuery({ sensor_id: id, files, last_timestamp: last }: SensorTotal) {
  return queryOptions({
    queryKey: ["spark", id, files, last],
    queryFn: () => sparklineOf(id),
    retry: false,
    staleTime: Infinity,
  });
}

/** Some sensors with `q` in their name, to choose one of. */
export function someSensorsQuery(q: string) {
  return queryOptions({
    queryKey: ["sensors", "some", q],
    queryFn: ({ signal }) =>
      getJson<Page<SensorTotal>>(address("/sensors", { q, limit: 20 }), signal),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

/** A sensor's files, as many as a chart and a table show well, by the time of their first row. */
export function sensorFilesQuery(sensorId: string, sort: string) {
  return queryOptions({
    queryKey: ["sensor", sensorId, "files", sort],
    queryFn: ({ signal }) =>
      getJson<Page<SensorInFile>>(
        address("/sensor-results", { sensor_id: sensorId, sort, limit: 1000 }),
        signal,
      ),
    placeholderData: keepPreviousData,
  });
}

const POINTS = 400;

function within({ from, to }: Range) {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString(), points: POINTS };
}

/** Readings of a sensor of a file over a range of time. */
export function fileReadingsQuery(
  fileId: string,
  generation: number,
  sensor: string,
  range: Range,
) {
  return queryOptions<Readings>({
    queryKey: ["file", fileId, "readings", generation, sensor, range],
    queryFn: ({ signal }) =>
      getJson<Readings>(
        address(filePath(fileId, "/readings"), { sensor, ...within(range) }),
        signal,
      ),
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}

/** Readings of a sensor over a range of time, over all files. */
export function sensorReadingsQuery(sensorId: string, range: Range) {
  return queryOptions<Readings>({
    queryKey: ["sensor", sensorId, "readings", range],
    queryFn: ({ signal }) =>
      getJson<Readings>(
        address(`/sensors/${encodeURIComponent(sensorId)}/readings`, within(range)),
        signal,
      ),
    placeholderData: keepPreviousData,
  });
}

/** Resubmit corrected rows of a file; `csv` has the columns row, sensor_id, timestamp and value. */
export async function resubmit(
  client: QueryClient,
  fileId: string,
  csv: string,
): Promise<ResubmittedFile> {
  const answer = await request(address(filePath(fileId, "/resubmit")), {
    method: "POST",
    headers: { "Content-Type": "text/csv" },
    body: csv,
  });
  for (const name of ["files", "stats"]) {
    await client.invalidateQueries({ queryKey: [name] });
  }
  return (await answer.json()) as ResubmittedFile;
}

export async function replay(
  client: QueryClient,
  fileId: string,
  options: ReadOptions = {},
): Promise<void> {
  const query = new URLSearchParams(asParameters(options)).toString();
  await request(address(filePath(fileId, "/replay")) + (query && `?${query}`), { method: "POST" });
  await client.invalidateQueries({ queryKey: ["file", fileId], exact: true });
  await client.invalidateQueries({ queryKey: ["files"] });
}

export async function deleteFile(client: QueryClient, fileId: string): Promise<void> {
  await request(address(filePath(fileId)), { method: "DELETE" });
  client.removeQueries({ queryKey: ["file", fileId] });
  for (const name of ["files", "stats", "sensors", "sensor"]) {
    await client.invalidateQueries({ queryKey: [name] });
  }
}
