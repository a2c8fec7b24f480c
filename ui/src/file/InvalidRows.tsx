import { Button } from "@mantine/core";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { CircleCheck, Download } from "lucide-react";
import { createContext, use, useMemo, useState } from "react";
import type { Dialect, FileDocument, ListedInvalidRow } from "~/api/documents";
import { downloadRejects } from "~/api/downloads";
import { invalidRowsQuery } from "~/api/queries";
import { codeWords, count, plural } from "~/format";
import { Card } from "~/layout/Card";
import { Chips } from "~/layout/Chips";
import { Failure, Message } from "~/states/Message";
import { columnsOf } from "~/tables/columns";
import { DataTable } from "~/tables/DataTable";
import { CorrectRow } from "./CorrectRow";
import { entryOf, opened, type Edit } from "./corrections";
import { byCount } from "./codes";
import { RawText } from "./RawText";
import { Resubmit } from "./Resubmit";
import css from "./file.module.css";

const of = columnsOf<ListedInvalidRow>();
const COLUMNS = of.columns([
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
    cell: ({ row: { original: row } }) => <Fault row={row} />,
  }),
]);

interface Corrections {
  dialect: Dialect | null | undefined;
  edits: ReadonlyMap<string, Edit>;
  /** Keep the edit of a row; null discards it. */
  correct: (entry: string, edit: Edit | null) => void;
}

// By context, so that typing does not change the columns, which would remount their cells.
const CorrectionsContext = createContext<Corrections>({
  dialect: null,
  edits: new Map(),
  correct: () => undefined,
});

function Fault({ row }: { row: ListedInvalidRow }) {
  const { dialect, edits, correct } = use(CorrectionsContext);
  const edit = edits.get(entryOf(row));
  return (
    <div className={css.invalid}>
      <RawText row={row} dialect={dialect} />
      <p>
        <span className={css.code}>{codeWords(row.code)}</span> {row.error}
      </p>
      <CorrectRow
        row={row}
        fields={edit?.typed}
        onBegin={() => correct(entryOf(row), opened(row))}
        onChange={(typed) => correct(entryOf(row), { ...(edit ?? opened(row)), typed })}
        onLeave={() => correct(entryOf(row), null)}
      />
    </div>
  );
}

/** Invalid rows with their errors, and their correction. */
export function InvalidRows(props: {
  file: FileDocument;
  code: string | null;
  onCode: (code: string | null) => void;
}) {
  const { file, code } = props;
  const [edits, setEdits] = useState<ReadonlyMap<string, Edit>>(new Map());
  const corrections = useMemo((): Corrections => {
    const correct = (entry: string, edit: Edit | null) =>
      setEdits((before) => {
        const after = new Map(before);
        if (edit === null) after.delete(entry);
        else after.set(entry, edit);
        return after;
      });
    return { dialect: file.dialect, edits, correct };
  }, [file.dialect, edits]);
  const query = useInfiniteQuery(invalidRowsQuery(file.file_id, file.generation, code));
  const { data, hasNextPage, isFetchingNextPage } = query;
  const items = useMemo(() => data?.pages.flatMap((page) => page.items), [data]);
  const rejects = useMutation({ mutationFn: () => downloadRejects(file.file_id, file.filename) });
  if (file.invalid_count === 0) {
    return (
      <Card title="Invalid rows">
        <Message icon={<CircleCheck size={32} />} title="Every row is valid">
          This file has no invalid rows.
        </Message>
      </Card>
    );
  }
  return (
    <Card
      bare
      title={plural(file.invalid_count ?? 0, "invalid row")}
      aside={
        <Button
          variant="default"
          size="xs"
          leftSection={<Download size={14} />}
          loading={rejects.isPending}
          onClick={() => rejects.mutate()}
        >
          All of them as CSV
        </Button>
      }
    >
      {rejects.error && (
        <p role="alert" className={css.actionError}>
          {rejects.error.message}
        </p>
      )}
      {file.limit_reached && (
        <p role="note" className={css.limit}>
          Only invalid rows up to row {count(file.limit_reached.through_row)} are listed; the counts
          are of all of them.
        </p>
      )}
      <div className={css.codes}>
        <Chips
          label="Error codes"
          value={code}
          onChange={props.onCode}
          chips={[
            { value: null, label: "all", count: count(file.invalid_count) },
            ...byCount(file.codes).map(([name, n]) => ({
              value: name,
              label: codeWords(name),
              count: count(n),
            })),
          ]}
        />
      </div>
      <Resubmit fileId={file.file_id} edits={edits} onSent={() => setEdits(new Map())} />
      {query.isError && items === undefined ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <CorrectionsContext value={corrections}>
          <DataTable
            caption="Invalid rows"
            columns={COLUMNS}
            items={items}
            idOf={entryOf}
            stale={query.isPlaceholderData}
          />
        </CorrectionsContext>
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
