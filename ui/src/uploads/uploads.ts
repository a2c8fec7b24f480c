/** The files of this visit that were dropped or chosen, and how far each is. */

import { send } from "~/api/sending";
import { Store } from "~/api/store";
import type { ReadOptions } from "~/options/readOptions";
import { later } from "~/states/parts";

// More at once would only share the same line, and browsers hold few connections to one host.
const AT_ONCE = 2;
const resumable = later(() => import("~/api/resumable"));
// Smaller ones are through before it would be worth to take them up again.
const RESUMABLE_BYTES = 8_000_000;

export type Stage =
  | { name: "queued" }
  | { name: "sending"; sent: number }
  /** It is there; what becomes of it is the file's own matter. */
  | { name: "arrived"; fileId: string; known: boolean; reprocessed: boolean }
  | { name: "refused"; error: Error };

export interface Upload {
  id: number;
  file: File;
  options: ReadOptions;
  stage: Stage;
}

export class Uploads {
  readonly items = new Store<readonly Upload[]>([]);
  /** Of files that are added from now on. */
  readonly options = new Store<ReadOptions>({});
  readonly #stops = new Map<number, AbortController>();
  #lastId = 0;

  constructor(private readonly onArrived: () => void) {}

  add(files: Iterable<File>, options = this.options.get()): void {
    const added = [...files].map((file): Upload => {
      this.#lastId += 1;
      return { id: this.#lastId, file, options, stage: { name: "queued" } };
    });
    this.items.set([...added, ...this.items.get()]);
    this.#next();
  }

  /** An option of files that are added from now on; an empty value leaves it to be found out. */
  choose(name: string, value: string): void {
    const others = Object.entries(this.options.get()).filter(([known]) => known !== name);
    this.options.set(Object.fromEntries(value === "" ? others : [...others, [name, value]]));
  }

  /** Send it once more; `force` takes it as new even where the same bytes are there. */
  again(id: number, force = false): void {
    void this.#send(id, force);
  }

  /** Stop it if it is in progress, and remove it. */
  dismiss(id: number): void {
    this.#stops.get(id)?.abort();
    this.items.set(this.items.get().filter((upload) => upload.id !== id));
    this.#next();
  }

  /** Forget all that have arrived. */
  clear(): void {
    this.items.set(this.items.get().filter(({ stage }) => stage.name !== "arrived"));
  }

  get inProgress(): boolean {
    return this.items
      .get()
      .some(({ stage }) => stage.name === "queued" || stage.name === "sending");
  }

  #next(): void {
    const items = this.items.get();
    const sending = items.filter(({ stage }) => stage.name === "sending").length;
    const queued = items.filter(({ stage }) => stage.name === "queued");
    // In the order in which they were chosen; the list has the latest choice first.
    queued.sort((a, b) => a.id - b.id);
    for (const { id } of queued.slice(0, Math.max(0, AT_ONCE - sending)))
      void this.#send(id, false);
  }

  async #send(id: number, force: boolean): Promise<void> {
    const upload = this.items.get().find((item) => item.id === id);
    if (upload === undefined) return;
    const stop = new AbortController();
    this.#stops.set(id, stop);
    this.#enter(id, { name: "sending", sent: 0 });
    try {
      const way = upload.file.size < RESUMABLE_BYTES ? send : (await resumable()).sendResumably;
      const sent = await way(
        upload.file,
        { ...upload.options, ...(force && { force: "true" }) },
        (bytes) => this.#enter(id, { name: "sending", sent: bytes }),
        stop.signal,
      );
      this.#enter(id, { name: "arrived", ...sent });
      this.onArrived();
    } catch (error) {
      if (!stop.signal.aborted) this.#enter(id, { name: "refused", error: error as Error });
    } finally {
      this.#stops.delete(id);
      this.#next();
    }
  }

  #enter(id: number, stage: Stage): void {
    this.items.set(this.items.get().map((item) => (item.id === id ? { ...item, stage } : item)));
  }
}
