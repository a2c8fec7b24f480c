import { Button } from "@mantine/core";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Link } from "wouter";
import { fileHref } from "~/addresses";
import type { PreviewedFile } from "~/api/schema";
import { OperationProgress } from "~/bulk/OperationProgress";
import { begin, MOST_FILES } from "~/bulk/queries";
import { count, NOTHING, plural } from "~/format";
import { labelOf } from "~/options/readOptions";
import { Failure } from "~/states/Message";
import { FILES_PER_PREVIEW, previewProfile, type Draft } from "./queries";
import css from "./profiles.module.css";

/**
 * The earlier files that a profile reads differently: as it would be, or, without a draft, as it is
 * saved; those can be read again.
 */
export function EarlierFiles({ name, draft }: { name: string; draft: Draft | null }) {
  const query = useInfiniteQuery({
    queryKey: ["preview", name, draft],
    queryFn: ({ pageParam }) => previewProfile(name, draft, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    retry: false,
    gcTime: 0,
  });
  const pages = query.data?.pages ?? [];
  const items = pages.flatMap((page) => page.items);
  const checked = pages.reduce((sum, page) => sum + page.checked, 0);
  const run = useMutation({
    mutationFn: () => {
      const files = { file_ids: items.map((item) => item.file_id) };
      return begin("/reprocessings", { files, options: {} });
    },
  });
  if (query.isPending) return <p className={css.hint}>Reading earlier files…</p>;
  if (query.isError) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <>
      <p role="status">
        {count(items.length)} of {plural(checked, "file")} would be read differently.
      </p>
      {items.length > 0 && (
        <div className={css.scroll} tabIndex={0} role="region" aria-label="Files that change">
          <table className={css.table}>
            <thead>
              <tr>
                <th>File</th>
                <th>Changes</th>
                <th>Valid rows</th>
                <th>Invalid rows</th>
                <th>Smallest</th>
                <th>Largest</th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <Row key={item.file_id} item={item} />
              ))}
              <tr className={css.sum}>
                <td colSpan={2}>All of these</td>
                <td>{change(sum(items, "old", "row_count"), sum(items, "new", "row_count"))}</td>
                <td>
                  {change(sum(items, "old", "invalid_count"), sum(items, "new", "invalid_count"))}
                </td>
                <td colSpan={2} />
              </tr>
            </tbody>
          </table>
        </div>
      )}
      <div className={css.buttons}>
        {query.hasNextPage && !run.isSuccess && items.length + FILES_PER_PREVIEW <= MOST_FILES && (
          <Button
            variant="default"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            Check earlier ones
          </Button>
        )}
        {draft === null && items.length > 0 && !run.isSuccess && (
          <Button loading={run.isPending} onClick={() => run.mutate()}>
            {`Reprocess ${plural(items.length, "file")}`}
          </Button>
        )}
      </div>
      {run.data && <OperationProgress id={run.data.id} />}
      {run.error && (
        <p role="alert" className={css.error}>
          {run.error.message}
        </p>
      )}
    </>
  );
}

function Row({ item }: { item: PreviewedFile }) {
  const { old, new: after } = item;
  const changes = Object.entries(item.changes).map(
    ([name, { old: was, new: is }]) => `${labelOf(name)}: ${words(was)} → ${words(is)}`,
  );
  return (
    <tr>
      <td>
        <Link href={fileHref(item.file_id)}>{item.filename}</Link>
      </td>
      <td>
        {changes.map((text) => (
          <div key={text}>{text}</div>
        ))}
        {old.status !== after?.status && after !== null && (
          <div>
            Status: {old.status} → {after.status}
          </div>
        )}
        {after?.error && <div className={css.error}>{after.error}</div>}
      </td>
      {after === null ? (
        <td colSpan={4}>Too large to be counted here</td>
      ) : (
        <>
          <td>{change(old.row_count, after.row_count)}</td>
          <td>{change(old.invalid_count, after.invalid_count)}</td>
          <td>{change(old.min_value, after.min_value)}</td>
          <td>{change(old.max_value, after.max_value)}</td>
        </>
      )}
    </tr>
  );
}

function sum(
  items: readonly PreviewedFile[],
  when: "old" | "new",
  of: "row_count" | "invalid_count",
): number {
  const counted = items.filter((item) => item.new !== null);
  return counted.reduce((total, item) => total + (item[when]?.[of] ?? 0), 0);
}

function change(before: number | null, after: number | null): string {
  return before === after ? count(after) : `${count(before)} → ${count(after)}`;
}

function words(value: unknown): string {
  if (value == null || value === "" || (Array.isArray(value) && value.length === 0)) return NOTHING;
  return Array.isArray(value)
    ? value.join(", ")
    : typeof value === "string"
      ? value
      : JSON.stringify(value);
}
