import { ActionIcon } from "@mantine/core";
import { Undo } from "lucide-react";
import { useId, type KeyboardEvent } from "react";
import { Link } from "wouter";
import { fileHref } from "~/addresses";
import type { ListedInvalidRow } from "~/api/documents";
import { opened, type Edit, type Fields } from "./corrections";
import css from "./invalid.module.css";

const NAMES = ["sensor_id", "timestamp", "value"] as const;

/** The cells of an invalid row, which are corrected in place; Enter goes on in the next row. */
export function RowCells(props: {
  row: ListedInvalidRow;
  edit: Edit | undefined;
  onChange: (edit: Edit | null, cell: string | null) => void;
}) {
  const { row, edit, onChange } = props;
  const id = useId();
  if (row.correction !== null) {
    return (
      <p className={css.corrected}>
        {row.correction.status === "corrected" ? "Corrected in " : "Waits to be corrected in "}
        <Link href={fileHref(row.correction.file_id)}>another file</Link>
      </p>
    );
  }
  // Not all cells of a text that is cut off are known.
  if (row.truncated) return null;
  const { exported, typed } = edit ?? opened(row);
  const change = (k: number, text: string) => {
    const after: Fields = [...typed];
    after[k] = text;
    const isSame = after.every((field, place) => field === exported[place]);
    onChange(isSame ? null : { exported, typed: after }, `${row.row},${row.cell},${k}`);
  };
  return (
    <div className={css.cells} role="group" aria-label={`Cells of row ${row.row}`}>
      {NAMES.map((name, k) => {
        const isChanged = typed[k] !== exported[k];
        return (
          <div key={name} className={css.cell}>
            <label htmlFor={`${id}${name}`}>{name}</label>
            <input
              id={`${id}${name}`}
              data-cell={k}
              spellCheck={false}
              autoComplete="off"
              className={isChanged ? css.changed : row.column === name ? css.faulty : undefined}
              aria-describedby={isChanged ? `${id}${name}was` : undefined}
              value={typed[k]}
              onChange={(event) => change(k, event.currentTarget.value)}
              onKeyDown={goOn}
            />
            {isChanged && (
              <span id={`${id}${name}was`} className={css.was}>
                was {exported[k] === "" ? "empty" : exported[k]}
              </span>
            )}
          </div>
        );
      })}
      {edit !== undefined && (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`Discard changes of row ${row.row}`}
          onClick={() => onChange(null, null)}
        >
          <Undo size={16} />
        </ActionIcon>
      )}
    </div>
  );
}

/** Enter and the arrows up and down go to the same cell of another row. */
function goOn(event: KeyboardEvent<HTMLInputElement>) {
  const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const { cell } = event.currentTarget.dataset;
  const all = [
    ...(event.currentTarget.closest("table")?.querySelectorAll(`input[data-cell="${cell}"]`) ?? []),
  ];
  const next = all[all.indexOf(event.currentTarget) + step];
  if (next instanceof HTMLInputElement) {
    event.preventDefault();
    next.focus();
    next.select();
  }
}
