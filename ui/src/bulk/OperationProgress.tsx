import { Progress } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { fileHref, STATUS } from "~/addresses";
import { count, plural } from "~/format";
import { operationQuery, rejectedQuery } from "./queries";
import css from "./bulk.module.css";

/** How far an operation is, and what became of its files once it is done. */
export function OperationProgress({ id }: { id: string }) {
  const client = useQueryClient();
  const { data: operation } = useQuery(operationQuery(client, id));
  if (operation === undefined) return <p role="status">It begins…</p>;
  const { files, files_done: done, results } = operation;
  const share = files === 0 ? 100 : (100 * done) / files;
  return (
    <div className={css.progress}>
      <Progress value={share} aria-label="Files that are done" />
      <div role="status">
        {operation.status === "running" ? (
          <p>
            {count(done)} of {plural(files, "file")}. It goes on if this page is closed;{" "}
            <Link href={STATUS}>Status</Link> shows it.
          </p>
        ) : operation.kind === "correction" ? (
          <p>
            {plural(operation.corrected, "row")} of {plural(results.corrected ?? 0, "file")} are
            resubmitted, in new files. They count as corrected once these are processed.
          </p>
        ) : (
          <p>{plural(results.reprocessing ?? 0, "file")} processed again.</p>
        )}
        {operation.status === "done" && (results.nothing_to_do ?? 0) > 0 && (
          <p>{plural(results.nothing_to_do ?? 0, "file")} with nothing to do.</p>
        )}
        {operation.status === "done" && (results.rejected ?? 0) > 0 && <Rejected id={id} />}
      </div>
    </div>
  );
}

function Rejected({ id }: { id: string }) {
  const { data } = useQuery(rejectedQuery(id));
  return (
    <>
      <p>Not done:</p>
      <ul>
        {data?.items.map((file) => (
          <li key={file.file_id}>
            <Link href={fileHref(file.file_id)}>{file.filename || file.file_id}</Link>:{" "}
            {file.detail.replace(/^[a-z_]+: /, "")}
          </li>
        ))}
      </ul>
    </>
  );
}
