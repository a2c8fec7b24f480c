import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, Undo2 } from "lucide-react";
import { Link } from "wouter";
import { fileHref } from "~/addresses";
import { resubmit } from "~/api/queries";
import { plural } from "~/format";
import { Note } from "~/states/Message";
import { edited, mendedCsv, type Edit } from "./mending";
import css from "./file.module.css";

/** Sends corrected rows back, and reports the result. */
export function SendBack(props: {
  fileId: string;
  edits: ReadonlyMap<number, Edit>;
  onSent: () => void;
}) {
  const { fileId, edits, onSent } = props;
  const mended = edited(edits);
  const client = useQueryClient();
  const sending = useMutation({
    mutationFn: () => resubmit(client, fileId, mendedCsv(mended)),
    onSuccess: onSent,
  });
  const sent = sending.data;
  return (
    <div aria-live="polite" className={css.sendBack}>
      {mended.size > 0 && (
        <div className={css.sendBar}>
          <span>{plural(mended.size, "row")} to send back</span>
          <Button
            size="xs"
            leftSection={<Undo2 size={14} />}
            loading={sending.isPending}
            onClick={() => sending.mutate()}
          >
            Send back
          </Button>
        </div>
      )}
      {sending.error && mended.size > 0 && (
        <p className={css.actionError}>{sending.error.message}</p>
      )}
      {sent && mended.size === 0 && (
        <Note kind="blue" icon={<CircleCheck size={18} />}>
          {plural(sent.resubmission.accepted, "row")} went back as{" "}
          <Link href={fileHref(sent.file_id)}>{sent.filename}</Link>.
          {sent.resubmission.unchanged > 0 &&
            ` ${plural(sent.resubmission.unchanged, "row")} stayed as they were.`}
          {sent.resubmission.refusals.map(({ row, reason }) => ` Row ${row}: ${reason}.`)}
        </Note>
      )}
    </div>
  );
}
