import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Pencil, Power, SearchX, Send, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { WEBHOOKS } from "~/addresses";
import { Problem } from "~/api/problems";
import type { Webhook } from "~/api/schema";
import { count } from "~/format";
import { Dialog } from "~/layout/Dialog";
import { Figures } from "~/layout/Figures";
import layout from "~/layout/layout.module.css";
import { Failure, Message, Note } from "~/states/Message";
import { Deliveries } from "./Deliveries";
import { EditWebhook } from "./EditWebhook";
import { SecretOnce } from "./SecretOnce";
import { aboutOf, Enabled, nameOf } from "./describe";
import { changeWebhook, deleteWebhook, rotateSecret, sendTest, webhookQuery } from "./queries";
import css from "./webhooks.module.css";

/** A webhook and its messages. */
export function WebhookView({ webhookId }: { webhookId: string }) {
  const query = useQuery(webhookQuery(webhookId));
  const webhook = query.data;
  const title = webhook === undefined ? webhookId : nameOf(webhook);
  useEffect(() => {
    document.title = `${title} · CSV Processor`;
  }, [title]);
  return (
    <>
      <div>
        <nav aria-label="Breadcrumb" className={css.crumbs}>
          <Link href={WEBHOOKS}>Webhooks</Link> <span aria-hidden>/</span>
        </nav>
        <h1 className={css.title}>{title}</h1>
        {webhook && (
          <p className={css.hint}>
            {webhook.title !== "" && <>{webhook.url} · </>}
            {aboutOf(webhook)}
          </p>
        )}
      </div>
      {query.error instanceof Problem && query.error.status === 404 ? (
        <section className={layout.card}>
          <Message
            icon={<SearchX size={32} />}
            title="There is no such webhook"
            actions={<Link href={WEBHOOKS}>To the webhooks</Link>}
          >
            It was deleted, or its address is mistyped.
          </Message>
        </section>
      ) : webhook === undefined ? (
        query.isError && (
          <section className={layout.card}>
            <Failure error={query.error} onRetry={() => void query.refetch()} />
          </section>
        )
      ) : (
        <>
          <Actions webhook={webhook} />
          {webhook.disabled_reason !== null && (
            <Note kind="red" icon={<Power size={18} />}>
              Disabled: {webhook.disabled_reason}. Mend the receiver, then enable the webhook; it is
              notified of files that end from then on.
            </Note>
          )}
          <Figures
            figures={[
              { label: "Delivered in 24 hours", value: count(webhook.deliveries.delivered) },
              { label: "Due", value: count(webhook.deliveries.due) },
              {
                label: "Failed in 24 hours",
                value: count(webhook.deliveries.failed),
                alarming: webhook.deliveries.failed > 0,
              },
            ]}
          />
          <Deliveries webhookId={webhookId} enabled={webhook.enabled} />
        </>
      )}
    </>
  );
}

function Actions({ webhook }: { webhook: Webhook }) {
  const client = useQueryClient();
  const { webhook_id: id, enabled } = webhook;
  const [open, setOpen] = useState<"change" | "delete" | null>(null);
  const test = useMutation({ mutationFn: () => sendTest(client, id) });
  const toggle = useMutation({
    mutationFn: () => changeWebhook(client, id, { enabled: !enabled }),
  });
  const rotate = useMutation({ mutationFn: () => rotateSecret(client, id) });
  const error = test.error ?? toggle.error ?? rotate.error;
  return (
    <div>
      <div className={css.buttons}>
        <Enabled webhook={webhook} />
        <Button
          variant="default"
          leftSection={<Send size={16} />}
          disabled={!enabled}
          loading={test.isPending}
          onClick={() => test.mutate()}
        >
          Send a test
        </Button>
        <Button
          variant="default"
          leftSection={<Pencil size={16} />}
          onClick={() => setOpen("change")}
        >
          Change…
        </Button>
        <Button
          variant="default"
          leftSection={<Power size={16} />}
          loading={toggle.isPending}
          onClick={() => toggle.mutate()}
        >
          {enabled ? "Disable" : "Enable"}
        </Button>
        <Button
          variant="default"
          leftSection={<KeyRound size={16} />}
          loading={rotate.isPending}
          onClick={() => rotate.mutate()}
        >
          New secret
        </Button>
        <Button
          variant="default"
          className={css.danger}
          leftSection={<Trash2 size={16} />}
          onClick={() => setOpen("delete")}
        >
          Delete…
        </Button>
      </div>
      {error && (
        <p role="alert" className={css.error}>
          {error.message}
        </p>
      )}
      {open === "change" && <EditWebhook webhook={webhook} onClose={() => setOpen(null)} />}
      {open === "delete" && <DeleteDialog webhook={webhook} onClose={() => setOpen(null)} />}
      {rotate.data && <SecretOnce secret={rotate.data.secret} onClose={() => rotate.reset()} />}
    </div>
  );
}

function DeleteDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const client = useQueryClient();
  const [, goTo] = useLocation();
  const deletion = useMutation({
    mutationFn: () => deleteWebhook(client, webhook.webhook_id),
    onSuccess: () => goTo(WEBHOOKS),
  });
  return (
    <Dialog
      title={`Delete ${nameOf(webhook)}?`}
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
      <p>Nothing is sent to it any more, messages that are due included. This cannot be undone.</p>
      {deletion.error && (
        <p role="alert" className={css.error}>
          {deletion.error.message}
        </p>
      )}
    </Dialog>
  );
}
