/** Formats in which faulty timestamps may be written, as the dry run of the API finds them. */

import { queryOptions } from "@tanstack/react-query";
import { address, filePath, getJson } from "~/api/client";
import type { DryRun, FileDocument, ListedInvalidRow, Page } from "~/api/documents";
import { dryRun } from "~/preview/query";

const CODE = "timestamp_format";
const ROWS = 100;
// Each in quotes, so that no timestamp is taken apart.
const OPTIONS = {
  profile: "none",
  layout: "long",
  delimiter: ",",
  sensor_column: "sensor_id",
  timestamp_column: "timestamp",
  value_column: "value",
};

/** Formats of the first rows with a timestamp that was not read; several are in question. */
export function timeFormatsQuery(file: FileDocument, isAsked: boolean) {
  return queryOptions({
    enabled: isAsked && (file.codes[CODE] ?? 0) > 0,
    queryKey: ["file", file.file_id, "time-formats", file.generation],
    queryFn: async ({ signal }) => {
      const rows = await getJson<Page<ListedInvalidRow>>(
        address(filePath(file.file_id, "/invalid-rows"), { code: CODE, limit: ROWS }),
        signal,
      );
      const cells = rows.items.flatMap((row) => observedIn(row) ?? []);
      if (cells.length === 0) return [];
      const lines = cells.map((cell) => `t,"${cell.replaceAll('"', '""')}",1\n`);
      const head = new Blob(["sensor_id,timestamp,value\n", ...lines]);
      return formatsIn(await dryRun("times.csv", head, OPTIONS, signal));
    },
    staleTime: Infinity,
    retry: false,
  });
}

function observedIn({ raw, span_start, span_end }: ListedInvalidRow): string | null {
  if (span_start === null || span_end === null) return null;
  return Array.from(raw).slice(span_start, span_end).join("").trim() || null;
}

function formatsIn({ dialect, suggestions }: DryRun): string[] {
  const found = [
    dialect?.timestamp_format.value ?? [],
    ...suggestions.map(({ options }) => options.timestamp_format ?? []),
  ];
  const formats = found.flatMap((one): unknown[] => (Array.isArray(one) ? one : [one])).map(String);
  return [...new Set(formats)].filter((format) => format.includes("%"));
}
