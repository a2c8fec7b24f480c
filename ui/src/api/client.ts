/** Requests to the API: key, errors, and whether it answers at all. */

import { wasAnswered, wasHindered, wasNotAnswered } from "./connection";
import { earlyAnswer } from "./early";
import { keyHeaders, keyRefused } from "./key";
import { Away, problemOf } from "./problems";

export type Parameters = Record<string, string | number | null | undefined>;

export const ROOT = "/api/v1";

/** Path and query under the API's root; what is null, undefined or empty is left out. */
export function address(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return `${ROOT}${path}${text && `?${text}`}`;
}

/** Path of a file, or of something below it. */
export function filePath(fileId: string, below = ""): string {
  return `/files/${encodeURIComponent(fileId)}${below}`;
}

/**
 ** @throws Away if the API does not respond, Problem if the response is an error.
 */
export async function request(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  for (const [name, value] of Object.entries(keyHeaders())) headers.set(name, value);
  let answer: Response;
  try {
    const early = init.method === undefined ? earlyAnswer(url) : undefined;
    answer = await (early ?? fetch(url, { ...init, headers }));
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    wasNotAnswered();
    throw new Away();
  }
  if (answer.ok) {
    wasAnswered();
    return answer;
  }
  const problem = problemOf(answer.status, await answer.text().catch(() => ""));
  if (answer.status === 401) keyRefused();
  if (problem.passing) wasHindered(problem.message);
  else wasAnswered();
  throw problem;
}

export async function getJson<Answer>(url: string, signal?: AbortSignal): Promise<Answer> {
  const answer = await request(url, { signal: signal ?? null });
  return (await answer.json()) as Answer;
}
