/** Large files by tus 1.0: bytes that were received stay received if network or page fail. */

import { Upload } from "tus-js-client";
import { address } from "./client";
import { wasAnswered } from "./connection";
import { keyHeaders, keyRefused } from "./key";
import { Away, problemOf } from "./problems";
import type { Sent } from "./sending";

// In milliseconds; after the last one the upload fails, and a retry resumes it.
const RETRIES = [0, 1000, 2000, 4000, 8000, 16_000, 32_000];

// Not found out: no answer; conflicts and locks: the request before is still being ended.
function mayPass(status: number): boolean {
  return status === 0 || status === 409 || status === 423 || status === 429 || status >= 500;
}

/** As `send`; an upload that was begun before, on this page or an earlier one, is resumed. */
export async function sendResumably(
  file: File,
  parameters: Readonly<Record<string, string>>,
  onBytes: (sent: number) => void,
  signal: AbortSignal,
): Promise<Sent> {
  return new Promise<Sent>((resolve, reject) => {
    const upload = new Upload(file, {
      endpoint: address("/uploads"),
      headers: keyHeaders(),
      metadata: {
        filename: file.name,
        ...(file.type && { filetype: file.type }),
        ...parameters,
      },
      retryDelays: RETRIES,
      // Also where the browser believes to be offline: this may be the same machine.
      onShouldRetry: (error) => mayPass(error.originalResponse?.getStatus() ?? 0),
      removeFingerprintOnSuccess: true,
      // The same file with other options is another upload.
      fingerprint: () =>
        Promise.resolve(
          [
            "tus",
            file.name,
            file.type,
            file.size,
            file.lastModified,
            JSON.stringify(parameters),
          ].join("-"),
        ),
      onProgress: onBytes,
      onSuccess: ({ lastResponse }) => {
        wasAnswered();
        const place = lastResponse.getHeader("Content-Location") ?? "";
        resolve({
          fileId: decodeURIComponent(place.split("/").at(-1) ?? ""),
          known: lastResponse.getHeader("Upload-Known") === "true",
          reprocessed: Boolean(lastResponse.getHeader("Upload-Generation")),
        });
      },
      onError: (error) => {
        const answer = "originalResponse" in error ? error.originalResponse : null;
        if (!answer) reject(new Away());
        else {
          if (answer.getStatus() === 401) keyRefused();
          reject(problemOf(answer.getStatus(), answer.getBody()));
        }
      },
    });
    signal.addEventListener("abort", () => {
      void upload.abort(true);
      reject(new DOMException("The upload was stopped.", "AbortError"));
    });
    upload
      .findPreviousUploads()
      .then(([before]) => {
        if (before && !parameters.force) upload.resumeFromPreviousUpload(before);
        upload.start();
      })
      .catch(reject);
  });
}
