import { Button, TextInput } from "@mantine/core";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { CircleCheck, Download, Replace, Undo2 } from "lucide-react";
import { createContext, use, useDeferredValue, useMemo, useState } from "react";
import type { Dialect, FileDocument, ListedInvalidRow } from "~/api/documents";
import { downloadRejects } from "~/api/downloads";
import { invalidRowsQuery } from "~/api/queries";
import { codeWords, count, plural } from "~/format";
import { Card } from "~/layout/Card";
import { Chips } from "~/layout/Chips";
import { Failure, Message } from "~/states/Message";
import { columnsOf } from "~/tables/columns";
import { DataTable } from "~/tables/DataTable";
import { byCount } from "~/file/codes";
import css from "~/file/file.module.css";
import { BulkChange } from "./BulkChange";
import { entryOf, type Edit } from "./corrections";
import { useEdits, type Edits } from "./edits";
import { RawText } from "./RawText";
import { Resubmit } from "./Resubmit";
import { RowCells } from "./RowCells";
import own from "./invalid.module.css";

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
  edits: Edits;
  /** Keep the edit of a row; null discards it. Typing in one cell is one step. */
  correct: (entry: string, edit: Edit | null, cell: string | null) => void;
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
      <RowCells
        row={row}
        edit={edit}
        onChange={(changed, cell) => correct(entryOf(row), changed, cell)}
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
  const { edits, canUndo, set, undo, clear } = useEdits(file.file_id, file.generation);
  const corrections = useMemo(
    (): Corrections => ({ dialect: file.dialect, edits, correct: set }),
    [file.dialect, edits, set],
  );
  const [text, setText] = useState("");
  const [corrected, setCorrected] = useState<string | null>(null);
  const [changing, setChanging] = useState(false);
  const asked = { code, text: useDeferredValue(text), corrected };
  // What is corrected changes without a new generation.
  const state = `${file.generation} ${file.corrected_count}`;
  const query = useInfiniteQuery(invalidRowsQuery(file.file_id, state, asked));
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
      {file.limit_reached && (
        <p role="note" className={css.limit}>
          Only invalid rows up to row {count(file.limit_reached.through_row)} are listed; the counts
          are of all of them.
        </p>
      )}
      <div className={own.filters}>
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
        {file.corrected_count > 0 && (
          <Chips
            label="Corrected or not"
            value={corrected}
            onChange={setCorrected}
            chips={[
              { value: null, label: "all rows" },
              { value: "false", label: "not corrected" },
              { value: "true", label: "corrected", count: count(file.corrected_count) },
            ]}
          />
        )}
        <TextInput
          className={own.search}
          type="search"
          size="xs"
          aria-label="Search in the text of rows"
          placeholder="Search in the text"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {canUndo && (
          <Button variant="default" size="xs" leftSection={<Undo2 size={14} />} onClick={undo}>
            Undo
          </Button>
        )}
      </div>
      <Resubmit fileId={file.file_id} edits={edits} onSent={clear} />
      {changing && (
        <BulkChange file={file} code={code} text={text} onClose={() => setChanging(false)} />
      )}
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
          {items?.length === 0 && <p className={css.none}>No row fits.</p>}
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
