import { Button, Skeleton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { FileDocument } from "~/api/documents";
import { replay } from "~/api/queries";
import { Dialog } from "~/layout/Dialog";
import { asTexts, type ReadOptions } from "~/options/readOptions";
import { ReadOptionsForm } from "~/options/ReadOptionsForm";
import { headOfStored } from "~/preview/head";
import { ReadingPreview } from "~/preview/ReadingPreview";
import css from "./file.module.css";

/** Processes a file again, with the read options that it was read with or others, which are shown. */
export function ReprocessDialog(props: {
  file: FileDocument;
  /** Options to begin with, on top of those of the file. */
  fix?: ReadOptions;
  onClose: () => void;
}) {
  const { file, onClose } = props;
  const client = useQueryClient();
  const before = asTexts(file.options);
  const [options, setOptions] = useState<ReadOptions>({ ...before, ...props.fix });
  // Its members are read one by one, each in its own way.
  const isContainer = file.container !== null;
  const head = useQuery({
    enabled: !isContainer,
    queryKey: ["file", file.file_id, "head"],
    queryFn: ({ signal }) => headOfStored(file.file_id, signal),
    staleTime: Infinity,
    structuralSharing: false,
  });
  const run = useMutation({
    // `auto` takes back an option that was set before.
    mutationFn: () =>
      replay(client, file.file_id, {
        ...Object.fromEntries(Object.keys(before).map((name) => [name, "auto"])),
        ...options,
      }),
    onSuccess: onClose,
  });
  return (
    <Dialog
      title={`Reprocess ${file.filename}`}
      size="full"
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
        {isContainer && " Every member is read with these options."}
      </p>
      {run.error && (
        <p role="alert" className={css.actionError}>
          {run.error.message}
        </p>
      )}
      {head.data ? (
        <ReadingPreview
          of={file.file_id}
          filename={file.filename}
          head={head.data}
          options={options}
          onChange={setOptions}
        />
      ) : head.isError || isContainer ? (
        <ReadOptionsForm
          options={options}
          onChange={(name, value) => setOptions({ ...options, [name]: value })}
        />
      ) : (
        <Skeleton height={320} />
      )}
    </Dialog>
  );
}
