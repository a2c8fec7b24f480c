import { Button, NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, FileSearch } from "lucide-react";
import { Suspense, useMemo, useState } from "react";
import { useSearchParams } from "wouter";
import type { Stats, Status } from "~/api/documents";
import type { MatchingCounts } from "~/api/schema";
import { FILES_PER_PAGE, fileCountsQuery, filesQuery } from "~/api/queries";
import type { Selection } from "~/bulk/queries";
import { count } from "~/format";
import { Chips } from "~/layout/Chips";
import layout from "~/layout/layout.module.css";
import { withChanges } from "~/states/address";
import { Failure, Message } from "~/states/Message";
import { part } from "~/states/parts";
import { useNow } from "~/states/time";
import { DataTable } from "~/tables/DataTable";
import { ChooseFiles } from "~/uploads/ChooseFiles";
import { COLUMNS } from "./columns";
import css from "./files.module.css";
import { MarkedContext, type Marked } from "./marks";
import { SearchField } from "./SearchField";
import { PERIODS, sinceOf } from "./periods";
import { SelectionTools } from "./SelectionTools";

const ReprocessFiles = part(() => import("~/bulk/ReprocessFiles"));
const STATUSES: Status[] = ["waiting", "processed", "partial", "failed"];
const NEWEST = "-upload_time";

export function FilesList({ all }: { all: Stats["listed"] | undefined }) {
  const [search, setSearch] = useSearchParams();
  // Cursors lead onwards only, so where each page began is remembered on the way.
  const [previous, setPrevious] = useState<(string | null)[]>([]);
  const status = STATUSES.find((name) => name === search.get("status")) ?? null;
  const q = search.get("q") ?? "";
  const sort = search.get("sort") ?? NEWEST;
  const cursor = search.get("cursor");
  const period = PERIODS.find(({ value }) => value === search.get("uploaded"));
  const since = sinceOf(period, useNow());
  const files = useQuery(filesQuery({ status, q, sort, cursor, since }));
  const isSearched = q !== "" || since !== null;
  const counted = useQuery(fileCountsQuery({ q, since })).data;
  const counts = isSearched ? (counted ?? undefined) : all && { ...all, more: false };

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
    setSearch((now) => withChanges(now, { cursor: null, from: null, ...changes }), {
      replace: true,
    });
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
  const narrowed = status !== null || q !== "" || since !== null;
  return (
    <section className={layout.card} aria-label="List of files">
      <div className={css.tools}>
        <SearchField q={q} onSearch={(text) => change({ q: text })} />
        <NativeSelect
          aria-label="Uploaded"
          size="sm"
          value={period?.value ?? ""}
          onChange={(event) => change({ uploaded: event.currentTarget.value })}
          data={[{ value: "", label: "uploaded at any time" }, ...PERIODS]}
        />
        <Chips
          label="Status"
          value={status}
          onChange={(value) => change({ status: value })}
          chips={[
            { value: null, label: "all", count: counts && amount(counts, "files") },
            ...STATUSES.map((name) => ({
              value: name,
              label: name,
              count: counts && amount(counts, name),
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
              <Button
                variant="default"
                onClick={() => change({ status: null, q: null, uploaded: null })}
              >
                Show all files
              </Button>
            }
          >
            {`No file ${[
              q && `has “${q}” in its name`,
              status && `is ${status}`,
              period && `was ${period.label}`,
            ]
              .filter(Boolean)
              .join(" and ")}.`}
          </Message>
        ) : (
          <FirstSteps />
        )
      ) : (
        <>
          {(ids.size > 0 || narrowed) && (
            <SelectionTools
              selected={ids.size}
              onClear={() => setIds(new Set())}
              onReprocess={() =>
                setReprocessing(
                  ids.size > 0
                    ? { file_ids: [...ids] }
                    : {
                        ...(status !== null && { status }),
                        ...(q && { q }),
                        ...(since !== null && { since }),
                      },
                )
              }
            />
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
            {counts && ` of ${amount(counts, status ?? "files")}`}
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

/** How many files fit: `10,000+` if there may be more. */
function amount(counts: MatchingCounts, of: Status | "files"): string {
  return count(counts[of]) + (counts.more ? "+" : "");
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
