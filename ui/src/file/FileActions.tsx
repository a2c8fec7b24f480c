import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Download, RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { FILES } from "~/addresses";
import type { FileDocument } from "~/api/documents";
import { downloadRaw, downloadReadings, FORM_NAMES, FORMS, type Form } from "~/api/downloads";
import { deleteFile } from "~/api/queries";
import { plural } from "~/format";
import { Dialog } from "~/layout/Dialog";
import { canReprocess } from "./Removed";
import { ReprocessDialog } from "./ReprocessDialog";
import css from "./file.module.css";

/** What can be done with a file as a whole. */
export function FileActions({ file }: { file: FileDocument }) {
  const [deleting, setDeleting] = useState(false);
  const [reprocessing, setReprocessing] = useState(false);
  const raw = useMutation({ mutationFn: () => downloadRaw(file.file_id, file.filename) });
  const readings = useMutation({
    mutationFn: (form: Form) => downloadReadings(file.file_id, file.filename, form),
  });
  const failed = raw.error ?? readings.error;
  const hasReadings = (file.aggregations?.row_count ?? 0) > 0;
  return (
    <div className={css.actions}>
      <div className={css.buttons}>
        <Button
          variant="default"
          leftSection={<Download size={16} />}
          disabled={file.raw_removed_at !== null}
          loading={raw.isPending}
          onClick={() => raw.mutate()}
        >
          Raw file
        </Button>
        {FORMS.map((form) => (
          <Button
            key={form}
            variant="default"
            leftSection={<Download size={16} />}
            disabled={!hasReadings || file.raw_removed_at !== null}
            loading={readings.isPending && readings.variables === form}
            onClick={() => readings.mutate(form)}
          >
            {form === "csv" ? "Readings as CSV" : `as ${FORM_NAMES[form]}`}
          </Button>
        ))}
        <Button
          variant="default"
          leftSection={<RefreshCw size={16} />}
          disabled={!canReprocess(file)}
          onClick={() => setReprocessing(true)}
        >
          Reprocess…
        </Button>
        <Button
          variant="default"
          className={css.danger}
          leftSection={<Trash2 size={16} />}
          onClick={() => setDeleting(true)}
        >
          Delete…
        </Button>
      </div>
      {failed && (
        <p role="alert" className={css.actionError}>
          {failed.message}
        </p>
      )}
      {reprocessing && <ReprocessDialog file={file} onClose={() => setReprocessing(false)} />}
      {deleting && <DeleteDialog file={file} onClose={() => setDeleting(false)} />}
    </div>
  );
}

function DeleteDialog({ file, onClose }: { file: FileDocument; onClose: () => void }) {
  const client = useQueryClient();
  const [, goTo] = useLocation();
  const deletion = useMutation({
    mutationFn: () => deleteFile(client, file.file_id),
    onSuccess: () => goTo(FILES),
  });
  const rows = file.aggregations?.row_count ?? 0;
  return (
    <Dialog
      title={`Delete ${file.filename}?`}
      onClose={onClose}
      actions={
        <>
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep it
          </Button>
          <Button color="red" loading={deletion.isPending} onClick={() => deletion.mutate()}>
            Delete
          </Button>
        </>
      }
    >
      <p>
        Its {plural(rows, "row")} leave every total, smallest and largest values included, and the
        raw file is deleted too. This cannot be undone.
      </p>
      {deletion.error && (
        <p role="alert" className={css.actionError}>
          {deletion.error.message}
        </p>
      )}
    </Dialog>
  );
}
