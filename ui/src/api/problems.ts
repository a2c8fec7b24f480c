import type { ProblemDocument } from "./documents";

/** The API answered with an error; `code` is stable, `message` is for people. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    detail: string,
  ) {
    super(detail);
  }

  /** Whether a service is unavailable, so that the same request may work soon. */
  get passing(): boolean {
    return this.status === 503 || this.status === 502 || this.status === 504;
  }
}

/** No response. */
export class Away extends Error {
  constructor() {
    super("CSV Processor does not answer.");
  }
}

export function isPassing(error: unknown): boolean {
  return error instanceof Away || (error instanceof Problem && error.passing);
}

export function problemOf(status: number, body: string): Problem {
  try {
    const said = JSON.parse(body) as Partial<ProblemDocument>;
    if (typeof said.title === "string" && typeof said.detail === "string") {
      return new Problem(status, said.code ?? "unknown", said.title, said.detail);
    }
  } catch {
    // Not ours: something between here and the API answered.
  }
  return new Problem(
    status,
    "unknown",
    `Answer ${status}`,
    body.slice(0, 300) || "It said no more.",
  );
}
