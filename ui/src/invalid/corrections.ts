/** Invalid rows that are corrected by hand: their fields, and the CSV that is resubmitted. Pure. */

import type { ListedInvalidRow } from "~/api/documents";

export type Fields = [sensorId: string, timestamp: string, value: string];

/** A row that is being corrected: its fields as they were exported, and as they were typed. */
export interface Edit {
  exported: Fields;
  typed: Fields;
}

/** A row that was opened and not changed yet. */
export function opened(row: ListedInvalidRow): Edit {
  const { sensor_id, timestamp, value } = row.fields;
  const fields: Fields = [sensor_id, timestamp, value];
  return { exported: fields, typed: fields };
}

/** What an invalid entry is known by: its row and, of several invalid cells of it, which one. */
export function entryOf(row: ListedInvalidRow): string {
  return `${row.row},${row.cell}`;
}

/** Rows with a changed field. Rows that were only opened are not sent. */
export function edited(edits: ReadonlyMap<string, Edit>): Map<string, Fields> {
  const changed = [...edits].filter(([, { exported, typed }]) =>
    typed.some((field, k) => field !== exported[k]),
  );
  return new Map(changed.map(([row, { typed }]) => [row, typed]));
}

/** Corrected rows as the API accepts them. */
export function correctedCsv(rows: ReadonlyMap<string, Fields>): string {
  const lines = [...rows].map(([entry, fields]) =>
    [...entry.split(","), ...fields.map(defused)].map(quoted),
  );
  return [["row", "cell", "sensor_id", "timestamp", "value"], ...lines]
    .map((cells) => `${cells.join(",")}\r\n`)
    .join("");
}

/** The API removes one apostrophe before text that a spreadsheet would run, so one is added. */
function defused(cell: string): string {
  return cell.replace(/(^|[;\t\r\n])(?='*[=+\-@\t\r\n＝＋－＠])/g, "$1'");
}

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}
