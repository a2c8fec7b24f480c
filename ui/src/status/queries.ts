/** What the status page asks of the API. */

import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { address, getJson, request } from "~/api/client";
import type { Page } from "~/api/documents";
import type { Announced, DeadLetter, RetentionPlan, ServiceStatus } from "~/api/schema";

// A worker that stops is reported within ten seconds: the service takes up to five to notice.
const OFTEN = 2000;
const RARELY = 60_000;

export function statusQuery() {
  return queryOptions({
    queryKey: ["status"],
    queryFn: ({ signal }) => getJson<ServiceStatus>(address("/status"), signal),
    refetchInterval: OFTEN,
  });
}

export function deadLettersQuery(all: boolean) {
  return queryOptions({
    queryKey: ["dead-letters", all],
    queryFn: ({ signal }) =>
      getJson<Page<DeadLetter>>(
        address("/dead-letters", { not_announced: all ? null : "true", limit: 100 }),
        signal,
      ),
    refetchInterval: 5 * OFTEN,
  });
}

/** It looks at all files, so it is asked no more often than the rules are applied. */
export function retentionQuery() {
  return queryOptions({
    queryKey: ["retention"],
    queryFn: ({ signal }) => getJson<RetentionPlan>(address("/retention"), signal),
    staleTime: RARELY,
    refetchInterval: RARELY,
  });
}

export async function announce(client: QueryClient, letterId: string): Promise<Announced> {
  const answer = await request(address(`/dead-letters/${encodeURIComponent(letterId)}/announce`), {
    method: "POST",
  });
  await client.invalidateQueries({ queryKey: ["dead-letters"] });
  await client.invalidateQueries({ queryKey: ["status"] });
  return (await answer.json()) as Announced;
}
