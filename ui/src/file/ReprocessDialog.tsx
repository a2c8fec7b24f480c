import { Button, Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { FileDocument } from "~/api/documents";
import { replay } from "~/api/queries";
import { asTexts } from "~/options/readOptions";
import { ReadOptionsForm } from "~/options/ReadOptionsForm";
import css from "./file.module.css";

/** Processes a file again, with the read options that it was read with or others. */
export function ReprocessDialog(props: {
  file: FileDocument;
  opened: boolean;
  onClose: () => void;
}) {
  const { file, opened, onClose } = props;
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
    <Modal.Root opened={opened} onClose={onClose} size="xl" centered lockScroll={false}>
      <Modal.Overlay />
      <Modal.Content
        className={css.dialogBox}
        aria-label={`Read ${file.filename} with other options`}
      >
        <Modal.Body className={css.dialog}>
          <h2>Reprocess {file.filename}</h2>
          <p>
            Options that are empty are detected. The results that are shown now stay until the new
            ones are complete.
          </p>
          <ReadOptionsForm options={options} onChange={change} />
          {run.error && (
            <p role="alert" className={css.actionError}>
              {run.error.message}
            </p>
          )}
          <div className={css.dialogButtons}>
            <Button variant="default" onClick={onClose} data-autofocus>
              Cancel
            </Button>
            <Button loading={run.isPending} onClick={() => run.mutate()}>
              Reprocess
            </Button>
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
