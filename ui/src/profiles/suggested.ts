/** A profile for files like one that is at hand. */

import type { DryRun } from "~/api/documents";
import type { ReadOptions } from "~/options/readOptions";
import { EMPTY, type Draft } from "./queries";

// More names than these tell files of one maker no better apart.
const NAMES = 20;

/** What files like `filename` are called: numbers differ from file to file. */
export function globOf(filename: string): string {
  // Characters that a glob gives a meaning.
  const plain = filename.replaceAll(/[[\]*?]/g, "?");
  return plain.replaceAll(/\d+(?:[-_.:T]?\d+)*/g, "*");
}

export function suggestedDraft(filename: string, found: DryRun, options: ReadOptions): Draft {
  const names = (found.preview?.columns ?? []).map((column) => column.name).filter(Boolean);
  const set = Object.entries(options).filter(([, value]) => value !== "");
  return {
    ...EMPTY,
    match: {
      ...EMPTY.match,
      filename: globOf(filename),
      header: [...new Set(names)].slice(0, NAMES).join("\n"),
    },
    options: Object.fromEntries(set),
  };
}
