import { useSyncExternalStore } from "react";
import { NOTHING, ago, moment, second } from "~/format";

// One clock for all times such as "3 min ago": they advance without a request.
let now = Date.now();
const listeners = new Set<() => void>();
setInterval(() => {
  now = Date.now();
  for (const listener of listeners) listener();
}, 10_000);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Milliseconds since 1970, which advance every ten seconds. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

export function Ago({ at }: { at: string }) {
  const clock = useNow();
  return (
    <time dateTime={at} title={`${moment(at)} UTC`}>
      {ago(at, Math.max(clock, Date.parse(at)))}
    </time>
  );
}

/** A moment of the data, to the second, with the exact moment as its title; a dash if there is none. */
export function Moment({ at }: { at: string | null }) {
  if (at === null) return <>{NOTHING}</>;
  return (
    <time dateTime={at} title={`${moment(at)} UTC`}>
      {second(at)}
    </time>
  );
}
