/** Invalid rows that are mended by hand: their fields, and the file in which they go back. Pure. */

import type { Dialect, InvalidRow } from "~/api/documents";
import { delimiterOf, fieldsOf } from "./marking";

export type Fields = [sensorId: string, timestamp: string, value: string];

const POSITIONS: Dialect["columns"] = [0, 1, 2];

/** The three fields of a row as they are, to begin from. */
export function fieldsToMend(row: InvalidRow, dialect: Dialect | null | undefined): Fields {
  const fields = fieldsOf(row.raw, dialect?.delimiter ?? delimiterOf(row.raw));
  const places = dialect?.columns ?? POSITIONS;
  const [sensorId, timestamp, value] = places.map((place) => fields[place]?.says ?? "");
  return [sensorId ?? "", timestamp ?? "", value ?? ""];
}

/** Mended rows as the API takes them back. */
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
