import { Link } from "wouter";
import { fileHref } from "~/addresses";
import type { FileItem } from "~/api/documents";
import { bytes, codeWords, count, duration } from "~/format";
import { DuplicateBadge, StatusBadge } from "~/states/StatusBadge";
import { Ago } from "~/states/time";
import { columnsOf } from "~/tables/columns";
import { RowProgress } from "~/uploads/UploadList";
import css from "./files.module.css";
import { Mark } from "./marks";

const CODE = /^[a-z_]+: /;

const of = columnsOf<FileItem>();
export const COLUMNS = of.columns([
  of.accessor("file_id", {
    header: () => <span className="hidden">Select</span>,
    meta: { narrow: true },
    cell: ({ row: { original: file } }) => <Mark file={file} />,
  }),
  of.accessor("filename", {
    header: "File",
    meta: { sort: "filename" },
    cell: ({ row: { original: file } }) => (
      <>
        <Link href={fileHref(file.file_id)} className={css.name}>
          {file.filename}
        </Link>
        {file.status === "failed" && <span className={css.reason}>{reasonOf(file)}</span>}
        <span className={css.narrow}>
          {bytes(file.size_bytes)} · <Ago at={file.upload_time} />
          {file.invalid_count ? (
            <>
              {" · "}
              <span className={css.some}>{count(file.invalid_count)} invalid</span>
            </>
          ) : null}
        </span>
      </>
    ),
  }),
  of.accessor("status", {
    header: "Status",
    meta: { sort: "status" },
    cell: ({ row: { original: file } }) => (
      <div className={css.status}>
        {file.duplicate_of === null ? (
          <StatusBadge status={file.status} />
        ) : (
          <Link
            href={fileHref(file.duplicate_of)}
            title="Same bytes as an earlier file; not counted"
          >
            <DuplicateBadge />
          </Link>
        )}
        {file.status === "waiting" && file.progress.rows_done > 0 && <RowProgress file={file} />}
      </div>
    ),
  }),
  of.accessor((file) => file.aggregations?.row_count ?? null, {
    id: "rows",
    header: "Rows",
    meta: { sort: "row_count", numeric: true },
    cell: ({ row: { original: file } }) =>
      file.status === "waiting" && file.progress.rows_done > 0
        ? `${count(file.progress.rows_done)} …`
        : count(file.aggregations?.row_count),
  }),
  of.accessor("invalid_count", {
    header: "Invalid",
    meta: { sort: "invalid_count", numeric: true, wideOnly: true },
    cell: ({ getValue }) => {
      const invalid = getValue();
      return <span className={invalid ? css.some : css.none}>{count(invalid)}</span>;
    },
  }),
  of.accessor("sensor_count", {
    header: "Sensors",
    meta: { sort: "sensor_count", numeric: true, wideOnly: true },
    cell: ({ getValue }) => count(getValue()),
  }),
  of.accessor("size_bytes", {
    header: "Size",
    meta: { sort: "size_bytes", numeric: true, wideOnly: true },
    cell: ({ getValue }) => bytes(getValue()),
  }),
  of.accessor("processing_ms", {
    header: "Took",
    meta: { sort: "processing_ms", numeric: true, wideOnly: true },
    cell: ({ getValue }) => duration(getValue()),
  }),
  of.accessor("upload_time", {
    header: "Uploaded",
    meta: { sort: "upload_time", numeric: true, wideOnly: true },
    cell: ({ getValue }) => <Ago at={getValue()} />,
  }),
]);

/** Why a file failed, in a line; if no row is valid, the most frequent fault. */
function reasonOf(file: FileItem): string {
  const error = file.error ?? "";
  const [most] = Object.entries(file.codes).sort(([, n], [, m]) => m - n);
  if (most === undefined) return error.replace(CODE, "");
  // An error with a code has another cause than rows, such as the limit of invalid ones.
  if (CODE.test(error)) return error.replace(CODE, "").replace(/;.*/, "");
  return `${count(most[1])} invalid: ${codeWords(most[0])}`;
}
