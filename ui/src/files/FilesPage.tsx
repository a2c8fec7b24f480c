import { Button, Checkbox, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, FileSearch, RefreshCw, Search } from "lucide-react";
import { createContext, Suspense, use, useEffect, useMemo, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { fileHref } from "~/addresses";
import type { FileItem, Stats, Status } from "~/api/documents";
import { FILES_PER_PAGE, filesQuery, statsQuery } from "~/api/queries";
import type { Selection } from "~/bulk/queries";
import { bytes, codeWords, count, duration, plural } from "~/format";
import { Chips } from "~/layout/Chips";
import { Figures } from "~/layout/Figures";
import layout from "~/layout/layout.module.css";
import { useSlash } from "~/layout/useSlash";
import { Failure, Message } from "~/states/Message";
import { part } from "~/states/parts";
import { StatusBadge } from "~/states/StatusBadge";
import { Ago } from "~/states/time";
import { columnsOf } from "~/tables/columns";
import { DataTable } from "~/tables/DataTable";
import { ChooseFiles } from "~/uploads/ChooseFiles";
import { ChooseOptions } from "~/uploads/ChooseOptions";
import { RowProgress, UploadList } from "~/uploads/UploadList";
import css from "./files.module.css";

const ReprocessFiles = part(() => import("~/bulk/ReprocessFiles"));
const STATUSES: Status[] = ["waiting", "processed", "partial", "failed"];
const NEWEST = "-upload_time";

interface Marked {
  ids: ReadonlySet<string>;
  toggle: (fileId: string) => void;
}

// By context, so that a mark does not change the columns, which would remount their cells.
const MarkedContext = createContext<Marked>({ ids: new Set(), toggle: () => undefined });

function Mark({ file }: { file: FileItem }) {
  const { ids, toggle } = use(MarkedContext);
  return (
    <Checkbox
      size="xs"
      aria-label={`Select ${file.filename}`}
      checked={ids.has(file.file_id)}
      onChange={() => toggle(file.file_id)}
    />
  );
}

const of = columnsOf<FileItem>();
const COLUMNS = of.columns([
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
        <StatusBadge status={file.status} />
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

/** Why a file failed, in a line; of invalid rows only, their most frequent fault. */
function reasonOf(file: FileItem): string {
  const [most] = Object.entries(file.codes).sort(([, n], [, m]) => m - n);
  if (most !== undefined) return `${count(most[1])} invalid: ${codeWords(most[0])}`;
  return (file.error ?? "").replace(/^[a-z_]+: /, "");
}

export function FilesPage() {
  useEffect(() => {
    document.title = "Files · CSV Processor";
  }, []);
  const stats = useQuery(statsQuery());
  return (
    <>
      <div className={css.top}>
        <div>
          <h1>Files</h1>
          <p className={css.hint}>Drop CSV files anywhere on this page to send them.</p>
        </div>
        <ChooseFiles />
      </div>
      <ChooseOptions />
      <UploadList />
      <Figures figures={figuresOf(stats.data)} />
      <FilesList counts={stats.data?.listed} />
    </>
  );
}

function figuresOf(stats: Stats | undefined) {
  return [
    { label: "Files", value: count(stats?.listed.files) },
    { label: "Valid rows", value: count(stats?.row_count) },
    {
      label: "Invalid rows",
      value: count(stats?.invalid_count),
      alarming: (stats?.invalid_count ?? 0) > 0,
    },
    {
      label: "Sensors",
      value: count(stats?.sensor_count),
    },
    { label: "Size", value: stats === undefined ? "–" : bytes(stats.size_bytes) },
  ];
}

function FilesList({ counts }: { counts: Stats["listed"] | undefined }) {
  const [search, setSearch] = useSearchParams();
  // Cursors lead onwards only, so where each page began is remembered on the way.
  const [previous, setPrevious] = useState<(string | null)[]>([]);
  const status = STATUSES.find((name) => name === search.get("status")) ?? null;
  const q = search.get("q") ?? "";
  const sort = search.get("sort") ?? NEWEST;
  const cursor = search.get("cursor");
  const files = useQuery(filesQuery({ status, q, sort, cursor }));

  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const [reprocessing, setReprocessing] = useState<Selection | null>(null);
  const marked = useMemo(
    (): Marked => ({
      ids,
      toggle: (fileId) =>
        setIds((before) => {
          const after = new Set(before);
          if (!after.delete(fileId)) after.add(fileId);
          return after;
        }),
    }),
    [ids],
  );

  const change = (changes: Record<string, string | null>) => {
    setIds(new Set());
    setPrevious([]);
    setSearch(
      (now) => {
        for (const [name, value] of Object.entries<string | null>({
          cursor: null,
          from: null,
          ...changes,
        })) {
          if (value === null || value === "") now.delete(name);
          else now.set(name, value);
        }
        return now;
      },
      { replace: true },
    );
  };
  const first = Number(search.get("from") ?? 1);
  const goTo = (to: string | null, from: number) =>
    setSearch((now) => {
      if (to === null) now.delete("cursor");
      else now.set("cursor", to);
      if (from === 1) now.delete("from");
      else now.set("from", String(from));
      return now;
    });

  const items = files.data?.items;
  const next = files.data?.next_cursor ?? null;
  const narrowed = status !== null || q !== "";
  return (
    <section className={layout.card} aria-label="List of files">
      <div className={css.tools}>
        <SearchField q={q} onSearch={(text) => change({ q: text })} />
        <Chips
          label="Status"
          value={status}
          onChange={(value) => change({ status: value })}
          chips={[
            { value: null, label: "all", count: counts && count(counts.files) },
            ...STATUSES.map((name) => ({
              value: name,
              label: name,
              count: counts && count(counts[name]),
            })),
          ]}
        />
      </div>
      {files.isError && items === undefined ? (
        <Failure error={files.error} onRetry={() => void files.refetch()} />
      ) : items?.length === 0 && cursor === null ? (
        narrowed ? (
          <Message
            icon={<FileSearch size={32} />}
            title="No file fits"
            actions={
              <Button variant="default" onClick={() => change({ status: null, q: null })}>
                Show all files
              </Button>
            }
          >
            No file {q && `has “${q}” in its name`} {q && status && "and"}{" "}
            {status && `is ${status}`}.
          </Message>
        ) : (
          <FirstSteps />
        )
      ) : (
        <>
          {(ids.size > 0 || narrowed) && (
            <div className={css.selected}>
              {ids.size > 0 && (
                <>
                  <span role="status">{plural(ids.size, "file")} selected</span>
                  <Button variant="default" size="xs" onClick={() => setIds(new Set())}>
                    Clear
                  </Button>
                  <Button
                    size="xs"
                    leftSection={<RefreshCw size={14} />}
                    onClick={() => setReprocessing({ file_ids: [...ids] })}
                  >
                    Reprocess…
                  </Button>
                </>
              )}
              {ids.size === 0 && (
                <Button
                  variant="default"
                  size="xs"
                  leftSection={<RefreshCw size={14} />}
                  onClick={() =>
                    setReprocessing({ ...(status !== null && { status }), ...(q && { q }) })
                  }
                >
                  Reprocess all of these…
                </Button>
              )}
            </div>
          )}
          <MarkedContext value={marked}>
            <DataTable
              caption="Files"
              columns={COLUMNS}
              items={items}
              idOf={(file) => file.file_id}
              sort={sort}
              onSort={(by) => change({ sort: by === NEWEST ? null : by })}
              stale={files.isPlaceholderData}
            />
          </MarkedContext>
          {reprocessing !== null && (
            <Suspense>
              <ReprocessFiles
                files={reprocessing}
                onClose={() => {
                  setReprocessing(null);
                  setIds(new Set());
                }}
              />
            </Suspense>
          )}
        </>
      )}
      {(next !== null || cursor !== null) && (
        <nav className={css.pager} aria-label="Pages of files">
          <span className={css.range}>
            {count(first)}–{count(first + (items?.length ?? 0) - 1)}
            {q === "" && counts && ` of ${count(counts[status ?? "files"])}`}
          </span>
          <Button
            variant="default"
            size="xs"
            leftSection={<ChevronLeft size={14} />}
            disabled={cursor === null}
            onClick={() => {
              goTo(
                previous.at(-1) ?? null,
                previous.length > 0 ? Math.max(first - FILES_PER_PAGE, 1) : 1,
              );
              setPrevious(previous.slice(0, -1));
            }}
          >
            {previous.length > 0 ? "Previous" : "First page"}
          </Button>
          <Button
            variant="default"
            size="xs"
            rightSection={<ChevronRight size={14} />}
            disabled={next === null || files.isPlaceholderData}
            onClick={() => {
              setPrevious([...previous, cursor]);
              goTo(next, first + FILES_PER_PAGE);
            }}
          >
            Next
          </Button>
        </nav>
      )}
    </section>
  );
}

/** Asks when the typing pauses. */
function SearchField({ q, onSearch }: { q: string; onSearch: (text: string) => void }) {
  const [typed, setTyped] = useState(q);
  const [asked, setAsked] = useState(q);
  if (q !== asked) {
    // It changed elsewhere: by going back, or by "Show all files".
    setAsked(q);
    setTyped(q);
  }
  useEffect(() => {
    if (typed === asked) return;
    const timer = setTimeout(() => {
      setAsked(typed);
      onSearch(typed);
    }, 250);
    return () => clearTimeout(timer);
  });
  const field = useSlash();
  return (
    <TextInput
      ref={field}
      className={css.search}
      type="search"
      size="sm"
      aria-label="Search files by name or id"
      placeholder="Search by name or id"
      leftSection={<Search size={16} />}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  );
}

function FirstSteps() {
  return (
    <Message
      icon={<FileSearch size={32} />}
      title="No files yet"
      actions={<ChooseFiles label="Send the first file" />}
    >
      Drop a CSV file with the columns <code>sensor_id</code>, <code>timestamp</code> and{" "}
      <code>value</code> here, or send one by <code>csv-processor upload FILE</code>. What comes in
      over Kafka or the bucket shows up here too, by itself.
    </Message>
  );
}
