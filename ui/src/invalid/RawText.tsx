import type { Dialect, InvalidRow } from "~/api/documents";
import { faultySpan, shortened, visible } from "./marking";
import css from "~/file/file.module.css";

/** The raw text of a row with its fault marked. */
export function RawText({
  row,
  dialect,
}: {
  row: InvalidRow;
  dialect?: Dialect | null | undefined;
}) {
  const span = faultySpan(row, dialect);
  const more = row.truncated ? "…" : "";
  if (span === null) return <code className={css.raw}>{visible(row.raw) + more}</code>;
  const fault = visible(row.raw.slice(span.start, span.end));
  return (
    <code className={css.raw}>
      {visible(row.raw.slice(0, span.start))}
      {fault === "" ? (
        <mark className={css.nothing} title="Empty or missing">
          <span className="hidden">nothing</span>
        </mark>
      ) : (
        <mark className={css.fault} title={fault}>
          {shortened(fault)}
        </mark>
      )}
      {visible(row.raw.slice(span.end)) + more}
    </code>
  );
}
