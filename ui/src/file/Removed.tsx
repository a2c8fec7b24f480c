import { Archive } from "lucide-react";
import type { FileDocument } from "~/api/documents";
import { second } from "~/format";
import { Note } from "~/states/Message";

/** What retention removed of a file, and what cannot be done any more. */
export function Removed({ file }: { file: FileDocument }) {
  const { raw_removed_at: raw, readings_removed_at: readings } = file;
  if (raw === null && readings === null) return null;
  return (
    <Note kind="blue" icon={<Archive size={18} />}>
      {raw !== null && (
        <>
          The raw file was removed on {second(raw)} UTC, by a rule of retention. Its results are
          kept; it cannot be downloaded, exported or processed again.{" "}
        </>
      )}
      {readings !== null && (
        <>
          Its stored readings were removed on {second(readings)} UTC, by a rule of retention.
          {raw === null && " Processing it again stores them again."}
        </>
      )}
    </Note>
  );
}

/** Whether a file can be processed again now. */
export function canReprocess(file: FileDocument): boolean {
  return file.status !== "waiting" && file.replay == null && file.raw_removed_at === null;
}
