import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Gauge } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { compareHref, FILES, sqlHref } from "~/addresses";
import type { SensorTotal } from "~/api/documents";
import { sensorsQuery } from "~/api/queries";
import { MOST_SENSORS } from "~/charts/limits";
import { count, plural, real } from "~/format";
import { Chips } from "~/layout/Chips";
import layout from "~/layout/layout.module.css";
import { literal } from "~/sql";
import { withChanges } from "~/states/address";
import { Failure, Message } from "~/states/Message";
import { useNow } from "~/states/time";
import { columnsOf } from "~/tables/columns";
import { VirtualTable } from "~/tables/VirtualTable";
import { Age } from "./Age";
import { fits, SILENCES } from "./age";
import { Sparkline } from "./Sparkline";
import { SearchField } from "./SearchField";
import { SensorName } from "./SensorName";
import css from "./sensors.module.css";

const SILENT_FIRST = "last_timestamp";
const of = columnsOf<SensorTotal>();

function columns(chosen: string[], toggle: (id: string) => void) {
  return of.columns([
    of.accessor("sensor_id", {
      header: "Sensor",
      meta: { sort: "sensor_id", width: "auto" },
      cell: ({ getValue }) => (
        <span className={css.chooser}>
          <input
            type="checkbox"
            aria-label={`Choose ${getValue()}`}
            checked={chosen.includes(getValue())}
            onChange={() => toggle(getValue())}
          />
          <SensorName id={getValue()} />
        </span>
      ),
    }),
    of.accessor("last_timestamp", {
      id: "age",
      header: "Silent for",
      meta: { sort: "last_timestamp", numeric: true, width: "100px" },
      cell: ({ getValue }) => <Age last={getValue()} />,
    }),
    of.accessor("last_value", {
      header: "Last value",
      meta: { numeric: true, width: "110px", wideOnly: true },
      cell: ({ getValue }) => real(getValue()),
    }),
    of.display({
      id: "recent",
      header: "Recently",
      meta: { width: "136px", wideOnly: true },
      cell: ({ row: { original: sensor } }) => <Sparkline sensor={sensor} />,
    }),
    of.accessor("row_count", {
      header: "Rows",
      meta: { sort: "row_count", numeric: true, width: "100px", wideOnly: true },
      cell: ({ getValue }) => count(getValue()),
    }),
    of.accessor("min_value", {
      header: "Min",
      meta: { sort: "min_value", numeric: true, width: "95px", wideOnly: true },
      cell: ({ getValue }) => real(getValue()),
    }),
    of.accessor("max_value", {
      header: "Max",
      meta: { sort: "max_value", numeric: true, width: "95px", wideOnly: true },
      cell: ({ getValue }) => real(getValue()),
    }),
    of.accessor("files", {
      header: "Files",
      meta: { sort: "files", numeric: true, width: "75px", wideOnly: true },
      cell: ({ getValue }) => count(getValue()),
    }),
  ]);
}

/** Sensors with the time since their last reading; search, order and silence are in the address. */
export function SensorList({ all }: { all: number | undefined }) {
  const [search, setSearch] = useSearchParams();
  const q = search.get("q") ?? "";
  const silence = SILENCES.find(({ value }) => value === search.get("silent"));
  // In the order of the last reading, those that fit are the first ones.
  const order = silence && (silence.heard === true ? `-${SILENT_FIRST}` : SILENT_FIRST);
  const sort = order ?? search.get("sort") ?? SILENT_FIRST;
  const [chosen, setChosen] = useState<string[]>([]);
  const query = useInfiniteQuery(sensorsQuery(q, sort));
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const now = useNow();
  const read = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const items = useMemo(
    () => (silence ? read.filter((item) => fits(silence, item.last_timestamp, now)) : read),
    [read, silence, now],
  );
  const goesOn = hasNextPage && items.length === read.length;
  const more = useCallback(() => {
    if (goesOn && !isFetchingNextPage) void fetchNextPage();
  }, [goesOn, isFetchingNextPage, fetchNextPage]);
  const change = useCallback(
    (changes: Record<string, string | null>) =>
      setSearch((params) => withChanges(params, changes), { replace: true }),
    [setSearch],
  );
  const toggle = useCallback(
    (id: string) =>
      setChosen((ids) => (ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id])),
    [setChosen],
  );
  const shown = useMemo(() => columns(chosen, toggle), [chosen, toggle]);
  const narrowed = q !== "" || silence !== undefined;
  const total = goesOn ? Math.max(narrowed ? 0 : (all ?? 0), items.length + 1) : items.length;
  return (
    <section className={layout.card} aria-label="List of sensors">
      <div className={css.tools}>
        <SearchField label="Search sensors" q={q} onSearch={(text) => change({ q: text })} />
        <Chips
          label="Silence"
          value={silence?.value ?? null}
          onChange={(value) => change({ silent: value, sort: null })}
          chips={[{ value: null, label: "all" }, ...SILENCES]}
        />
        {!query.isPending && (
          <span className={css.hint} role="status">
            {goesOn && narrowed ? `more than ${count(items.length)}` : plural(total, "sensor")}
          </span>
        )}
      </div>
      {chosen.length > 0 && <Chosen ids={chosen} onClear={() => setChosen([])} />}
      {query.isError && items.length === 0 ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.isPending && items.length === 0 ? (
        <Message
          icon={<Gauge size={32} />}
          title={narrowed ? "No sensor fits" : "No sensors yet"}
          actions={
            narrowed ? (
              <Button variant="default" onClick={() => change({ q: null, silent: null })}>
                Show all sensors
              </Button>
            ) : (
              <Link href={FILES}>To the files</Link>
            )
          }
        >
          {narrowed
            ? `No sensor ${q === "" ? "" : `has “${q}” in its name`}${q !== "" && silence ? " and " : ""}${silence ? "fits the chosen time" : ""}.`
            : "They show up here as soon as a file with valid rows is processed."}
        </Message>
      ) : (
        <VirtualTable
          caption="Sensors"
          columns={shown}
          items={items}
          idOf={(sensor) => sensor.sensor_id}
          total={query.isPending ? 12 : total}
          more={more}
          sort={sort}
          onSort={(by) => change({ sort: by === SILENT_FIRST ? null : by, silent: null })}
          stale={query.isPlaceholderData || query.isPending}
        />
      )}
    </section>
  );
}

/** What can be done with the chosen sensors. */
function Chosen({ ids, onClear }: { ids: string[]; onClear: () => void }) {
  return (
    <div className={css.chosen} role="group" aria-label="Chosen sensors">
      <span>{plural(ids.length, "sensor")} chosen</span>
      {ids.length <= MOST_SENSORS ? (
        <Link href={compareHref(ids)}>{ids.length === 1 ? "Show" : "Compare"}</Link>
      ) : (
        <span className={css.hint}>{MOST_SENSORS} can be compared</span>
      )}
      <Link
        href={sqlHref(
          `SELECT * FROM sensors\nWHERE sensor_id IN (${ids.map(literal).join(", ")})\nORDER BY last_timestamp`,
        )}
      >
        Open in SQL
      </Link>
      <Button variant="subtle" color="gray" size="compact-sm" onClick={onClear}>
        Clear
      </Button>
    </div>
  );
}
