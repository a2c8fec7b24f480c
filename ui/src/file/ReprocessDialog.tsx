import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { FileDocument } from "~/api/documents";
import { replay } from "~/api/queries";
import { Dialog } from "~/layout/Dialog";
import { asTexts } from "~/options/readOptions";
import { ReadOptionsForm } from "~/options/ReadOptionsForm";
import css from "./file.module.css";

/** Processes a file again, with the read options that it was read with or others. */
export function ReprocessDialog({ file, onClose }: { file: FileDocument; onClose: () => void }) {
  const client = useQueryClient();
  const before = asTexts(file.options);
  const [options, setOptions] = useState(before);
  const run = useMutation({
    // `auto` takes back an option that was set before.
    mutationFn: () =>
      replay(client, file.file_id, {
        ...Object.fromEntries(Object.keys(before).map((name) => [name, "auto"])),
        ...options,
      }),
    onSuccess: onClose,
  });
  const change = (name: string, value: string) =>
    setOptions((now) => {
      const others = Object.entries(now).filter(([known]) => known !== name);
      return Object.fromEntries(value === "" ? others : [...others, [name, value]]);
    });
  return (
    <Dialog
      title={`Reprocess ${file.filename}`}
      size="xl"
      onClose={onClose}
      actions={
        <>
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button loading={run.isPending} onClick={() => run.mutate()}>
            Reprocess
          </Button>
        </>
      }
    >
      <p>
        Options that are empty are detected. The results that are shown now stay until the new ones
        are complete.
      </p>
      <ReadOptionsForm options={options} onChange={change} />
      {run.error && (
        <p role="alert" className={css.actionError}>
          {run.error.message}
        </p>
      )}
    </Dialog>
  );
}
