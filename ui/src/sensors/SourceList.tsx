import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Waypoints } from "lucide-react";
import { Link, useSearchParams } from "wouter";
import { sensorsOfSourceHref } from "~/addresses";
import type { SourceTotals } from "~/api/schema";
import { sourcesQuery } from "~/api/queries";
import { count, plural } from "~/format";
import { Chips } from "~/layout/Chips";
import layout from "~/layout/layout.module.css";
import { withChanges } from "~/states/address";
import { Failure, Message } from "~/states/Message";
import { Moment, useNow } from "~/states/time";
import { columnsOf } from "~/tables/columns";
import { DataTable } from "~/tables/DataTable";
import { Age } from "./Age";
import { fits, SILENCES } from "./age";
import { SearchField } from "./SearchField";
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

const SILENT_FIRST = "last_timestamp";

/** Sensors together by their source, the one that has been silent longest first; search, order and
 * silence are in the address. */
export function SourceList() {
  const [search, setSearch] = useSearchParams();
  const q = search.get("q") ?? "";
  const silence = SILENCES.find(({ value }) => value === search.get("silent"));
  // In the order of the last reading, those that fit are the first ones.
  const order = silence && (silence.heard === true ? `-${SILENT_FIRST}` : SILENT_FIRST);
  const sort = order ?? search.get("sort") ?? SILENT_FIRST;
  const query = useQuery(sourcesQuery(q, sort));
  const now = useNow();
  const items = query.data?.items.filter(
    (source) => silence === undefined || fits(silence, source.last_timestamp, now),
  );
  const change = (changes: Record<string, string | null>) =>
    setSearch((params) => withChanges(params, changes), { replace: true });
  const narrowed = q !== "" || silence !== undefined;
  return (
    <section className={layout.card} aria-label="List of sources">
      <div className={css.tools}>
        <SearchField label="Search sources" q={q} onSearch={(text) => change({ q: text })} />
        <Chips
          label="Silence"
          value={silence?.value ?? null}
          onChange={(value) => change({ silent: value, sort: null })}
          chips={[{ value: null, label: "all" }, ...SILENCES]}
        />
        {items !== undefined && query.data?.next_cursor == null && (
          <span className={css.hint} role="status">
            {plural(items.length, "source")}
          </span>
        )}
      </div>
      {query.isError && items === undefined ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : items?.length === 0 ? (
        <Message
          icon={<Waypoints size={32} />}
          title={narrowed ? "No source fits" : "No sources yet"}
          actions={
            narrowed ? (
              <Button variant="default" onClick={() => change({ q: null, silent: null })}>
                Show all sources
              </Button>
            ) : undefined
          }
        >
          {narrowed
            ? "Search for another name, or choose another time."
            : "They show up here as soon as a file with valid rows is processed."}
        </Message>
      ) : (
        <DataTable
          caption="Sources"
          columns={COLUMNS}
          items={items}
          idOf={(source) => source.source}
          sort={sort}
          onSort={(by) => change({ sort: by === SILENT_FIRST ? null : by, silent: null })}
          stale={query.isPlaceholderData}
        />
      )}
      {query.data?.next_cursor != null && (
        <p className={css.cut}>The first {count(query.data.items.length)} in this order.</p>
      )}
    </section>
  );
}
