import { Button } from "@mantine/core";
import { Undo2 } from "lucide-react";
import { createContext, use, useMemo, useState } from "react";
import type { Dialect, FileDocument, ListedInvalidRow } from "~/api/documents";
import css from "~/file/file.module.css";
import { codeWords, count } from "~/format";
import { Chips } from "~/layout/Chips";
import { entryOf, type Edit } from "./corrections";
import { useEdits, type Edits } from "./edits";
import { of, ROW } from "./columns";
import { RawText } from "./RawText";
import { Resubmit } from "./Resubmit";
import { RowCells } from "./RowCells";
import { RowsCard } from "./RowsCard";

const COLUMNS = of.columns([
  ROW,
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
  const { file } = props;
  const { edits, canUndo, set, undo, clear } = useEdits(file.file_id, file.generation);
  const corrections = useMemo(
    (): Corrections => ({ dialect: file.dialect, edits, correct: set }),
    [file.dialect, edits, set],
  );
  const [corrected, setCorrected] = useState<string | null>(null);
  return (
    <CorrectionsContext value={corrections}>
      <RowsCard
        file={file}
        caption="Invalid rows"
        none="This file has no invalid rows."
        columns={COLUMNS}
        idOf={entryOf}
        // What is corrected changes without a new generation.
        state={`${file.generation} ${file.corrected_count}`}
        code={props.code}
        onCode={props.onCode}
        corrected={corrected}
        note={
          file.limit_reached &&
          `Only invalid rows up to row ${count(file.limit_reached.through_row)} are listed; the ` +
            "counts are of all of them."
        }
        filters={
          file.corrected_count > 0 && (
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
          )
        }
        undo={
          canUndo && (
            <Button variant="default" size="xs" leftSection={<Undo2 size={14} />} onClick={undo}>
              Undo
            </Button>
          )
        }
      >
        <Resubmit fileId={file.file_id} edits={edits} onSent={clear} />
      </RowsCard>
    </CorrectionsContext>
  );
}
