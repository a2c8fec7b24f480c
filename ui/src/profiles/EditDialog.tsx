import { Button, Checkbox, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Profile } from "~/api/schema";
import { count } from "~/format";
import { Dialog } from "~/layout/Dialog";
import { ReadOptionsForm } from "~/options/ReadOptionsForm";
import { EarlierFiles } from "./EarlierFiles";
import { CONDITIONS, saveProfile, type Draft } from "./queries";
import css from "./profiles.module.css";

/** What a draft says of how files are read. */
function effectOf({ match, exact, options }: Draft): string {
  return JSON.stringify([match, exact, Object.entries(options).sort()]);
}

function scrollTo(part: HTMLElement | null) {
  part?.scrollIntoView({ block: "nearest" });
}

/** Edits a profile, or, without a version, makes a new one from a draft. */
export function EditDialog(props: {
  title: string;
  name: string;
  version: number | null;
  draft: Draft;
  onClose: () => void;
  onSaved: (saved: Profile) => void;
}) {
  const client = useQueryClient();
  const [name, setName] = useState(props.name);
  const [draft, setDraft] = useState(props.draft);
  const [previewed, setPreviewed] = useState<Draft | null>(null);
  const save = useMutation({
    mutationFn: () => saveProfile(client, name, draft, props.version),
    onSuccess: props.onSaved,
  });
  // Before files are read differently, it is shown which of the earlier ones would be.
  const isUnseen = props.version !== null && effectOf(draft) !== effectOf(previewed ?? props.draft);
  const set = (more: Partial<Draft>) => setDraft((now) => ({ ...now, ...more }));
  const setOption = (option: string, value: string) =>
    setDraft((now) => {
      const others = Object.entries(now.options).filter(([known]) => known !== option);
      return {
        ...now,
        options: Object.fromEntries(value === "" ? others : [...others, [option, value]]),
      };
    });
  return (
    <Dialog
      title={props.title}
      size="full"
      onClose={props.onClose}
      actions={
        <>
          <Button variant="default" onClick={props.onClose}>
            Cancel
          </Button>
          <Button variant="default" disabled={name === ""} onClick={() => setPreviewed(draft)}>
            Preview
          </Button>
          <Button
            loading={save.isPending}
            disabled={name === ""}
            onClick={() => (isUnseen ? setPreviewed(draft) : save.mutate())}
          >
            {props.version !== null && previewed !== null && !isUnseen
              ? `Save version ${count(props.version + 1)}`
              : "Save"}
          </Button>
        </>
      }
    >
      <div className={css.fields}>
        <TextInput
          size="xs"
          label="Name"
          placeholder="klima-nord"
          value={name}
          disabled={props.version !== null}
          data-autofocus={props.version === null || undefined}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          size="xs"
          label="Title"
          placeholder="For people"
          value={draft.title}
          onChange={(event) => set({ title: event.currentTarget.value })}
        />
      </div>
      <h3 className={css.part}>Files that it is for</h3>
      <p className={css.hint}>
        All conditions have to hold. Without one, the profile is used by its name only.
      </p>
      <div className={css.fields}>
        {CONDITIONS.map((condition) => (
          <Textarea
            key={condition.name}
            size="xs"
            label={condition.label}
            placeholder={condition.hint}
            autosize
            minRows={1}
            maxRows={6}
            value={draft.match[condition.name]}
            onChange={(event) =>
              set({ match: { ...draft.match, [condition.name]: event.currentTarget.value } })
            }
          />
        ))}
        <Checkbox
          size="xs"
          className={css.exact}
          label="The header has no other names"
          checked={draft.exact}
          onChange={(event) => set({ exact: event.currentTarget.checked })}
        />
      </div>
      <h3 className={css.part}>How they are read</h3>
      <p className={css.hint}>Options that are empty are detected.</p>
      <ReadOptionsForm options={draft.options} onChange={setOption} />
      {save.error && (
        <p role="alert" className={css.error}>
          {save.error.message}
        </p>
      )}
      {previewed && (
        <>
          <h3 className={css.part} ref={scrollTo}>
            Earlier files
          </h3>
          <EarlierFiles key={JSON.stringify(previewed)} name={name} draft={previewed} />
        </>
      )}
    </Dialog>
  );
}
