/** What the pages of webhooks ask of the API. */

import { keepPreviousData, queryOptions, type QueryClient } from "@tanstack/react-query";
import { address, getJson, request } from "~/api/client";
import type { Page } from "~/api/documents";
import type {
  Delivery,
  DeliveryState,
  NewWebhook,
  Webhook,
  WebhookChange,
  WebhookWithSecret,
} from "~/api/schema";

// Intervals of polling in milliseconds: while messages are due, and otherwise.
const SOON = 2000;
const SELDOM = 10_000;

export const DELIVERIES_PER_PAGE = 50;

function pathOf(webhookId: string, below = ""): string {
  return `/webhooks/${encodeURIComponent(webhookId)}${below}`;
}

export function webhooksQuery() {
  return queryOptions({
    queryKey: ["webhooks"],
    queryFn: ({ signal }) => getJson<Page<Webhook>>(address("/webhooks"), signal),
    refetchInterval: SELDOM,
  });
}

export function webhookQuery(webhookId: string) {
  return queryOptions({
    queryKey: ["webhooks", webhookId],
    queryFn: ({ signal }) => getJson<Webhook>(address(pathOf(webhookId)), signal),
    refetchInterval: SOON,
  });
}

export function deliveriesQuery(
  webhookId: string,
  state: DeliveryState | null,
  cursor: string | null,
) {
  return queryOptions({
    queryKey: ["webhooks", webhookId, "deliveries", state, cursor],
    queryFn: ({ signal }) =>
      getJson<Page<Delivery>>(
        address(pathOf(webhookId, "/deliveries"), { state, cursor, limit: DELIVERIES_PER_PAGE }),
        signal,
      ),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) =>
      data?.items.some((one) => one.state === "due") ? SOON : SELDOM,
  });
}

export async function createWebhook(
  client: QueryClient,
  content: NewWebhook,
): Promise<WebhookWithSecret> {
  return (await sent(client, "POST", "/webhooks", content).then(json)) as WebhookWithSecret;
}

export async function changeWebhook(
  client: QueryClient,
  webhookId: string,
  changes: Partial<WebhookChange>,
): Promise<Webhook> {
  return (await sent(client, "PATCH", pathOf(webhookId), changes).then(json)) as Webhook;
}

export async function deleteWebhook(client: QueryClient, webhookId: string): Promise<void> {
  await request(address(pathOf(webhookId)), { method: "DELETE" });
  client.removeQueries({ queryKey: ["webhooks", webhookId] });
  await client.invalidateQueries({ queryKey: ["webhooks"], exact: true });
}

/** A new secret, which is shown once. */
export async function rotateSecret(
  client: QueryClient,
  webhookId: string,
): Promise<WebhookWithSecret> {
  return (await sent(client, "POST", pathOf(webhookId, "/rotate")).then(json)) as WebhookWithSecret;
}

export async function sendTest(client: QueryClient, webhookId: string): Promise<void> {
  await sent(client, "POST", pathOf(webhookId, "/test"));
}

export async function sendAgain(client: QueryClient, delivery: Delivery): Promise<void> {
  const below = `/deliveries/${encodeURIComponent(delivery.delivery_id)}/retry`;
  await sent(client, "POST", pathOf(delivery.webhook_id, below));
}

async function sent(
  client: QueryClient,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  const answer = await request(address(path), {
    method,
    body: body === undefined ? null : JSON.stringify(body),
  });
  await client.invalidateQueries({ queryKey: ["webhooks"] });
  return answer;
}

function json(answer: Response): Promise<unknown> {
  return answer.json();
}
