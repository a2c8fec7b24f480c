/** Parts of the application that are loaded after the first page. */

import { createElement, lazy, useState, type ComponentType } from "react";
import { connection, wasNotAnswered } from "~/api/connection";

type Load<Loaded> = () => Promise<Loaded>;

// Those that wait for the first page; null when it has what it needs.
let waiting: Load<unknown>[] | null = [];

/**
 * A component that is loaded when it is shown first, or by `preloadParts`. If the network is down, it
 * is loaded when the API responds again.
 */
export function part<Props extends object>(load: Load<{ default: ComponentType<Props> }>) {
  let loaded: ComponentType<Props> | null = null;
  const Late = lazy(
    later(async () => {
      const module = await load();
      loaded = module.default;
      return module;
    }),
  );
  return function Part(props: Props) {
    // React keeps a fallback for 300 ms once it is shown, and it is shown for every lazy component,
    // loaded or not. A component that is loaded when this one is shown first needs none.
    const [Component] = useState<ComponentType<Props>>(() => loaded ?? Late);
    return createElement(Component, props);
  };
}

/** `load`, which is called beforehand too, when the first page has what it needs. */
export function later<Loaded>(load: Load<Loaded>): Load<Loaded> {
  if (waiting === null) preload(load);
  else waiting.push(load);
  return () => persistently(load);
}

function preload(load: Load<unknown>): void {
  load().catch(() => undefined); // it is tried again when it is needed
}

async function persistently<Loaded>(load: Load<Loaded>): Promise<Loaded> {
  try {
    return await load();
  } catch (error) {
    if (await responds()) throw error; // such as a part of an earlier version
    wasNotAnswered(); // so that the banner asks until it is back
    await new Promise<void>((resolve) => {
      const stop = connection.subscribe(() => {
        if (connection.get().state === "away") return;
        stop();
        resolve();
      });
    });
    return load();
  }
}

async function responds(): Promise<boolean> {
  try {
    await fetch("/health/live", { cache: "no-store" });
    return true;
  } catch {
    return false;
  }
}

/** Load all parts when the first page has what it needs. */
export function preloadParts(): void {
  const begin = () => {
    const all = () => {
      waiting?.forEach(preload);
      waiting = null;
    };
    // Safari has no such call.
    if ("requestIdleCallback" in window) requestIdleCallback(all, { timeout: 3000 });
    else setTimeout(all, 500);
  };
  if (document.readyState === "complete") begin();
  else window.addEventListener("load", begin, { once: true });
}
