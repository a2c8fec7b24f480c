import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Gauge, Search } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { Link } from "wouter";
import { FILES } from "~/addresses";
import type { SensorTotal } from "~/api/documents";
import { sensorsQuery, statsQuery } from "~/api/queries";
import { count } from "~/format";
import layout from "~/layout/layout.module.css";
import { Failure, Message } from "~/states/Message";
import { columnsOf, type Columns } from "~/tables/columns";
import { VirtualTable } from "~/tables/VirtualTable";
import { sensorColumns } from "./columns";
import css from "./sensors.module.css";

const of = columnsOf<SensorTotal>();
const FILE_COUNT = of.accessor("files", {
  header: "Files",
  meta: { sort: "files", numeric: true, width: "70px" },
  cell: ({ getValue }) => count(getValue()),
});
const [NAME, ...FIGURES] = sensorColumns<SensorTotal>();
const COLUMNS: Columns<SensorTotal> = [...(NAME ? [NAME] : []), FILE_COUNT, ...FIGURES];

/** Every sensor, over all files. */
export default function SensorsPage() {
  const [sort, setSort] = useState("sensor_id");
  const [typed, setTyped] = useState("");
  const [q] = useDebouncedValue(typed, 250);
  const stats = useQuery(statsQuery());
  const query = useInfiniteQuery(sensorsQuery(q, sort));
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  useEffect(() => {
    document.title = "Sensors · CSV Processor";
  }, []);
  const sensors = stats.data?.sensor_count;
  const total = hasNextPage
    ? Math.max(q === "" ? (sensors ?? 0) : 0, items.length + 1)
    : items.length;
  return (
    <>
      <div className={css.top}>
        <div>
          <h1>Sensors</h1>
          <p className={css.hint}>
            Results of {sensors === undefined ? "each sensor" : `${count(sensors)} sensors`} over
            all files.
          </p>
        </div>
        <TextInput
          className={css.search}
          type="search"
          aria-label="Search sensors"
          placeholder="Search sensors"
          leftSection={<Search size={16} />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      </div>
      <section className={layout.card} aria-label="List of sensors">
        {query.isError && items.length === 0 ? (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        ) : !query.isPending && items.length === 0 ? (
          <Message
            icon={<Gauge size={32} />}
            title={q === "" ? "No sensors yet" : "No sensor fits"}
            actions={q === "" ? <Link href={FILES}>To the files</Link> : undefined}
          >
            {q === ""
              ? "They show up here as soon as a file with valid rows is processed."
              : `No sensor has “${q}” in its name.`}
          </Message>
        ) : (
          <VirtualTable
            caption="Sensors"
            columns={COLUMNS}
            items={items}
            idOf={(sensor) => sensor.sensor_id}
            total={query.isPending ? 12 : total}
            more={more}
            sort={sort}
            onSort={setSort}
            stale={query.isPlaceholderData || query.isPending}
          />
        )}
      </section>
    </>
  );
}
