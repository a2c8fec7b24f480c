/** Which part of the raw text of an invalid row is marked as its fault. Pure. */

import type { Dialect, InvalidRow } from "~/api/documents";

export interface Span {
  start: number;
  end: number;
}

/**
 * The part of `row.raw` to mark: the observed text of the first fault, by the span of the report. If the
 * structure of the record is at fault: what is too much of it, or the place of what is missing.
 *
 * Null if the text is not in `raw`, for example if it is joined from several columns.
 */
export function faultySpan(row: InvalidRow, dialect?: Dialect | null): Span | null {
  if (row.span_start !== null && row.span_end !== null) {
    return { start: unitsOf(row.raw, row.span_start), end: unitsOf(row.raw, row.span_end) };
  }
  return row.column === null ? structureSpan(row, dialect) : null;
}

/** The index in UTF-16 units of the `count`th code point. */
function unitsOf(text: string, count: number): number {
  return Array.from(text).slice(0, count).join("").length;
}

function structureSpan({ raw, code }: InvalidRow, dialect?: Dialect | null): Span | null {
  const end = raw.length;
  switch (code) {
    case "missing_fields":
      return { start: end, end };
    case "extra_fields": {
      const fields = fieldsOf(raw, dialect?.delimiter.value ?? ",");
      const first = dialect ? fields[dialect.column_count] : undefined;
      return first ? { start: first.start, end } : null;
    }
    case "bad_quote": {
      const start = raw.indexOf('"');
      return start < 0 ? null : { start, end: raw.indexOf(",", start) + 1 || end };
    }
    default:
      return null;
  }
}

function fieldsOf(raw: string, delimiter: string): Span[] {
  const fields: Span[] = [];
  let start = 0;
  let quoted = false;
  for (let k = 0; k <= raw.length; k += 1) {
    if (raw[k] === '"') quoted = !quoted;
    if (k === raw.length || (raw[k] === delimiter && !quoted)) {
      fields.push({ start, end: k });
      start = k + 1;
    }
  }
  return fields;
}

/** Control characters as the report writes them, such as \x07. */
function escaped(text: string): string {
  return text.replace(
    // eslint-disable-next-line no-control-regex
    /[\x00-\x1f\x7f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

const NAMED: Record<string, string> = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };

/** Text with control characters escaped, as reports write them. */
export function visible(text: string): string {
  return escaped(text.replace(/[\t\n\r]/g, (c) => NAMED[c] ?? c));
}

const FAULT_SHOWN = 100;

/** The beginning and the end of a long fault. */
export function shortened(fault: string): string {
  if (fault.length <= FAULT_SHOWN) return fault;
  return `${fault.slice(0, 60)} … ${fault.slice(-20)}`;
}
