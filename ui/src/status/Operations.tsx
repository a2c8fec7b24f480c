import { Progress } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Operation } from "~/api/schema";
import { operationsQuery, type Selection } from "~/bulk/queries";
import { count, plural } from "~/format";
import { Card } from "~/layout/Card";
import { Ago } from "~/states/time";
import css from "./status.module.css";

const KINDS: Record<string, string> = { correction: "Correction", reprocessing: "Reprocessing" };

/** The last operations on many files, each with how far it is. Not shown if there are none. */
export function Operations() {
  const items = useQuery(operationsQuery()).data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Card title="Operations on many files">
      <ul className={css.list} aria-label="Operations">
        {items.map((operation) => (
          <Item key={operation.id} operation={operation} />
        ))}
      </ul>
    </Card>
  );
}

function Item({ operation }: { operation: Operation }) {
  const { kind, files, files_done: done, status } = operation;
  const isRunning = status === "running";
  const name = `${KINDS[kind] ?? kind} ${aboutOf(operation.request.files as Selection)}`;
  return (
    <li>
      <span className={css.name}>{name}</span>
      <span className={css.detail}>
        <Ago at={operation.requested_at} />
      </span>
      {isRunning ? (
        <>
          <Progress
            className={css.whole}
            value={files === 0 ? 100 : (100 * done) / files}
            aria-label={`Files that are done: ${name}`}
          />
          <p className={css.detail}>
            {count(done)} of {plural(files, "file")}
          </p>
        </>
      ) : (
        <p className={css.detail}>{resultOf(operation)}</p>
      )}
    </li>
  );
}

/** Which files an operation is about. */
function aboutOf(selection: Selection): string {
  const { file_ids: ids = [], profile, parent_id: parent, status, q, since } = selection;
  return [
    ids.length > 0 ? `of ${plural(ids.length, "chosen file")}` : `of ${status ?? "all"} files`,
    profile && `read with ${profile}`,
    parent && "in a container",
    q && `with “${q}” in their names`,
    since && `since ${since.slice(0, 16).replace("T", " ")} UTC`,
  ]
    .filter(Boolean)
    .join(" ");
}

function resultOf({ kind, files, results, corrected }: Operation): string {
  const { nothing_to_do: idle = 0, rejected = 0 } = results;
  const done =
    kind === "correction"
      ? `${plural(corrected, "row")} of ${plural(results.corrected ?? 0, "file")} resubmitted`
      : `${count(results.reprocessing ?? 0)} of ${plural(files, "file")} processed again`;
  return [
    done,
    idle > 0 && `${plural(idle, "file")} with nothing to do`,
    rejected > 0 && `${plural(rejected, "file")} not done`,
  ]
    .filter(Boolean)
    .join(" · ");
}
