/** Live changes of files: a stream of server-sent events, read with fetch so that it can send the key. */

import type { QueryClient } from "@tanstack/react-query";
import { createParser } from "eventsource-parser";
import { address, request } from "./client";
import type { FileDocument, FileItem, Page } from "./documents";
import { Problem } from "./problems";
import { Store } from "./store";

/** Whether the stream is open; without it pages ask again and again. */
const streaming = new Store(false);
export const isLive = streaming.get;

const RETRY_MS = 2000;
// Lists are refetched at most this often, regardless of the number of events.
const GATHER_MS = 700;

/** Keep what `client` holds up to date until `signal` ends it. */
export async function followFiles(client: QueryClient, signal: AbortSignal): Promise<void> {
  const news = new News(client);
  const last: { id?: string } = {};
  const parser = createParser({
    onEvent(event) {
      if (event.id !== undefined) last.id = event.id;
      news.take(event.event ?? "message", event.data);
    },
  });
  while (!signal.aborted) {
    try {
      const answer = await request(address("/events"), {
        signal,
        headers: last.id === undefined ? {} : { "Last-Event-ID": last.id },
      });
      streaming.set(true);
      const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
      for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) {
        parser.feed(chunk.value);
      }
    } catch (error) {
      // No such call: pages go on asking.
      if (error instanceof Problem && error.status === 404) return;
    } finally {
      streaming.set(false);
      parser.reset();
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

class News {
  #gathering = false;

  constructor(private readonly client: QueryClient) {}

  take(name: string, data: string): void {
    if (name === "file") this.#file(JSON.parse(data) as FileItem);
    else if (name === "deleted") this.#deleted();
    else if (name === "reset") this.#listsChanged();
  }

  #file(file: FileItem): void {
    this.client.setQueriesData<Page<FileItem>>({ queryKey: ["files"] }, (page) =>
      page?.items.some((item) => item.file_id === file.file_id)
        ? {
            ...page,
            items: page.items.map((item) => (item.file_id === file.file_id ? file : item)),
          }
        : undefined,
    );
    const key = ["file", file.file_id];
    const shown = this.client.getQueryData<FileDocument>(key);
    if (shown !== undefined) {
      if (file.status === "waiting" && shown.generation === file.generation) {
        this.client.setQueryData<FileDocument>(key, {
          ...shown,
          status: file.status,
          progress: file.progress,
          container: file.container,
          members: file.members,
        });
      } else if (file.replay != null && shown.generation === file.generation) {
        this.client.setQueryData<FileDocument>(key, { ...shown, replay: file.replay });
      } else if (
        shown.replay != null ||
        shown.status !== file.status ||
        shown.generation !== file.generation ||
        shown.corrected_count !== file.corrected_count ||
        file.container !== null
      ) {
        void this.client.invalidateQueries({ queryKey: key, exact: true });
      }
    }
    this.#listsChanged();
  }

  #deleted(): void {
    // It, or a file that is shown of which it brought back rows.
    void this.client.invalidateQueries({
      predicate: ({ queryKey: [what, ...rest] }) => what === "file" && rest.length === 1,
    });
    this.#listsChanged();
  }

  #listsChanged(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    setTimeout(() => {
      this.#gathering = false;
      for (const name of ["files", "file-counts", "stats", "sensors", "sensor"]) {
        void this.client.invalidateQueries({ queryKey: [name] });
      }
    }, GATHER_MS);
  }
}
