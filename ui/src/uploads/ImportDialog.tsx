import { Button } from "@mantine/core";
import { useState } from "react";
import { useStore } from "~/api/store";
import { bytes, plural } from "~/format";
import { Dialog } from "~/layout/Dialog";
import { ReadingPreview } from "~/preview/ReadingPreview";
import { EditDialog } from "~/profiles/EditDialog";
import { suggestedDraft } from "~/profiles/suggested";
import { useIntake, useUploads } from "./context";
import type { Question } from "./intake";
import css from "./uploads.module.css";

/** Shows a file before it is sent, and how it is read. */
export default function ImportDialog({ question }: { question: Question }) {
  const intake = useIntake();
  const before = useStore(useUploads().options);
  const show = useStore(intake.showFirst);
  const [options, setOptions] = useState(before);
  const [saving, setSaving] = useState(false);
  const [saved, setSaved] = useState<string | null>(null);
  const { file, others, head, id } = question;
  const more = others.length;
  return (
    <Dialog
      title={`Send ${file.name}`}
      size="full"
      onClose={() => intake.drop(id)}
      actions={
        <>
          <label className={css.showFirst}>
            <input
              type="checkbox"
              checked={show}
              onChange={(event) => intake.choose(event.currentTarget.checked)}
            />
            Show before upload
          </label>
          <Button variant="default" onClick={() => intake.drop(id)}>
            Cancel
          </Button>
          <Button variant="default" onClick={() => setSaving(true)}>
            Save as profile…
          </Button>
          <Button data-autofocus onClick={() => intake.send(question, options)}>
            {more > 0 ? `Send ${plural(more + 1, "file")}` : "Send"}
          </Button>
        </>
      }
    >
      <p className={css.about}>
        {bytes(file.size)}; nothing is sent yet but its head, to show how it is read.
        {more > 0 && ` ${plural(more, "other file")} with the same first line will be read alike.`}
      </p>
      {saved !== null && (
        <p role="status" className={css.about}>
          Saved as the profile {saved}: later files like this one need no options.
        </p>
      )}
      <ReadingPreview
        of={`upload-${id}`}
        filename={file.name}
        head={head}
        found={question.found}
        options={options}
        onChange={setOptions}
      />
      {saving && (
        <EditDialog
          title={`Save how ${file.name} is read`}
          name=""
          version={null}
          draft={suggestedDraft(file.name, question.found, options)}
          onClose={() => setSaving(false)}
          onSaved={(profile) => {
            setSaved(profile.name);
            setSaving(false);
          }}
        />
      )}
    </Dialog>
  );
}
