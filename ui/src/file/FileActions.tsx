import { Button, Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Download, RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { useLocation } from "wouter";
import { FILES } from "~/addresses";
import type { FileDocument } from "~/api/documents";
import { downloadRaw } from "~/api/downloads";
import { deleteFile } from "~/api/queries";
import { plural } from "~/format";
import { ReprocessDialog } from "./ReprocessDialog";
import css from "./file.module.css";

/** What can be done with a file as a whole. */
export function FileActions({ file }: { file: FileDocument }) {
  const [deleting, setDeleting] = useState(false);
  const [reprocessing, setReprocessing] = useState(false);
  const raw = useMutation({ mutationFn: () => downloadRaw(file.file_id, file.filename) });
  return (
    <div className={css.actions}>
      <div className={css.buttons}>
        <Button
          variant="default"
          leftSection={<Download size={16} />}
          loading={raw.isPending}
          onClick={() => raw.mutate()}
        >
          Raw file
        </Button>
        <Button
          variant="default"
          leftSection={<RefreshCw size={16} />}
          disabled={file.status === "waiting" || file.replay != null}
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
      {raw.error && (
        <p role="alert" className={css.actionError}>
          {raw.error.message}
        </p>
      )}
      {reprocessing && (
        <ReprocessDialog file={file} opened onClose={() => setReprocessing(false)} />
      )}
      <DeleteDialog file={file} opened={deleting} onClose={() => setDeleting(false)} />
    </div>
  );
}

function DeleteDialog(props: { file: FileDocument; opened: boolean; onClose: () => void }) {
  const { file, opened, onClose } = props;
  const client = useQueryClient();
  const [, goTo] = useLocation();
  const deletion = useMutation({
    mutationFn: () => deleteFile(client, file.file_id),
    onSuccess: () => goTo(FILES),
  });
  const rows = file.aggregations?.row_count ?? 0;
  return (
    <Modal.Root opened={opened} onClose={onClose} centered lockScroll={false}>
      <Modal.Overlay />
      <Modal.Content className={css.dialogBox} aria-label={`Delete ${file.filename}?`}>
        <Modal.Body className={css.dialog}>
          <h2>Delete {file.filename}?</h2>
          <p>
            Its {plural(rows, "row")} leave every total, smallest and largest values included, and
            the raw file goes too. This cannot be undone.
          </p>
          {deletion.error && (
            <p role="alert" className={css.actionError}>
              {deletion.error.message}
            </p>
          )}
          <div className={css.dialogButtons}>
            <Button variant="default" onClick={onClose} data-autofocus>
              Keep it
            </Button>
            <Button color="red" loading={deletion.isPending} onClick={() => deletion.mutate()}>
              Delete
            </Button>
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
