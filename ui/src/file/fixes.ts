/** What may fix a kind of fault: read options, which are shown with their effect before they are used. Pure. */

import type { FileDocument, InvalidRow } from "~/api/documents";
import { asTexts, type ReadOptions } from "~/options/readOptions";

export interface Fix {
  label: string;
  options: ReadOptions;
}

const MOST_CHARACTERS = 40;

/** The options that may read rows like this one; null if none do. */
export function fixOf(row: InvalidRow, file: FileDocument): Fix | null {
  const before = asTexts(file.options);
  const observed = observedIn(row);
  switch (row.code) {
    case "timestamp_format":
      return {
        label: "Find the format of the timestamps…",
        // With a column that is named, the forms of its times are looked for.
        options: { timestamp_column: file.dialect?.timestamp.value.join("\n") ?? "" },
      };
    case "value_format":
    case "value_not_finite":
      if (observed === null) return null;
      if (row.code === "value_format" && /^[+-]?\d+,\d+$/.test(observed)) {
        return { label: "Read the decimal comma…", options: { decimal: "," } };
      }
      return {
        label: `Read “${observed}” as no reading…`,
        options: { missing: added(before.missing, observed) },
      };
    case "missing_fields":
      return { label: "Fill missing fields…", options: { ragged: added(before.ragged, "fill") } };
    case "extra_fields":
      return { label: "Ignore extra fields…", options: { ragged: added(before.ragged, "cut") } };
    default:
      return null;
  }
}

function observedIn({ raw, span_start, span_end }: InvalidRow): string | null {
  if (span_start === null || span_end === null) return null;
  const text = Array.from(raw).slice(span_start, span_end).join("").trim();
  return text === "" || text.length > MOST_CHARACTERS ? null : text;
}

function added(before: string | undefined, one: string): string {
  return [...(before ? before.split("\n") : []), one].join("\n");
}
