/** Whether the API answers; watched by the banner at the top of every page. */

import { Store } from "./store";

export type Connection =
  | { state: "up" }
  | { state: "away" }
  /** The API responds, but a service it needs does not. */
  | { state: "hindered"; detail: string };

export const connection = new Store<Connection>({ state: "up" });

const UP: Connection = { state: "up" };
const AWAY: Connection = { state: "away" };

export function wasAnswered(): void {
  if (connection.get().state !== "up") connection.set(UP);
}

export function wasNotAnswered(): void {
  if (connection.get().state !== "away") connection.set(AWAY);
}

export function wasHindered(detail: string): void {
  const now = connection.get();
  if (now.state !== "hindered" || now.detail !== detail) {
    connection.set({ state: "hindered", detail });
  }
}
