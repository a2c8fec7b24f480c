/** Invalid rows that are corrected by hand: their fields, and the file in which they go back. Pure. */

import type { ListedInvalidRow } from "~/api/documents";

export type Fields = [sensorId: string, timestamp: string, value: string];

/** A row that is being corrected: its fields as they were exported, and as they were typed. */
export interface Edit {
  exported: Fields;
  typed: Fields;
}

/** A row that was opened; nothing of it is typed yet. */
export function opened(row: ListedInvalidRow): Edit {
  const { sensor_id, timestamp, value } = row.fields;
  const fields: Fields = [sensor_id, timestamp, value];
  return { exported: fields, typed: fields };
}

/** Rows of which something was typed. What was only opened is not sent: nobody corrected it. */
export function edited(edits: ReadonlyMap<number, Edit>): Map<number, Fields> {
  const changed = [...edits].filter(([, { exported, typed }]) =>
    typed.some((field, k) => field !== exported[k]),
  );
  return new Map(changed.map(([row, { typed }]) => [row, typed]));
}

/** Corrected rows as the API takes them back. */
export function mendedCsv(rows: ReadonlyMap<number, Fields>): string {
  const lines = [...rows].map(([row, fields]) => [String(row), ...fields.map(defused)].map(quoted));
  return [["row", "sensor_id", "timestamp", "value"], ...lines]
    .map((cells) => `${cells.join(",")}\r\n`)
    .join("");
}

/** The API takes one apostrophe back from what a spreadsheet would run, so one is put there. */
function defused(cell: string): string {
  return cell.replace(/(^|[;\t\r\n])(?='*[=+\-@\t\r\n＝＋－＠])/g, "$1'");
}

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`;
}
