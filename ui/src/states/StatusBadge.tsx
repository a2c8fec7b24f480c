import type { Status } from "~/api/documents";
import css from "./states.module.css";

const WORDS: Record<Status | "refused", string> = {
  waiting: "waiting",
  processed: "processed",
  partial: "partial",
  failed: "failed",
  refused: "not taken",
};

const CLASSES: Record<Status | "refused", string | undefined> = {
  waiting: css.waiting,
  processed: css.processed,
  partial: css.partial,
  failed: css.failed,
  refused: css.failed,
};

export function StatusBadge({ status }: { status: Status | "refused" }) {
  return (
    <span className={`${css.badge} ${CLASSES[status] ?? ""}`}>
      <span className={css.dot} aria-hidden />
      {WORDS[status]}
    </span>
  );
}

/** In place of a status: the file has the bytes of an earlier one and does not count. */
export function DuplicateBadge() {
  return <span className={`${css.badge} ${css.duplicate ?? ""}`}>duplicate</span>;
}
