import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, Send } from "lucide-react";
import { createContext, use, useMemo, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { fileHref } from "~/addresses";
import type { Delivery, DeliveryState } from "~/api/schema";
import { count, duration, moment, NOTHING } from "~/format";
import { Card } from "~/layout/Card";
import { Chips } from "~/layout/Chips";
import { Failure } from "~/states/Message";
import { Ago, useNow } from "~/states/time";
import { columnsOf } from "~/tables/columns";
import { DataTable } from "~/tables/DataTable";
import { DELIVERIES_PER_PAGE, deliveriesQuery, sendAgain } from "./queries";
import { DeliveryBadge } from "./describe";
import css from "./webhooks.module.css";

const STATES: DeliveryState[] = ["due", "delivered", "failed"];

interface Sending {
  again: (delivery: Delivery) => void;
  /** The message that is being sent. */
  pending: string | null;
  enabled: boolean;
}

// By context, so that it does not change the columns, which would remount their cells.
const SendingContext = createContext<Sending>({
  again: () => undefined,
  pending: null,
  enabled: false,
});

const of = columnsOf<Delivery>();
const COLUMNS = of.columns([
  of.accessor("event", {
    header: "Message",
    cell: ({ row: { original: delivery } }) => (
      <>
        {delivery.file_id === null ? (
          <span className={css.name}>Test message</span>
        ) : (
          <Link href={fileHref(delivery.file_id)} className={css.name}>
            {delivery.filename}
          </Link>
        )}
        <span className={css.detail}>
          {delivery.event} · <Ago at={delivery.planned_at} />
        </span>
        <span className={css.narrow}>
          {responseOf(delivery)} · <Next delivery={delivery} />
        </span>
      </>
    ),
  }),
  of.accessor("state", {
    header: "State",
    cell: ({ row: { original: delivery } }) => <DeliveryBadge delivery={delivery} />,
  }),
  of.accessor("attempts", {
    header: "Attempts",
    meta: { numeric: true, wideOnly: true },
    cell: ({ getValue }) => count(getValue()),
  }),
  of.accessor("response_status", {
    header: "Response",
    meta: { wideOnly: true },
    cell: ({ row: { original: delivery } }) => (
      <>
        {responseOf(delivery)}
        {delivery.error !== null && <span className={css.reason}>{delivery.error}</span>}
      </>
    ),
  }),
  of.accessor("next_attempt_at", {
    header: "Next attempt",
    meta: { wideOnly: true },
    cell: ({ row: { original: delivery } }) => <Next delivery={delivery} />,
  }),
  of.display({
    id: "again",
    header: () => <span className="hidden">Send again</span>,
    meta: { narrow: true },
    cell: ({ row: { original: delivery } }) => <Again delivery={delivery} />,
  }),
]);

function responseOf(delivery: Delivery): string {
  const { response_status: status, response_ms: ms } = delivery;
  if (status !== null) return `HTTP ${status.toString()} in ${duration(ms)}`;
  return delivery.attempts === 0 ? "not sent yet" : "no response";
}

/** When it is sent again: "in 12 s", with the moment as its title. */
function Next({ delivery }: { delivery: Delivery }) {
  const at = delivery.next_attempt_at;
  const now = useNow();
  if (delivery.state !== "due" || at === null) return <>{NOTHING}</>;
  const ms = Date.parse(at) - now;
  return (
    <time dateTime={at} title={`${moment(at)} UTC`}>
      {ms <= 1000 ? "now" : `in ${duration(Math.round(ms / 1000) * 1000)}`}
    </time>
  );
}

function Again({ delivery }: { delivery: Delivery }) {
  const { again, pending, enabled } = use(SendingContext);
  return (
    <Button
      variant="default"
      size="compact-sm"
      leftSection={<Send size={14} />}
      disabled={!enabled}
      loading={pending === delivery.delivery_id}
      onClick={() => again(delivery)}
      aria-label={`Send again: ${delivery.filename ?? "test message"}, ${delivery.delivery_id}`}
    >
      Again
    </Button>
  );
}

/** Messages of a webhook, those about the latest files first; state and page are in the address. */
export function Deliveries({ webhookId, enabled }: { webhookId: string; enabled: boolean }) {
  const client = useQueryClient();
  const [search, setSearch] = useSearchParams();
  // Cursors lead onwards only, so where each page began is remembered on the way.
  const [previous, setPrevious] = useState<(string | null)[]>([]);
  const state = STATES.find((name) => name === search.get("state")) ?? null;
  const cursor = search.get("cursor");
  const query = useQuery(deliveriesQuery(webhookId, state, cursor));
  const sending = useMutation({
    mutationFn: (delivery: Delivery) => sendAgain(client, delivery),
  });
  const { mutate, isPending, variables } = sending;
  const pending = isPending ? variables.delivery_id : null;
  const shared = useMemo(() => ({ again: mutate, pending, enabled }), [mutate, pending, enabled]);
  const goTo = (to: string | null) =>
    setSearch((params) => {
      if (to === null) params.delete("cursor");
      else params.set("cursor", to);
      return params;
    });
  const items = query.data?.items;
  const next = query.data?.next_cursor ?? null;
  const first = previous.length * DELIVERIES_PER_PAGE + 1;
  return (
    <Card
      bare
      title="Messages"
      aside={
        <Chips
          label="State"
          value={state}
          onChange={(value) => {
            setPrevious([]);
            setSearch(value === null ? {} : { state: value });
          }}
          chips={[
            { value: null, label: "all" },
            ...STATES.map((value) => ({ value, label: value })),
          ]}
        />
      }
    >
      {sending.error && (
        <p role="alert" className={`${css.error ?? ""} ${css.inset ?? ""}`}>
          {sending.error.message}
        </p>
      )}
      {query.isError && items === undefined ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : items?.length === 0 ? (
        <p className={`${css.hint ?? ""} ${css.inset ?? ""}`}>
          {state === null ? "None in the last 30 days." : `None is ${state}.`}
        </p>
      ) : (
        <SendingContext value={shared}>
          <DataTable
            caption="Messages of the webhook"
            columns={COLUMNS}
            items={items}
            idOf={(delivery) => delivery.delivery_id}
            stale={query.isPlaceholderData}
          />
        </SendingContext>
      )}
      {(previous.length > 0 || next !== null) && (
        <div className={css.pages}>
          <Button
            variant="default"
            size="xs"
            leftSection={<ChevronLeft size={16} />}
            disabled={previous.length === 0}
            onClick={() => {
              goTo(previous.at(-1) ?? null);
              setPrevious(previous.slice(0, -1));
            }}
          >
            Newer
          </Button>
          <span className={css.hint} role="status">
            {count(first)}–{count(first + (items?.length ?? 1) - 1)}
          </span>
          <Button
            variant="default"
            size="xs"
            rightSection={<ChevronRight size={16} />}
            disabled={next === null}
            onClick={() => {
              setPrevious([...previous, cursor]);
              goTo(next);
            }}
          >
            Older
          </Button>
        </div>
      )}
    </Card>
  );
}
