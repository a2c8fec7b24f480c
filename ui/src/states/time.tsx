import { useSyncExternalStore } from "react";
import { ago, moment, second } from "~/format";

// One clock for all: what is "3 min ago" goes on without a request.
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

export function Ago({ at }: { at: string }) {
  const clock = useSyncExternalStore(subscribe, () => now);
  return (
    <time dateTime={at} title={`${moment(at)} UTC`}>
      {ago(at, Math.max(clock, Date.parse(at)))}
    </time>
  );
}

/** A moment of the data, to the second; in full on hover. */
export function Moment({ at }: { at: string }) {
  return (
    <time dateTime={at} title={`${moment(at)} UTC`}>
      {second(at)}
    </time>
  );
}
