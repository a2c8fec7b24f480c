import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { CircleAlert, FileX, Info, RefreshCw, TriangleAlert } from "lucide-react";
import { useEffect } from "react";
import { Link, useSearchParams } from "wouter";
import { FILES, fileHref } from "~/addresses";
import type { FileDocument } from "~/api/documents";
import { Problem } from "~/api/problems";
import { fileQuery } from "~/api/queries";
import { bytes, count, duration, plural, real, second } from "~/format";
import { InvalidRows } from "~/invalid/InvalidRows";
import { MemberRows } from "~/invalid/MemberRows";
import { Figures } from "~/layout/Figures";
import layout from "~/layout/layout.module.css";
import { Failure, Message, Note } from "~/states/Message";
import { DuplicateBadge, StatusBadge } from "~/states/StatusBadge";
import { Ago } from "~/states/time";
import { RowProgress } from "~/uploads/UploadList";
import { Duplicate } from "./Duplicate";
import { FileActions } from "./FileActions";
import { FileSensors } from "./FileSensors";
import { isOverLimit, LiftLimit } from "./LiftLimit";
import { Members } from "./Members";
import { Overview } from "./Overview";
import { Removed } from "./Removed";
import { FileSql } from "./Sql";
import { Suggestions } from "./Suggestions";
import css from "./file.module.css";

const TABS = ["overview", "sensors", "invalid", "sql"];

export default function FilePage({ fileId }: { fileId: string }) {
  const query = useQuery(fileQuery(fileId));
  const file = query.data;
  useEffect(() => {
    document.title = `${file?.filename ?? "File"} · CSV Processor`;
  }, [file?.filename]);
  if (query.error instanceof Problem && query.error.status === 404) {
    return (
      <section className={layout.card}>
        <Message
          icon={<FileX size={32} />}
          alone
          title="There is no such file"
          actions={<Link href={FILES}>To the files</Link>}
        >
          It was deleted, or its address is mistyped.
        </Message>
      </section>
    );
  }
  if (file === undefined) {
    if (!query.isError) return <div className={css.loading} aria-busy="true" />;
    return (
      <section className={layout.card}>
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      </section>
    );
  }
  return (
    <>
      <Head file={file} />
      <Notes file={file} />
      <Figures figures={figuresOf(file)} />
      {file.container !== null ? (
        <Container file={file} />
      ) : file.status === "waiting" ? (
        <Waiting file={file} />
      ) : (
        <Details file={file} />
      )}
    </>
  );
}

function Head({ file }: { file: FileDocument }) {
  return (
    <div className={css.head}>
      <div className={css.headText}>
        <nav aria-label="Breadcrumb" className={css.crumbs}>
          <Link href={FILES}>Files</Link> <span aria-hidden>/</span>
          {file.parent_id !== null && (
            <>
              {" "}
              <NamedFile fileId={file.parent_id} or="a container" /> <span aria-hidden>/</span>
            </>
          )}
        </nav>
        <div className={css.titleLine}>
          <h1>{file.filename}</h1>
          <StatusBadge status={file.status} />
          {file.duplicate_of !== null && <DuplicateBadge />}
        </div>
        <p className={css.facts}>
          <span>{bytes(file.size_bytes)}</span>
          <span>
            uploaded {second(file.upload_time)} UTC (<Ago at={file.upload_time} />)
          </span>
          {file.processing_ms !== null && <span>took {duration(file.processing_ms)}</span>}
          {file.generation > 1 && file.duplicate_of === null && (
            <span title="Counts one more with each replay; a file with the bytes of an earlier one begins with 2">
              run {file.generation}
            </span>
          )}
          <span className="mono" title="file_id">
            {file.file_id}
          </span>
        </p>
      </div>
      <FileActions file={file} />
    </div>
  );
}

/** A link to a file, with its name once that is known. */
function NamedFile({ fileId, or }: { fileId: string; or: string }) {
  const named = useQuery(fileQuery(fileId));
  return <Link href={fileHref(fileId)}>{named.data?.filename ?? or}</Link>;
}

function Notes({ file }: { file: FileDocument }) {
  return (
    <>
      {file.error !== null && (
        <Note kind="red" icon={<CircleAlert size={18} />}>
          <strong>{file.status === "partial" ? "Incomplete:" : "Not processed:"}</strong>{" "}
          {file.error}
          <LiftLimit file={file} />
        </Note>
      )}
      {file.duplicate_of !== null && <Duplicate file={file} original={file.duplicate_of} />}
      <Removed file={file} />
      <Suggestions file={file} />
      {file.notices.map((notice) => (
        <Note key={notice.code} kind="amber" icon={<TriangleAlert size={18} />}>
          {sentence(notice.message)}
          {notice.suggestion != null && <> {sentence(notice.suggestion)}</>}
          {notice.file_ids.map((other, k) => (
            <span key={other}>
              {" "}
              <Link href={fileHref(other)}>
                {notice.file_ids.length > 1 ? `Earlier file ${k + 1}` : "The earlier file"}
              </Link>
            </span>
          ))}
        </Note>
      ))}
      {file.replay != null && (
        <Note kind="blue" icon={<RefreshCw size={18} />}>
          It is being processed again (run {file.replay.generation},{" "}
          {plural(file.replay.progress.rows_done, "row")} so far). Until that is complete, the
          results of the run before are shown.
        </Note>
      )}
      {file.resubmission_of != null && (
        <Note kind="blue" icon={<Info size={18} />}>
          These are corrected rows of{" "}
          <NamedFile fileId={file.resubmission_of} or="an earlier file" />.
        </Note>
      )}
      {file.parent_id !== null && (
        <Note kind="blue" icon={<Info size={18} />}>
          This file is a member of <NamedFile fileId={file.parent_id} or="a container" />.
        </Note>
      )}
      {file.corrected_count > 0 && (
        <Note kind="blue" icon={<Info size={18} />}>
          {count(file.corrected_count)} of {plural(file.invalid_count ?? 0, "invalid row")} were
          corrected in:{" "}
          {file.resubmissions.map(({ file_id, corrected_count }, k) => (
            <span key={file_id}>
              {k > 0 && ", "}
              <Link href={fileHref(file_id)}>{plural(corrected_count, "row")}</Link>
            </span>
          ))}
          .
        </Note>
      )}
    </>
  );
}

function figuresOf(file: FileDocument) {
  const { aggregations: sums, progress } = file;
  if (sums === null) {
    return [
      { label: "Rows so far", value: count(progress.rows_done) },
      {
        label: "Parts done",
        value: `${count(progress.batches_done)} of ${count(progress.batches_total)}`,
      },
    ];
  }
  return [
    {
      label: "Valid rows",
      value: count(sums.row_count),
    },
    {
      label: "Invalid rows",
      value: count(file.invalid_count),
      alarming: (file.invalid_count ?? 0) > 0,
    },
    ...(file.missing_count ? [{ label: "Missing", value: count(file.missing_count) }] : []),
    ...(file.excluded_count
      ? [{ label: excludedLabel(file), value: count(file.excluded_count) }]
      : []),
    {
      label: "Sensors",
      value: count(file.sensor_count),
    },
    { label: "Smallest value", value: real(sums.min_value), exact: exactly(sums.min_value) },
    { label: "Largest value", value: real(sums.max_value), exact: exactly(sums.max_value) },
  ];
}

/**
 * Why readings do not count: their quality flag, or more invalid rows than `max_invalid` allows, which
 * withholds all that are valid.
 */
function excludedLabel(file: FileDocument): string {
  // A container sums up members of either kind.
  if (file.container !== null) return "Excluded or withheld";
  if (!isOverLimit(file)) return "Excluded by quality";
  const hasFlags = file.dialect?.columns.some(({ role }) => role === "quality") === true;
  return hasFlags ? "Excluded or withheld" : "Withheld";
}

function exactly(value: number | null): string {
  return value === null ? "" : String(value);
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function Waiting({ file }: { file: FileDocument }) {
  const { rows_done: rows } = file.progress;
  return (
    <section className={layout.card}>
      <div className={css.waiting} role="status">
        <h2>{rows === 0 ? "Received, and waits to be processed" : "Being processed"}</h2>
        <RowProgress file={file} />
        <p>
          {rows > 0 && `${plural(rows, "row")} so far. `}
          Results show up here by themselves; this page need not stay open for it.
        </p>
      </div>
    </section>
  );
}

function Container({ file }: { file: FileDocument }) {
  const [search, setSearch] = useSearchParams();
  const tab = search.get("tab") === "invalid" ? "invalid" : "members";
  const show = (to: string | null) =>
    setSearch(
      (now) => {
        if (to === "invalid") now.set("tab", to);
        else now.delete("tab");
        return now;
      },
      { replace: true },
    );
  return (
    <Tabs value={tab} onChange={show} keepMounted={false} className={css.tabs}>
      <Tabs.List className={css.tabList}>
        <Tabs.Tab value="members">
          Members <span className={css.tabCount}>{count(file.members?.total)}</span>
        </Tabs.Tab>
        <Tabs.Tab value="invalid">
          Invalid rows <span className={css.tabCount}>{count(file.invalid_count)}</span>
        </Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="members">
        <Members file={file} />
      </Tabs.Panel>
      <Tabs.Panel value="invalid">
        <MemberRows file={file} />
      </Tabs.Panel>
    </Tabs>
  );
}

function Details({ file }: { file: FileDocument }) {
  const [search, setSearch] = useSearchParams();
  const asked = search.get("tab") ?? "";
  const tab = TABS.includes(asked) ? asked : "overview";
  const show = (to: string | null, code: string | null = null) =>
    setSearch(
      (now) => {
        if (to === null || to === "overview") now.delete("tab");
        else now.set("tab", to);
        if (code === null) now.delete("code");
        else now.set("code", code);
        return now;
      },
      { replace: true },
    );
  return (
    <Tabs value={tab} onChange={(to) => show(to)} keepMounted={false} className={css.tabs}>
      <Tabs.List className={css.tabList}>
        <Tabs.Tab value="overview">Overview</Tabs.Tab>
        <Tabs.Tab value="sensors">
          Sensors <span className={css.tabCount}>{count(file.sensor_count)}</span>
        </Tabs.Tab>
        <Tabs.Tab value="invalid">
          Invalid rows <span className={css.tabCount}>{count(file.invalid_count)}</span>
        </Tabs.Tab>
        <Tabs.Tab value="sql">SQL</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="overview">
        <Overview file={file} onCode={(code) => show("invalid", code)} />
      </Tabs.Panel>
      <Tabs.Panel value="sensors">
        <FileSensors file={file} />
      </Tabs.Panel>
      <Tabs.Panel value="invalid">
        <InvalidRows
          file={file}
          code={search.get("code")}
          onCode={(code) => show("invalid", code)}
        />
      </Tabs.Panel>
      <Tabs.Panel value="sql">
        <FileSql file={file} />
      </Tabs.Panel>
    </Tabs>
  );
}
