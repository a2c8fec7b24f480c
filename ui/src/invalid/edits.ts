/**
 * Unsent edits of invalid rows. They are kept by file and generation in this browser, so that they
 * survive a change of the tab or page and a reload, and can be undone step by step.
 */

import { useCallback, useSyncExternalStore } from "react";
import type { Edit } from "./corrections";

export type Edits = ReadonlyMap<string, Edit>;

interface Kept {
  edits: Edits;
  /** What `edits` was before each step, and the cell that the last step was about. */
  before: Edits[];
  cell: string | null;
}

const NONE: Kept = { edits: new Map(), before: [], cell: null };
const MOST_STEPS = 200;
const kept = new Map<string, Kept>();
const listeners = new Set<() => void>();

function nameOf(fileId: string, generation: number): string {
  return `csv-processor edits ${fileId} ${generation}`;
}

function read(name: string): Kept {
  const now = kept.get(name);
  if (now !== undefined) return now;
  let found = NONE;
  try {
    const text = localStorage.getItem(name);
    if (text !== null) found = { ...NONE, edits: new Map(JSON.parse(text) as [string, Edit][]) };
  } catch {
    // Without a store they live as long as the page does.
  }
  kept.set(name, found);
  return found;
}

function write(name: string, next: Kept) {
  kept.set(name, next);
  try {
    if (next.edits.size === 0) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify([...next.edits]));
  } catch {
    // It is full, or there is none.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The edits of a file, and what changes them. */
export function useEdits(fileId: string, generation: number) {
  const name = nameOf(fileId, generation);
  const now = useSyncExternalStore(subscribe, () => read(name));
  /** Keep the edit of an entry; null discards it. Typing in one `cell` is one step. */
  const set = useCallback(
    (entry: string, edit: Edit | null, cell: string | null = null) => {
      const { edits, before, cell: last } = read(name);
      const after = new Map(edits);
      if (edit === null) after.delete(entry);
      else after.set(entry, edit);
      const isSame = cell !== null && cell === last;
      write(name, {
        edits: after,
        before: isSame ? before : [...before, edits].slice(-MOST_STEPS),
        cell,
      });
    },
    [name],
  );
  const undo = useCallback(() => {
    const { before } = read(name);
    const last = before.at(-1);
    if (last !== undefined) write(name, { edits: last, before: before.slice(0, -1), cell: null });
  }, [name]);
  const clear = useCallback(() => write(name, NONE), [name]);
  return { edits: now.edits, canUndo: now.before.length > 0, set, undo, clear };
}
