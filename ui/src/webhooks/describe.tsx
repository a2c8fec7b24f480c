/** Webhooks and their messages in words. */

import type { Delivery, Webhook } from "~/api/schema";
import badge from "~/states/states.module.css";

export function nameOf(webhook: Webhook): string {
  return webhook.title === "" ? webhook.url : webhook.title;
}

/** Which files it is notified of. */
export function aboutOf(webhook: Webhook): string {
  const parts = [`${webhook.statuses.join(", ")} files`];
  if (webhook.min_invalid_share > 0) {
    parts.push(`with at least ${percent(webhook.min_invalid_share)} invalid rows`);
  }
  if (webhook.profile !== null) parts.push(`of the profile ${webhook.profile}`);
  if (webhook.api_key !== null) parts.push(`of the key ${webhook.api_key}`);
  return parts.join(" ");
}

export function percent(share: number): string {
  return `${Number((share * 100).toFixed(4)).toString()} %`;
}

function Badge(props: { kind: "waiting" | "processed" | "partial" | "failed"; text: string }) {
  return (
    <span className={`${badge.badge ?? ""} ${badge[props.kind] ?? ""}`}>
      <span className={badge.dot} aria-hidden />
      {props.text}
    </span>
  );
}

export function Enabled({ webhook }: { webhook: Webhook }) {
  if (webhook.enabled) return <Badge kind="processed" text="enabled" />;
  return <Badge kind={webhook.disabled_reason === null ? "partial" : "failed"} text="disabled" />;
}

const KINDS = { due: "waiting", delivered: "processed", failed: "failed" } as const;

export function DeliveryBadge({ delivery }: { delivery: Delivery }) {
  return <Badge kind={KINDS[delivery.state]} text={delivery.state} />;
}
