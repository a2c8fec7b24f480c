import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, Send } from "lucide-react";
import { Link } from "wouter";
import { fileHref } from "~/addresses";
import { resubmit } from "~/api/queries";
import { plural } from "~/format";
import { Note } from "~/states/Message";
import { edited, correctedCsv, type Edit } from "./corrections";
import css from "~/file/file.module.css";

/** Resubmits corrected rows, and reports the result. */
export function Resubmit(props: {
  fileId: string;
  edits: ReadonlyMap<string, Edit>;
  onSent: () => void;
}) {
  const { fileId, edits, onSent } = props;
  const corrected = edited(edits);
  const client = useQueryClient();
  const sending = useMutation({
    mutationFn: () => resubmit(client, fileId, correctedCsv(corrected)),
    onSuccess: onSent,
  });
  const sent = sending.data;
  return (
    <div aria-live="polite" className={css.resubmit}>
      {corrected.size > 0 && (
        <div className={css.sendBar}>
          <span>{plural(corrected.size, "row")} to resubmit</span>
          <Button
            size="xs"
            leftSection={<Send size={14} />}
            loading={sending.isPending}
            onClick={() => sending.mutate()}
          >
            Resubmit
          </Button>
        </div>
      )}
      {sending.error && corrected.size > 0 && (
        <p className={css.actionError}>{sending.error.message}</p>
      )}
      {sent && corrected.size === 0 && (
        <Note kind="blue" icon={<CircleCheck size={18} />}>
          {plural(sent.resubmission.accepted, "row")} resubmitted as{" "}
          <Link href={fileHref(sent.file_id)}>{sent.filename}</Link>.
          {sent.resubmission.unchanged > 0 &&
            ` ${plural(sent.resubmission.unchanged, "row")} unchanged.`}
          {sent.resubmission.refusals.map(({ row, reason }) => ` Row ${row}: ${reason}.`)}
        </Note>
      )}
    </div>
  );
}
