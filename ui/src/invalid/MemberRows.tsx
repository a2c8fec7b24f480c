import { Button, TextInput } from "@mantine/core";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { CircleCheck, Download, Replace } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { Link } from "wouter";
import { fileHref } from "~/addresses";
import type { FileDocument, ListedInvalidRow } from "~/api/documents";
import { downloadRejects } from "~/api/downloads";
import { invalidRowsQuery } from "~/api/queries";
import { byCount } from "~/file/codes";
import css from "~/file/file.module.css";
import { codeWords, count, plural } from "~/format";
import { Card } from "~/layout/Card";
import { Chips } from "~/layout/Chips";
import { Failure, Message } from "~/states/Message";
import { columnsOf } from "~/tables/columns";
import { DataTable } from "~/tables/DataTable";
import { BulkChange } from "./BulkChange";
import { RawText } from "./RawText";
import own from "./invalid.module.css";

const of = columnsOf<ListedInvalidRow>();
const COLUMNS = of.columns([
  of.accessor("member", {
    header: "Member",
    cell: ({ row: { original: row } }) => (
      <Link href={`${fileHref(row.file_id)}?tab=invalid`} className={css.member}>
        {row.member}
      </Link>
    ),
  }),
  of.accessor("row", {
    header: "Row",
    meta: { numeric: true },
    cell: ({ row: { original: row } }) => (
      <span className={css.rowNumber}>
        {count(row.row)}
        <small>line {count(row.line)}</small>
      </span>
    ),
  }),
  of.accessor("raw", {
    header: "Text and error",
    cell: ({ row: { original: row } }) => (
      <div className={css.invalid}>
        <RawText row={row} />
        <p>
          <span className={css.code}>{codeWords(row.code)}</span> {row.error}
        </p>
        {row.correction !== null && (
          <p className={own.corrected}>
            {row.correction.status === "waiting"
              ? "Corrected, and being processed: "
              : "Corrected: "}
            <Link href={fileHref(row.correction.file_id)}>the corrected row</Link>
          </p>
        )}
      </div>
    ),
  }),
]);

/** Invalid rows of all members of a container, in its order. */
export function MemberRows({ file }: { file: FileDocument }) {
  const [code, setCode] = useState<string | null>(null);
  const [text, setText] = useState("");
  const [changing, setChanging] = useState(false);
  const asked = { code, text: useDeferredValue(text), corrected: null };
  // Rows change with the members, which the container's document follows.
  const state = `${file.generation} ${file.invalid_count} ${JSON.stringify(file.members)}`;
  const query = useInfiniteQuery(invalidRowsQuery(file.file_id, state, asked));
  const { data, hasNextPage, isFetchingNextPage } = query;
  const items = useMemo(() => data?.pages.flatMap((page) => page.items), [data]);
  const rejects = useMutation({ mutationFn: () => downloadRejects(file.file_id, file.filename) });
  if (!file.invalid_count) {
    return (
      <Card title="Invalid rows">
        <Message icon={<CircleCheck size={32} />} title="Every row is valid">
          No member has invalid rows.
        </Message>
      </Card>
    );
  }
  return (
    <Card
      bare
      title={plural(file.invalid_count, "invalid row")}
      aside={
        <div className={own.bar}>
          <Button
            variant="default"
            size="xs"
            leftSection={<Replace size={14} />}
            onClick={() => setChanging(true)}
          >
            Change many…
          </Button>
          <Button
            variant="default"
            size="xs"
            leftSection={<Download size={14} />}
            loading={rejects.isPending}
            onClick={() => rejects.mutate()}
          >
            All of them as CSV
          </Button>
        </div>
      }
    >
      {rejects.error && (
        <p role="alert" className={css.actionError}>
          {rejects.error.message}
        </p>
      )}
      <p role="note" className={css.limit}>
        A row is edited on the page of its member.
      </p>
      <div className={own.filters}>
        <Chips
          label="Error codes"
          value={code}
          onChange={setCode}
          chips={[
            { value: null, label: "all", count: count(file.invalid_count) },
            ...byCount(file.codes).map(([name, n]) => ({
              value: name,
              label: codeWords(name),
              count: count(n),
            })),
          ]}
        />
        <TextInput
          className={own.search}
          type="search"
          size="xs"
          aria-label="Search in the text of rows"
          placeholder="Search in the text"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </div>
      {changing && (
        <BulkChange file={file} code={code} text={text} onClose={() => setChanging(false)} />
      )}
      {query.isError && items === undefined ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <>
          <DataTable
            caption="Invalid rows of the members"
            columns={COLUMNS}
            items={items}
            idOf={(row) => `${row.file_id} ${row.row} ${row.cell}`}
            stale={query.isPlaceholderData}
          />
          {items?.length === 0 && <p className={css.none}>No row fits.</p>}
        </>
      )}
      {hasNextPage && (
        <div className={css.more}>
          <Button
            variant="default"
            size="xs"
            loading={isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            Show more
          </Button>
        </div>
      )}
    </Card>
  );
}
