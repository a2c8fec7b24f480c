import type { Readings } from "~/api/documents";

/** What a chart shows as CSV. */
export function readingsCsv(shown: { id: string; readings: Readings }[]): Blob {
  const rows = shown.flatMap(({ id, readings }) =>
    readings.items.map((item) =>
      [
        quoted(id),
        item.timestamp,
        item.row_count,
        item.min_value,
        item.mean_value ?? "",
        item.max_value,
      ].join(","),
    ),
  );
  const header = "sensor_id,timestamp,row_count,min_value,mean_value,max_value";
  return new Blob([[header, ...rows, ""].join("\n")], { type: "text/csv;charset=utf-8" });
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
