/** Where in the raw text of an invalid row its fault lies. Pure. */

import type { Dialect, InvalidRow } from "~/api/documents";

export interface Span {
  start: number;
  end: number;
}

interface Field extends Span {
  /** What the field says, without quotes and the blanks around it. */
  says: string;
}

const ORDER = ["sensor_id", "timestamp", "value"];

/**
 * The part of `row.raw` to mark: the faulty field, or what is too much or too little of it.
 *
 * Which field it is follows from what the report says it saw, since the columns of a file may
 * stand in any order; null where it cannot be told.
 */
export function faultySpan(row: InvalidRow, dialect?: Dialect | null): Span | null {
  const { raw } = row;
  const fields = fieldsOf(raw, dialect?.delimiter ?? delimiterOf(raw));
  if (row.column === null) return structureSpan(row, fields);
  const place = dialect?.columns[ORDER.indexOf(row.column)] ?? ORDER.indexOf(row.column);
  const seen = seenOf(row);
  if (seen !== null && seen !== "") {
    const { text, cut } = seen;
    const found = fields.filter(({ says }) =>
      cut ? escaped(says).startsWith(text) : escaped(says) === text,
    );
    const usual = fields[place];
    return spanOf(found.find((field) => field === usual) ?? found[0] ?? null);
  }
  const empty = fields.filter(({ says }) => says === "");
  const usual = fields[place];
  return spanOf(usual?.says === "" ? usual : (empty[0] ?? null));
}

function structureSpan(row: InvalidRow, fields: Field[]): Span | null {
  const end = row.raw.length;
  switch (row.code) {
    case "missing_fields":
      return { start: end, end };
    case "extra_fields": {
      const expected = Number(/expected (\d+)/.exec(row.error)?.[1]);
      const first = fields[expected];
      return first ? { start: first.start, end: fields.at(-1)?.end ?? end } : null;
    }
    case "bad_quote": {
      const start = row.raw.indexOf('"');
      return start < 0 ? null : { start, end: row.raw.indexOf(",", start) + 1 || end };
    }
    default:
      return null;
  }
}

function spanOf(field: Field | null): Span | null {
  return field && { start: field.start, end: field.end };
}

/** What the report says it saw in the faulty column: "" for nothing. */
function seenOf(row: InvalidRow): { text: string; cut: boolean } | "" | null {
  const begin = `${row.column ?? ""}: saw `;
  const at = row.error.indexOf(begin);
  if (at < 0) return null;
  const rest = row.error.slice(at + begin.length);
  if (rest.startsWith("nothing")) return "";
  const end = /"(?: \(\d+ characters\))?, expected/.exec(rest);
  if (!rest.startsWith('"') || end === null) return null;
  const text = rest.slice(1, end.index);
  return text.endsWith("…") ? { text: text.slice(0, -1), cut: true } : { text, cut: false };
}

/** As reports write it: what cannot be seen as \x07. */
function escaped(text: string): string {
  return text.replace(
    // eslint-disable-next-line no-control-regex
    /[\x00-\x1f\x7f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

export function delimiterOf(raw: string): string {
  const counts = [",", ";", "\t", "|"].map((c) => [c, raw.split(c).length] as const);
  return counts.reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

export function fieldsOf(raw: string, delimiter: string): Field[] {
  const fields: Field[] = [];
  let start = 0;
  let quoted = false;
  for (let k = 0; k <= raw.length; k += 1) {
    if (raw[k] === '"') quoted = !quoted;
    if (k === raw.length || (raw[k] === delimiter && !quoted)) {
      fields.push({ start, end: k, says: said(raw.slice(start, k)) });
      start = k + 1;
    }
  }
  return fields;
}

function said(field: string): string {
  const text = field.replace(/^[ \t]+|[ \t\r]+$/g, "");
  return /^".*"$/s.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text;
}

const NAMED: Record<string, string> = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };

/** Text in which what could not be seen is written as reports write it. */
export function visible(text: string): string {
  return escaped(text.replace(/[\t\n\r]/g, (c) => NAMED[c] ?? c));
}

const FAULT_SHOWN = 100;

/** A long fault is as clear from its beginning and its end. */
export function shortened(fault: string): string {
  if (fault.length <= FAULT_SHOWN) return fault;
  return `${fault.slice(0, 60)} … ${fault.slice(-20)}`;
}
