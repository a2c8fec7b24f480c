import { Button, Checkbox, NumberInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { webhookHref } from "~/addresses";
import type { Webhook } from "~/api/schema";
import { Dialog } from "~/layout/Dialog";
import { SecretOnce } from "./SecretOnce";
import { changeWebhook, createWebhook } from "./queries";
import css from "./webhooks.module.css";

const STATUSES = ["processed", "partial", "failed"] as const;

/** Changes a webhook, or creates one and shows its secret. */
export function EditWebhook(props: { webhook: Webhook | null; onClose: () => void }) {
  const { webhook, onClose } = props;
  const client = useQueryClient();
  const [, goTo] = useLocation();
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [title, setTitle] = useState(webhook?.title ?? "");
  const [statuses, setStatuses] = useState<string[]>(webhook?.statuses ?? [...STATUSES]);
  const [share, setShare] = useState<number | string>((webhook?.min_invalid_share ?? 0) * 100);
  const [profile, setProfile] = useState(webhook?.profile ?? "");
  const [key, setKey] = useState(webhook?.api_key ?? "");
  const content = {
    url: url.trim(),
    title: title.trim(),
    statuses: STATUSES.filter((status) => statuses.includes(status)),
    min_invalid_share: Number(share) / 100,
    profile: profile.trim() || null,
    api_key: key.trim() || null,
  };
  const create = useMutation({
    mutationFn: () => createWebhook(client, { ...content, enabled: true }),
  });
  const change = useMutation({
    mutationFn: (id: string) => changeWebhook(client, id, content),
    onSuccess: onClose,
  });
  if (create.data) {
    const { webhook_id: id, secret } = create.data;
    return <SecretOnce secret={secret} onClose={() => goTo(webhookHref(id))} />;
  }
  const error = create.error ?? change.error;
  return (
    <Dialog
      title={webhook === null ? "New webhook" : "Change the webhook"}
      size="xl"
      onClose={onClose}
      actions={
        <>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            loading={create.isPending || change.isPending}
            disabled={content.url === "" || content.statuses.length === 0}
            onClick={() => (webhook === null ? create.mutate() : change.mutate(webhook.webhook_id))}
          >
            {webhook === null ? "Create" : "Save"}
          </Button>
        </>
      }
    >
      <div className={css.fields}>
        <TextInput
          label="Address"
          description="https, http into a network that the service allows, or mailto: for an e-mail"
          placeholder="https://alerts.example.com/csv"
          className={css.wide}
          data-autofocus
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
        <TextInput
          label="Title"
          description="For people"
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <NumberInput
          label="Least share of invalid rows"
          description="In percent; 0 is every file"
          min={0}
          max={100}
          value={share}
          onChange={setShare}
        />
        <Checkbox.Group label="Files that end as" value={statuses} onChange={setStatuses}>
          <div className={css.checks}>
            {STATUSES.map((status) => (
              <Checkbox key={status} value={status} label={status} />
            ))}
          </div>
        </Checkbox.Group>
        <TextInput
          label="Profile"
          description="Only files that are read with it"
          value={profile}
          onChange={(event) => setProfile(event.currentTarget.value)}
        />
        <TextInput
          label="API key"
          description="Id of a key: only its files"
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
        />
      </div>
      {error && (
        <p role="alert" className={css.error}>
          {error.message}
        </p>
      )}
    </Dialog>
  );
}
