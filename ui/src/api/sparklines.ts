/** The last means of sensors: all that are asked for within a moment in one call. */

import { address, request } from "./client";
import type { Sparkline, Sparklines } from "./schema";

// What one call takes.
const MOST = 100;
// Milliseconds in which calls for the rows of a page are put together.
const GATHER = 30;

interface Asked {
  id: string;
  resolve: (found: Sparkline) => void;
  reject: (error: unknown) => void;
}

let waiting: Asked[] = [];

export function sparklineOf(id: string): Promise<Sparkline> {
  return new Promise((resolve, reject) => {
    if (waiting.length === 0) setTimeout(send, GATHER);
    waiting.push({ id, resolve, reject });
  });
}

function send(): void {
  const asked = waiting;
  waiting = [];
  for (let first = 0; first < asked.length; first += MOST) {
    void answer(asked.slice(first, first + MOST));
  }
}

async function answer(asked: Asked[]): Promise<void> {
  try {
    const answered = await request(address("/sparklines"), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ sensor_ids: asked.map(({ id }) => id) }),
    });
    const { items } = (await answered.json()) as Sparklines;
    asked.forEach(({ resolve, reject }, k) => {
      const found = items[k];
      if (found === undefined) reject(new Error("The answer has no means of this sensor."));
      else resolve(found);
    });
  } catch (error) {
    for (const { reject } of asked) reject(error);
  }
}
