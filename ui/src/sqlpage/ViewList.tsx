import { Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { Views } from "~/api/schema";
import { Card } from "~/layout/Card";
import { Failure } from "~/states/Message";
import css from "./sql.module.css";

/** What can be read: views with their columns; a click puts a name into the query. */
export function ViewList(props: { query: UseQueryResult<Views>; onPick: (name: string) => void }) {
  const { query, onPick } = props;
  return (
    <Card title="Views">
      {query.data === undefined ? (
        query.isError ? (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <Skeleton height={240} />
        )
      ) : (
        <ul className={css.views} aria-label="Views">
          {query.data.views.map((view) => (
            <li key={view.name}>
              <details>
                <summary>
                  <span className={css.viewName}>{view.name}</span>
                  <span className={css.comment}>{view.comment}</span>
                </summary>
                <ul className={css.viewColumns}>
                  {[{ name: view.name, type: "view", comment: "" }, ...view.columns].map(
                    (column, k) => (
                      <li key={column.name + k.toString()}>
                        <button
                          type="button"
                          className={css.pick}
                          aria-label={`Insert ${column.name}`}
                          onClick={() => onPick(column.name)}
                        >
                          {column.name}
                        </button>
                        <span className={css.type}>{column.type}</span>
                        {column.comment !== "" && (
                          <span className={css.comment}>{column.comment}</span>
                        )}
                      </li>
                    ),
                  )}
                </ul>
              </details>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
