import { ActionIcon, Button, Progress } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { RotateCcw, X } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { FileItem } from "~/api/documents";
import { Problem } from "~/api/problems";
import { fileQuery } from "~/api/queries";
import { fileHref } from "~/addresses";
import { bytes, count, duration, plural } from "~/format";
import { DuplicateBadge, StatusBadge } from "~/states/StatusBadge";
import { useUploadItems, useUploads } from "./context";
import type { Upload } from "./uploads";
import { inWords } from "~/options/readOptions";
import css from "./uploads.module.css";

/** Files sent in this visit: progress by bytes, then by rows, then the result. */
export function UploadList() {
  const uploads = useUploads();
  const items = useUploadItems();
  if (items.length === 0) return null;
  const arrived = items.filter(({ stage }) => stage.name === "arrived").length;
  const done = arrived + items.filter(({ stage }) => stage.name === "refused").length;
  return (
    <section className={css.list} aria-label="Uploads">
      <header className={css.listHeader}>
        <h2>
          {done < items.length
            ? `Sending ${count(done)} of ${count(items.length)} files`
            : plural(items.length, "upload")}
        </h2>
        {arrived > 0 && (
          <Button variant="subtle" size="compact-sm" onClick={() => uploads.clear()}>
            Clear the {arrived === items.length ? "list" : "arrived ones"}
          </Button>
        )}
      </header>
      <ul>
        {items.map((upload) => (
          <UploadRow key={upload.id} upload={upload} />
        ))}
      </ul>
    </section>
  );
}

function UploadRow({ upload }: { upload: Upload }) {
  const uploads = useUploads();
  const { stage, file, id } = upload;
  const written = inWords(upload.options);
  const as = written && `; ${written}`;
  const name = <span className={css.name}>{file.name}</span>;
  switch (stage.name) {
    case "queued":
      return (
        <Row upload={upload} name={name} status={`${bytes(file.size)}, queued${as}`}>
          <Progress value={0} aria-label={`Progress of ${file.name}`} />
        </Row>
      );
    case "sending": {
      const part = file.size === 0 ? 100 : (100 * stage.sent) / file.size;
      return (
        <Row
          upload={upload}
          name={name}
          status={`sending, ${bytes(stage.sent)} of ${bytes(file.size)}${as}`}
        >
          <Progress value={part} aria-label={`Progress of ${file.name}`} />
        </Row>
      );
    }
    case "refused":
      return (
        <Row
          upload={upload}
          name={name}
          badge={<StatusBadge status="refused" />}
          actions={
            <Button
              variant="default"
              size="compact-sm"
              leftSection={<RotateCcw size={14} />}
              onClick={() => uploads.again(id)}
            >
              Try again
            </Button>
          }
        >
          <p className={css.refused} role="alert">
            {stage.error instanceof Problem ? `${stage.error.title}. ` : ""}
            {stage.error.message}
          </p>
        </Row>
      );
    case "arrived":
      return <ArrivedRow upload={upload} {...stage} />;
  }
}

function ArrivedRow(props: {
  upload: Upload;
  fileId: string;
  known: boolean;
  reprocessed: boolean;
}) {
  const { upload, fileId, known, reprocessed } = props;
  const here = reprocessed
    ? "uploaded before, read again with these options; "
    : known
      ? "same name and bytes are here already; "
      : "";
  const uploads = useUploads();
  const { data: file } = useQuery(fileQuery(fileId));
  const name = (
    <Link href={fileHref(fileId)} className={css.name}>
      {upload.file.name}
    </Link>
  );
  const again = known && (
    <Button variant="default" size="compact-sm" onClick={() => uploads.again(upload.id, true)}>
      Take it as new
    </Button>
  );
  return (
    <Row
      upload={upload}
      name={name}
      badge={
        file && (file.duplicate_of ? <DuplicateBadge /> : <StatusBadge status={file.status} />)
      }
      status={file && `${here}${outcome(file)}`}
      actions={again}
    >
      {file?.status === "waiting" && <RowProgress file={file} />}
    </Row>
  );
}

/** Progress by rows: of batches where their number is known, going on without an end before. */
export function RowProgress({ file }: { file: FileItem }) {
  const { batches_done: done, batches_total: total } = file.progress;
  return (
    <Progress
      value={total === null ? 100 : total === 0 ? 0 : (100 * done) / total}
      animated={total === null}
      striped={total === null}
      aria-label={`Rows of ${file.filename} that are processed`}
    />
  );
}

function outcome(file: FileItem): string {
  if (file.status === "waiting") {
    const { rows_done: rows } = file.progress;
    return rows === 0 ? "received, waits to be processed" : `${plural(rows, "row")} so far`;
  }
  if (file.error !== null) return file.error;
  if (file.duplicate_of) return "has the bytes of an earlier file, and does not count again";
  const valid = `${count(file.aggregations?.row_count)} valid`;
  const invalid = file.invalid_count ? `, ${count(file.invalid_count)} invalid` : "";
  return `${valid}${invalid}, took ${duration(file.processing_ms)}`;
}

function Row(props: {
  upload: Upload;
  name: ReactNode;
  badge?: ReactNode;
  status?: string | undefined;
  actions?: ReactNode;
  children?: ReactNode;
}) {
  const uploads = useUploads();
  const { upload } = props;
  const sending = upload.stage.name === "sending" || upload.stage.name === "queued";
  return (
    <li className={css.row}>
      <div className={css.rowLine}>
        {props.name}
        {props.badge}
        <span className={css.status}>{props.status}</span>
        {props.actions}
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`${sending ? "Stop sending" : "Take from this list:"} ${upload.file.name}`}
          onClick={() => uploads.dismiss(upload.id)}
        >
          <X size={16} />
        </ActionIcon>
      </div>
      {props.children}
    </li>
  );
}
