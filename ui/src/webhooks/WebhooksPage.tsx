import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Plus, Webhook as Icon } from "lucide-react";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { webhookHref } from "~/addresses";
import type { Webhook } from "~/api/schema";
import { count } from "~/format";
import layout from "~/layout/layout.module.css";
import { Failure, Message } from "~/states/Message";
import { columnsOf } from "~/tables/columns";
import { DataTable } from "~/tables/DataTable";
import { EditWebhook } from "./EditWebhook";
import { aboutOf, Enabled, nameOf } from "./describe";
import { webhooksQuery } from "./queries";
import { WebhookView } from "./WebhookView";
import css from "./webhooks.module.css";

const of = columnsOf<Webhook>();
const COLUMNS = of.columns([
  of.accessor("url", {
    header: "Webhook",
    cell: ({ row: { original: webhook } }) => (
      <>
        <Link href={webhookHref(webhook.webhook_id)} className={css.name}>
          {nameOf(webhook)}
        </Link>
        <span className={css.detail}>{aboutOf(webhook)}</span>
      </>
    ),
  }),
  of.accessor("enabled", {
    header: "State",
    cell: ({ row: { original: webhook } }) => <Enabled webhook={webhook} />,
  }),
  of.accessor((webhook) => webhook.deliveries.delivered, {
    id: "delivered",
    header: "Delivered, 24 h",
    meta: { numeric: true, wideOnly: true },
    cell: ({ getValue }) => count(getValue()),
  }),
  of.accessor((webhook) => webhook.deliveries.due, {
    id: "due",
    header: "Due",
    meta: { numeric: true, wideOnly: true },
    cell: ({ getValue }) => count(getValue()),
  }),
  of.accessor((webhook) => webhook.deliveries.failed, {
    id: "failed",
    header: "Failed, 24 h",
    meta: { numeric: true },
    cell: ({ getValue }) => (
      <span className={getValue() > 0 ? css.some : undefined}>{count(getValue())}</span>
    ),
  }),
]);

/** All webhooks, or the one whose id is in the address. */
export default function WebhooksPage({ id }: { id: string | undefined }) {
  return id === undefined ? <WebhookList /> : <WebhookView key={id} webhookId={id} />;
}

function WebhookList() {
  const query = useQuery(webhooksQuery());
  const [creating, setCreating] = useState(false);
  useEffect(() => {
    document.title = "Webhooks · CSV Processor";
  }, []);
  const items = query.data?.items;
  return (
    <>
      <div className={css.top}>
        <div>
          <h1>Webhooks</h1>
          <p className={css.hint}>
            Addresses that are notified of files that end. Messages are signed, and sent until they
            are received.
          </p>
        </div>
        <Button leftSection={<Plus size={16} />} onClick={() => setCreating(true)}>
          New webhook…
        </Button>
      </div>
      <section className={`${layout.card ?? ""} ${css.list ?? ""}`} aria-label="List of webhooks">
        {query.isError && items === undefined ? (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        ) : items?.length === 0 ? (
          <Message icon={<Icon size={32} />} title="No webhooks yet">
            Create one to notify a chat, a ticket system or a program of your own when files end.
          </Message>
        ) : (
          <DataTable
            caption="Webhooks"
            columns={COLUMNS}
            items={items}
            idOf={(webhook) => webhook.webhook_id}
          />
        )}
      </section>
      {creating && <EditWebhook webhook={null} onClose={() => setCreating(false)} />}
    </>
  );
}
