import { Button, Checkbox, NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { FileDocument } from "~/api/documents";
import type { CorrectedRow } from "~/api/schema";
import {
  begin,
  correctionPreviewQuery,
  newKey,
  type Change,
  type Correction,
} from "~/bulk/queries";
import { OperationProgress } from "~/bulk/OperationProgress";
import { codeWords, count, plural } from "~/format";
import { Dialog } from "~/layout/Dialog";
import { byCount } from "~/file/codes";
import { timeFormatsQuery } from "./timeFormats";
import file_css from "~/file/file.module.css";
import css from "./invalid.module.css";

type Kind = Change["kind"];

interface Draft {
  kind: Kind;
  column: string;
  find: string;
  replacement: string;
  whole: boolean;
  words: string;
  format: string;
  by: string;
}

const KINDS: { value: Kind; label: string }[] = [
  { value: "replace", label: "Replace a text" },
  { value: "time_format", label: "Set the format of times" },
  { value: "map", label: "Map words to values" },
  { value: "shift", label: "Shift times" },
];
const COLUMNS = ["sensor_id", "timestamp", "value"] as const;
// Milliseconds after the last key.
const PAUSE = 250;

/** Changes many invalid rows by a rule: of this file, or of all files of its profile; of a container
 * those of all its members. */
export function BulkChange(props: {
  file: FileDocument;
  code: string | null;
  text: string;
  onClose: () => void;
}) {
  const { file, onClose } = props;
  const [scope, setScope] = useState<"file" | "profile">("file");
  const [code, setCode] = useState(props.code ?? "");
  const [text, setText] = useState(props.text);
  const [draft, setDraft] = useState<Draft>(() => firstDraft(props.code));
  const [key] = useState(newKey);
  const change = changeOf(draft);
  const correction: Correction | null =
    change === null
      ? null
      : {
          files:
            scope === "profile" && file.profile !== null
              ? { profile: file.profile }
              : file.container !== null
                ? { parent_id: file.file_id }
                : { file_ids: [file.file_id] },
          rows: { ...(code && { code }), ...(text && { text }) },
          changes: [change],
        };
  const settled = useSettled(correction);
  const preview = useQuery(correctionPreviewQuery(settled));
  const formats = useQuery(timeFormatsQuery(file, draft.kind === "time_format"));
  const run = useMutation({
    mutationFn: (asked: Correction) => begin("/corrections", asked, key),
  });
  const isCurrent = JSON.stringify(settled) === JSON.stringify(correction);
  const ready = isCurrent && !preview.isPlaceholderData && (preview.data?.corrected ?? 0) > 0;
  const found = correction === null ? undefined : preview.data;
  return (
    <Dialog
      title="Change many rows"
      size="full"
      onClose={onClose}
      actions={
        run.data ? (
          <Button onClick={onClose}>Close</Button>
        ) : (
          <>
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              loading={run.isPending}
              disabled={!ready}
              onClick={() => correction && run.mutate(correction)}
            >
              {ready ? `Correct ${plural(preview.data?.corrected ?? 0, "row")}` : "Correct"}
            </Button>
          </>
        )
      }
    >
      {run.data ? (
        <OperationProgress id={run.data.id} />
      ) : (
        <>
          <div className={css.change}>
            {file.profile !== null && (
              <NativeSelect
                label="Files"
                value={scope}
                onChange={(event) =>
                  setScope(event.currentTarget.value === "profile" ? "profile" : "file")
                }
                data={[
                  { value: "file", label: file.container !== null ? "All members" : "This file" },
                  { value: "profile", label: `All files of ${file.profile}` },
                ]}
              />
            )}
            <NativeSelect
              label="Fault"
              value={code}
              onChange={(event) => setCode(event.currentTarget.value)}
              data={[
                { value: "", label: "any" },
                ...byCount(file.codes).map(([name]) => ({ value: name, label: codeWords(name) })),
              ]}
            />
            <TextInput
              label="Only rows with this text"
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
          </div>
          <ChangeFields draft={draft} onChange={setDraft} />
          {draft.kind === "time_format" &&
            formats.data !== undefined &&
            formats.data.length > 0 && (
              <p className={css.formats}>
                These times may be written as{" "}
                {formats.data.map((format) => (
                  <Button
                    key={format}
                    size="compact-sm"
                    variant="default"
                    onClick={() => setDraft({ ...draft, format })}
                  >
                    {format}
                  </Button>
                ))}
              </p>
            )}
          {(run.error ?? preview.error) && (
            <p role="alert" className={file_css.actionError}>
              {(run.error ?? preview.error)?.message}
            </p>
          )}
          <div className={css.preview} aria-busy={preview.isFetching}>
            <p role="status" className={css.counts}>
              {found === undefined
                ? "Say what to change; the effect is shown here."
                : summaryOf(found)}
            </p>
            {found !== undefined && (found.examples.length > 0 || found.left.length > 0) && (
              <Examples rows={found.examples.length > 0 ? found.examples : found.left} />
            )}
          </div>
        </>
      )}
    </Dialog>
  );
}

function summaryOf(found: {
  files: number;
  matched: number;
  corrected: number;
  unchanged: number;
  still_invalid: number;
  corrected_before: number;
}): string {
  const rest = [
    found.unchanged > 0 && `${count(found.unchanged)} that the change does not fit`,
    found.still_invalid > 0 && `${count(found.still_invalid)} with another faulty cell`,
    found.corrected_before > 0 && `${count(found.corrected_before)} corrected already`,
  ].filter((part) => part !== false);
  const which = `${count(found.corrected)} of ${plural(found.matched, "invalid row")}`;
  return (
    `${which} in ${plural(found.files, "file")} would be corrected` +
    (rest.length > 0 ? `; ${rest.join(", ")}.` : ".")
  );
}

function Examples({ rows }: { rows: CorrectedRow[] }) {
  return (
    <div className={css.scroll} tabIndex={0} role="region" aria-label="Rows before and after">
      <table>
        <thead>
          <tr>
            <th>Row</th>
            {COLUMNS.map((name) => (
              <th key={name}>{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, k) => (
            <tr key={k}>
              <td>
                {row.filename}, row {count(row.row)}
              </td>
              {COLUMNS.map((name) => (
                <td key={name}>
                  {row.before[name] === row.after[name] ? (
                    row.after[name]
                  ) : (
                    <>
                      <del className={css.before}>{row.before[name] || "(empty)"}</del>{" "}
                      <ins>{row.after[name] || "(empty)"}</ins>
                    </>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ChangeFields({ draft, onChange }: { draft: Draft; onChange: (draft: Draft) => void }) {
  const set = (changes: Partial<Draft>) => onChange({ ...draft, ...changes });
  return (
    <div className={css.change}>
      <NativeSelect
        label="Change"
        data-autofocus
        value={draft.kind}
        onChange={(event) => set({ kind: event.currentTarget.value as Kind })}
        data={KINDS}
      />
      {(draft.kind === "replace" || draft.kind === "map") && (
        <NativeSelect
          label="Column"
          value={draft.column}
          onChange={(event) => set({ column: event.currentTarget.value })}
          data={[...COLUMNS]}
        />
      )}
      {draft.kind === "replace" && (
        <>
          <TextInput
            label="Text"
            value={draft.find}
            onChange={(event) => set({ find: event.currentTarget.value })}
          />
          <TextInput
            label="Replacement"
            value={draft.replacement}
            onChange={(event) => set({ replacement: event.currentTarget.value })}
          />
          <Checkbox
            label="The cell as a whole"
            checked={draft.whole}
            onChange={(event) => set({ whole: event.currentTarget.checked })}
          />
        </>
      )}
      {draft.kind === "map" && (
        <TextInput
          label="Words and values"
          placeholder="on=1, off=0"
          value={draft.words}
          onChange={(event) => set({ words: event.currentTarget.value })}
        />
      )}
      {draft.kind === "time_format" && (
        <TextInput
          label="Format (strptime)"
          placeholder="%d.%m.%Y %H:%M:%S"
          value={draft.format}
          onChange={(event) => set({ format: event.currentTarget.value })}
        />
      )}
      {draft.kind === "shift" && (
        <TextInput
          label="Add to times"
          placeholder="-1h"
          value={draft.by}
          onChange={(event) => set({ by: event.currentTarget.value })}
        />
      )}
    </div>
  );
}

function firstDraft(code: string | null): Draft {
  const isTime = code?.startsWith("timestamp") === true;
  return {
    kind: isTime ? "time_format" : "replace",
    column: COLUMNS.find((name) => code?.startsWith(name)) ?? "value",
    find: "",
    replacement: "",
    whole: false,
    words: "",
    format: "",
    by: "",
  };
}

/** The change that is drafted; null if something is missing. */
function changeOf(draft: Draft): Change | null {
  switch (draft.kind) {
    case "replace": {
      const { kind, column, find, replacement, whole } = draft;
      return find === "" ? null : { kind, column, find, replacement, whole };
    }
    case "map": {
      const pairs = draft.words
        .split(",")
        .map((pair) => pair.split("=").map((part) => part.trim()))
        .filter(([word, value]) => word && value !== undefined);
      if (pairs.length === 0) return null;
      const words = Object.fromEntries(pairs) as Record<string, string>;
      return { kind: "map", column: draft.column, words };
    }
    case "time_format":
      return draft.format === "" ? null : { kind: "time_format", format: draft.format };
    case "shift":
      return draft.by === "" ? null : { kind: "shift", by: draft.by };
  }
}

/** A value once it has not changed for a moment. */
function useSettled<Value>(value: Value): Value {
  const [settled, setSettled] = useState(value);
  const text = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE);
    return () => clearTimeout(timer);
    // The text says whether the value is another one.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [text]);
  return settled;
}
