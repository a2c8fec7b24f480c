/** The API key: the one place that knows how a request is authenticated. Kept for this tab alone. */

import { Store } from "./store";

const PLACE = "csv-processor-key";

function remembered(): string | null {
  try {
    localStorage.removeItem(PLACE); // earlier versions kept it there
    return sessionStorage.getItem(PLACE);
  } catch {
    return null; // storage is closed to this page: the key lasts as long as the page
  }
}

export interface KeyState {
  key: string | null;
  /** The API asked for a key, or did not take the one it got. */
  needed: boolean;
}

export const keyState = new Store<KeyState>({ key: remembered(), needed: false });

export function setKey(key: string | null): void {
  try {
    if (key === null) sessionStorage.removeItem(PLACE);
    else sessionStorage.setItem(PLACE, key);
  } catch {
    // as above
  }
  keyState.set({ key, needed: false });
}

/** Called after a 401 response. */
export function keyRefused(): void {
  keyState.set({ key: keyState.get().key, needed: true });
}

export function keyHeaders(): Record<string, string> {
  const { key } = keyState.get();
  return key === null ? {} : { Authorization: `Bearer ${key}` };
}
