/** One file on its way to the API, with progress by bytes. */

import { asParameters } from "~/options/readOptions";
import { address } from "./client";
import { wasAnswered, wasNotAnswered } from "./connection";
import type { UploadedFile } from "./documents";
import { keyHeaders, keyRefused } from "./key";
import { Away, problemOf } from "./problems";

export interface Sent {
  fileId: string;
  /** The same name and bytes were there before; `fileId` is that file's. */
  known: boolean;
  /** It was read with other options, and is read again with these. */
  reprocessed: boolean;
}

/**
 * Send a file as the body itself; `parameters` are options of the upload by their names, and `force`.
 *
 * XMLHttpRequest, because fetch does not report upload progress.
 *
 * @throws Away, Problem, or an AbortError where `signal` ended it.
 */
export function send(
  file: File,
  parameters: Readonly<Record<string, string>>,
  onBytes: (sent: number) => void,
  signal: AbortSignal,
): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    const query = new URLSearchParams([...asParameters(parameters), ["filename", file.name]]);
    call.open("POST", `${address("/files")}?${query.toString()}`);
    call.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    for (const [name, value] of Object.entries(keyHeaders())) call.setRequestHeader(name, value);
    call.upload.onprogress = (event) => onBytes(event.loaded);
    call.onload = () => {
      wasAnswered();
      if (call.status === 200 || call.status === 202) {
        const document = JSON.parse(call.responseText) as UploadedFile;
        const reprocessed = document.reprocessing !== undefined;
        resolve({
          fileId: document.file_id,
          known: call.status === 200 || reprocessed,
          reprocessed,
        });
        return;
      }
      if (call.status === 401) keyRefused();
      reject(problemOf(call.status, call.responseText));
    };
    call.onerror = () => {
      wasNotAnswered();
      reject(new Away());
    };
    call.onabort = () => reject(new DOMException("The upload was stopped.", "AbortError"));
    signal.addEventListener("abort", () => call.abort());
    call.send(file);
  });
}
