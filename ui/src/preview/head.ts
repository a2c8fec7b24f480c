/** The head of a file, which is all that a preview is made of: a file of any size costs the same. */

import { address, filePath, request } from "~/api/client";

const HEAD_BYTES = 256 << 10;
const LINE_END = 10;
const SIGNATURES = [
  [0x1f, 0x8b], // gzip
  [0x28, 0xb5, 0x2f, 0xfd], // zstd
];

/** The whole lines in the first 256 KiB of a file. */
export async function headOf(file: Blob): Promise<Blob> {
  const bytes = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  return wholeLines(bytes, file.size > bytes.length);
}

/** The same of a file that was uploaded; the rest of it is not downloaded. */
export async function headOfStored(fileId: string, signal: AbortSignal): Promise<Blob> {
  const answer = await request(address(filePath(fileId, "/raw")), { signal });
  const reader = answer.body?.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  let whole = false;
  while (reader !== undefined && size < HEAD_BYTES && !whole) {
    const { done, value } = await reader.read();
    if (value !== undefined) parts.push(value);
    size += value?.length ?? 0;
    whole = done;
  }
  await reader?.cancel();
  const bytes = new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
  return wholeLines(bytes.slice(0, HEAD_BYTES), !whole);
}

function wholeLines(bytes: Uint8Array<ArrayBuffer>, more: boolean): Blob {
  const packed = SIGNATURES.some((start) => start.every((byte, k) => bytes[k] === byte));
  const end = more && !packed ? bytes.lastIndexOf(LINE_END) + 1 : 0;
  return new Blob([end > 0 ? bytes.slice(0, end) : bytes]);
}

/** Whether it is an archive or a workbook, whose members are found out after the upload. */
export async function isContainer(file: File): Promise<boolean> {
  const start = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return (start[0] === 0x50 && start[1] === 0x4b) || /\.(tar|tgz|tar\.\w+)$/i.test(file.name);
}
