import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { plural } from "~/format";
import { Dialog } from "~/layout/Dialog";
import { asParameters, type ReadOptions } from "~/options/readOptions";
import { ReadOptionsForm } from "~/options/ReadOptionsForm";
import { OperationProgress } from "./OperationProgress";
import { begin, filesPreviewQuery, newKey, type Selection } from "./queries";
import css from "./bulk.module.css";

/** Processes many files again, with the read options that they were read with or changed ones. */
export default function ReprocessFiles(props: { files: Selection; onClose: () => void }) {
  const { files, onClose } = props;
  const [options, setOptions] = useState<ReadOptions>({});
  const [key] = useState(newKey);
  const given: Record<string, string[]> = {};
  for (const [name, value] of asParameters(options)) {
    if (value !== "") (given[name] ??= []).push(value);
  }
  const preview = useQuery(filesPreviewQuery({ files, options: {} }));
  const run = useMutation({
    mutationFn: () => begin("/reprocessings", { files, options: given }, key),
  });
  const number = preview.data?.files ?? 0;
  return (
    <Dialog
      title={run.data ? "Reprocess files" : `Reprocess ${plural(number, "file")}`}
      size="xl"
      onClose={onClose}
      actions={
        run.data ? (
          <Button onClick={onClose}>Close</Button>
        ) : (
          <>
            <Button variant="default" onClick={onClose} data-autofocus>
              Cancel
            </Button>
            <Button loading={run.isPending} disabled={number === 0} onClick={() => run.mutate()}>
              Reprocess
            </Button>
          </>
        )
      }
    >
      {run.data ? (
        <OperationProgress id={run.data.id} />
      ) : (
        <>
          <p role="status">
            {preview.data === undefined
              ? "Counting…"
              : `${preview.data.examples.join(", ")}${
                  number > preview.data.examples.length ? " and others" : ""
                }`}
          </p>
          <p>
            Options that are empty stay as they are for each file. Results that are shown now stay
            until the new ones are complete.
          </p>
          {(run.error ?? preview.error) && (
            <p role="alert" className={css.error}>
              {(run.error ?? preview.error)?.message}
            </p>
          )}
          <ReadOptionsForm
            options={options}
            onChange={(name, value) => setOptions({ ...options, [name]: value })}
          />
        </>
      )}
    </Dialog>
  );
}
