import { ActionIcon, Button, TextInput } from "@mantine/core";
import { Pencil, X } from "lucide-react";
import type { InvalidRow } from "~/api/documents";
import type { Fields } from "./corrections";
import css from "./file.module.css";

const NAMES = ["sensor_id", "timestamp", "value"] as const;

/** The fields of an invalid row for correction; a button that opens them if they are closed. */
export function CorrectRow(props: {
  row: InvalidRow;
  fields: Fields | undefined;
  onBegin: () => void;
  onChange: (fields: Fields) => void;
  onLeave: () => void;
}) {
  const { row, fields } = props;
  if (fields === undefined) {
    // Not all fields of a truncated text are known.
    if (row.truncated) return null;
    return (
      <Button
        className={css.correct}
        variant="subtle"
        size="compact-sm"
        leftSection={<Pencil size={14} />}
        aria-label={`Correct row ${row.row}`}
        onClick={props.onBegin}
      >
        Correct
      </Button>
    );
  }
  const column = NAMES.findIndex((name) => name === row.column);
  const faulty = column === -1 ? 2 : column;
  return (
    <div className={css.correctFields} role="group" aria-label={`Fields of row ${row.row}`}>
      {NAMES.map((name, k) => (
        <TextInput
          key={name}
          size="xs"
          label={name}
          autoFocus={k === faulty}
          value={fields[k]}
          onChange={(event) => {
            const { value } = event.currentTarget;
            const changed: Fields = [...fields];
            changed[k] = value;
            props.onChange(changed);
          }}
        />
      ))}
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`Discard changes of row ${row.row}`}
        onClick={props.onLeave}
      >
        <X size={16} />
      </ActionIcon>
    </div>
  );
}
