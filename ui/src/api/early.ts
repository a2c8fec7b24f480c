/** Answers that were asked for before the application was there, by `public/early.js`. */

declare global {
  interface Window {
    early?: Record<string, Promise<Response>>;
  }
}

/** The response to the first request of `url`, if it is in flight already. */
export function earlyAnswer(url: string): Promise<Response> | undefined {
  const answer = window.early?.[url];
  if (answer !== undefined) delete window.early?.[url];
  return answer;
}
