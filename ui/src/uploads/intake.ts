/** What happens between choosing files and sending them: whether one of them is shown first. */

import { Store } from "~/api/store";
import type { DryRun } from "~/api/documents";
import type { ReadOptions } from "~/options/readOptions";
import { headOf, isContainer } from "~/preview/head";
import { dryRun } from "~/preview/query";
import type { Uploads } from "./uploads";

const PLACE = "csv-processor-show-before-upload";
// Files of one partner begin with the same line; of so many kinds one file each is looked at.
const KINDS = 5;
const LINE_BYTES = 4096;

/** Files that wait until it is chosen how they are read: one that is shown, and those like it. */
export interface Question {
  id: number;
  file: File;
  head: Blob;
  found: DryRun;
  others: File[];
}

function remembered(): boolean {
  try {
    return localStorage.getItem(PLACE) !== "no";
  } catch {
    return true; // storage is closed to this page
  }
}

export class Intake {
  readonly questions = new Store<readonly Question[]>([]);
  /** Whether a single file is always shown before it is sent; one in doubt is in any case. */
  readonly showFirst = new Store(remembered());
  #lastId = 0;

  constructor(private readonly uploads: Uploads) {}

  choose(show: boolean): void {
    this.showFirst.set(show);
    try {
      localStorage.setItem(PLACE, show ? "yes" : "no");
    } catch {
      // as above
    }
  }

  /** Take files: send them, or ask first how one of them is read. */
  async take(files: Iterable<File>): Promise<void> {
    const all = [...files];
    const kinds = new Map<string, File[]>();
    for (const file of all) {
      const kind = (await isContainer(file)) ? null : await firstLine(file);
      if (kind !== null) kinds.set(kind, [...(kinds.get(kind) ?? []), file]);
    }
    const looked = await Promise.all(
      [...kinds.values()].slice(0, KINDS).map((alike) => this.#look(alike, all.length === 1)),
    );
    const asked = looked.filter((question) => question !== null);
    const held = new Set(asked.flatMap(({ file, others }) => [file, ...others]));
    this.uploads.add(all.filter((file) => !held.has(file)));
    this.questions.set([...this.questions.get(), ...asked]);
  }

  /** Send the files of a question with these options. */
  send({ id, file, others }: Question, options: ReadOptions): void {
    this.uploads.add([file, ...others], options);
    this.drop(id);
  }

  drop(id: number): void {
    this.questions.set(this.questions.get().filter((question) => question.id !== id));
  }

  async #look([file, ...others]: File[], single: boolean): Promise<Question | null> {
    if (file === undefined || file.size === 0) return null;
    try {
      const head = await headOf(file);
      const found = await dryRun(file.name, head, this.uploads.options.get());
      const doubt = found.suggestions.length > 0;
      if (!doubt && !(single && this.showFirst.get())) return null;
      this.#lastId += 1;
      return { id: this.#lastId, file, head, found, others };
    } catch {
      return null; // the upload reports why
    }
  }
}

async function firstLine(file: File): Promise<string> {
  const text = await file.slice(0, LINE_BYTES).text();
  return text.slice(0, text.search(/[\r\n]|$/));
}
