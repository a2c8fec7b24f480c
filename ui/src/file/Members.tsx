import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useMemo, useState } from "react";
import { Link } from "wouter";
import { fileHref } from "~/addresses";
import type { FileDocument, FileItem, Status } from "~/api/documents";
import { filesQuery } from "~/api/queries";
import { bytes, count, plural } from "~/format";
import { Card } from "~/layout/Card";
import { Chips } from "~/layout/Chips";
import { Failure, Message } from "~/states/Message";
import { StatusBadge } from "~/states/StatusBadge";
import { columnsOf } from "~/tables/columns";
import { DataTable } from "~/tables/DataTable";
import { RowProgress } from "~/uploads/UploadList";
import css from "./file.module.css";

const STATUSES: Status[] = ["waiting", "processed", "partial", "failed"];
// The order of the container.
const IN_ORDER = "upload_time";

const of = columnsOf<FileItem>();

function columnsFor(container: string) {
  return of.columns([
    of.accessor("filename", {
      header: "Member",
      meta: { sort: "filename" },
      cell: ({ row: { original: file } }) => (
        <>
          <Link href={fileHref(file.file_id)} className={css.member}>
            {file.filename.startsWith(`${container}/`)
              ? file.filename.slice(container.length + 1)
              : file.filename}
          </Link>
          {file.error !== null && <span className={css.memberError}>{file.error}</span>}
        </>
      ),
    }),
    of.accessor("status", {
      header: "Status",
      meta: { sort: "status" },
      cell: ({ getValue }) => <StatusBadge status={getValue()} />,
    }),
    of.accessor((file) => file.aggregations?.row_count ?? null, {
      id: "rows",
      header: "Rows",
      meta: { sort: "row_count", numeric: true },
      cell: ({ getValue }) => count(getValue()),
    }),
    of.accessor("invalid_count", {
      header: "Invalid",
      meta: { sort: "invalid_count", numeric: true, wideOnly: true },
      cell: ({ getValue }) => count(getValue()),
    }),
    of.accessor("size_bytes", {
      header: "Size",
      meta: { sort: "size_bytes", numeric: true, wideOnly: true },
      cell: ({ getValue }) => bytes(getValue()),
    }),
  ]);
}

/** The files that were in a container, in its order. */
export function Members({ file }: { file: FileDocument }) {
  const [status, setStatus] = useState<Status | null>(null);
  const [sort, setSort] = useState(IN_ORDER);
  // Where each page began; the last one is shown.
  const [cursors, setCursors] = useState<(string | null)[]>([null]);
  const cursor = cursors.at(-1) ?? null;
  const query = useQuery(filesQuery({ status, q: "", sort, cursor, parent_id: file.file_id }));
  const columns = useMemo(() => columnsFor(file.filename), [file.filename]);
  const next = query.data?.next_cursor ?? null;
  const { members } = file;
  return (
    <>
      {file.status === "waiting" && (
        <div className={css.unpacking} role="status">
          <p>
            {members === null || members.total === 0
              ? "Being unpacked."
              : `${count(members.total - members.waiting)} of ${plural(members.total, "member")} processed.`}
          </p>
          <RowProgress file={file} />
        </div>
      )}
      <Card
        bare
        title={plural(members?.total ?? 0, "member")}
        aside={
          <Chips
            label="Status"
            value={status}
            onChange={(value) => {
              setStatus(STATUSES.find((name) => name === value) ?? null);
              setCursors([null]);
            }}
            chips={[
              { value: null, label: "all", count: count(members?.total) },
              ...STATUSES.map((name) => ({
                value: name,
                label: name,
                count: count(members?.[name]),
              })),
            ]}
          />
        }
      >
        {query.isError && query.data === undefined ? (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        ) : query.data?.items.length === 0 && cursor === null ? (
          <Message title={status === null ? "No members" : `No member is ${status}`} />
        ) : (
          <DataTable
            caption="Members of this container"
            columns={columns}
            items={query.data?.items}
            idOf={(member) => member.file_id}
            sort={sort}
            onSort={(by) => {
              setSort(by);
              setCursors([null]);
            }}
            stale={query.isPlaceholderData}
          />
        )}
        {(next !== null || cursors.length > 1) && (
          <nav className={css.pager} aria-label="Pages of members">
            <Button
              variant="default"
              size="xs"
              leftSection={<ChevronLeft size={14} />}
              disabled={cursors.length === 1}
              onClick={() => setCursors(cursors.slice(0, -1))}
            >
              Previous
            </Button>
            <Button
              variant="default"
              size="xs"
              rightSection={<ChevronRight size={14} />}
              disabled={next === null || query.isPlaceholderData}
              onClick={() => setCursors([...cursors, next])}
            >
              Next
            </Button>
          </nav>
        )}
      </Card>
    </>
  );
}
