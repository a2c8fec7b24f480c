import { useQuery } from "@tanstack/react-query";
import { Waypoints } from "lucide-react";
import { Link, useSearchParams } from "wouter";
import { sensorsOfSourceHref } from "~/addresses";
import type { SourceTotals } from "~/api/schema";
import { sourcesQuery } from "~/api/queries";
import { count } from "~/format";
import layout from "~/layout/layout.module.css";
import { Failure, Message } from "~/states/Message";
import { Moment, useNow } from "~/states/time";
import { columnsOf } from "~/tables/columns";
import { DataTable } from "~/tables/DataTable";
import { Age } from "./Age";
import css from "./sensors.module.css";

const of = columnsOf<SourceTotals>();
const COLUMNS = of.columns([
  of.accessor("source", {
    header: "Source",
    meta: { sort: "source" },
    cell: ({ getValue }) =>
      getValue() === "" ? (
        <span className={css.hint}>without a source</span>
      ) : (
        <Link href={sensorsOfSourceHref(getValue())} className={css.name}>
          {getValue()}
        </Link>
      ),
  }),
  of.accessor("last_timestamp", {
    id: "age",
    header: "Silent for",
    meta: { sort: "last_timestamp", numeric: true },
    cell: ({ getValue }) => <Age last={getValue()} />,
  }),
  of.accessor("last_timestamp", {
    header: "Last reading (UTC)",
    meta: { numeric: true, wideOnly: true },
    cell: ({ getValue }) => <Moment at={getValue()} />,
  }),
  of.accessor("sensors", {
    header: "Sensors",
    meta: { sort: "sensors", numeric: true },
    cell: ({ getValue }) => count(getValue()),
  }),
  of.accessor("row_count", {
    header: "Rows",
    meta: { sort: "row_count", numeric: true, wideOnly: true },
    cell: ({ getValue }) => count(getValue()),
  }),
]);

/** Sensors together by their source, the one that has been silent longest first. */
export function SourceList() {
  const [search, setSearch] = useSearchParams();
  const sort = search.get("sort") ?? "last_timestamp";
  const query = useQuery(sourcesQuery(sort));
  useNow();
  const items = query.data?.items;
  return (
    <section className={layout.card} aria-label="List of sources">
      {query.isError && items === undefined ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : items?.length === 0 ? (
        <Message icon={<Waypoints size={32} />} title="No sources yet">
          They show up here as soon as a file with valid rows is processed.
        </Message>
      ) : (
        <DataTable
          caption="Sources"
          columns={COLUMNS}
          items={items}
          idOf={(source) => source.source}
          sort={sort}
          onSort={(by) => setSearch({ by: "source", sort: by }, { replace: true })}
          stale={query.isPlaceholderData}
        />
      )}
      {query.data?.next_cursor != null && (
        <p className={css.cut}>The first {count(items?.length)} in this order.</p>
      )}
    </section>
  );
}
