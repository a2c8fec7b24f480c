import { useQuery } from "@tanstack/react-query";
import { Gauge } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { fileHref, SENSORS } from "~/addresses";
import type { SensorInFile } from "~/api/documents";
import { sensorFilesQuery, sensorQuery } from "~/api/queries";
import { LazyTimeChart } from "~/charts/LazyTimeChart";
import type { Line } from "~/charts/TimeChart";
import { count, plural, real, rounded, second } from "~/format";
import { Card } from "~/layout/Card";
import { Figures } from "~/layout/Figures";
import layout from "~/layout/layout.module.css";
import { literal } from "~/sql";
import { Failure, Message } from "~/states/Message";
import { SqlBlock } from "~/states/SqlBlock";
import { Moment } from "~/states/time";
import { columnsOf } from "~/tables/columns";
import { DataTable } from "~/tables/DataTable";
import { OverTime } from "./OverTime";
import css from "./sensors.module.css";

const of = columnsOf<SensorInFile>();
const COLUMNS = of.columns([
  of.accessor("filename", {
    header: "File",
    meta: { sort: "filename" },
    cell: ({ row: { original: part } }) => (
      <Link href={fileHref(part.file_id)} className={css.name}>
        {part.filename}
      </Link>
    ),
  }),
  of.accessor("row_count", {
    header: "Rows",
    meta: { sort: "row_count", numeric: true },
    cell: ({ getValue }) => count(getValue()),
  }),
  of.accessor("min_value", {
    header: "Min",
    meta: { sort: "min_value", numeric: true },
    cell: ({ getValue }) => real(getValue()),
  }),
  of.accessor("mean_value", {
    header: "Mean",
    meta: { sort: "mean_value", numeric: true, wideOnly: true },
    cell: ({ getValue }) => rounded(getValue()),
  }),
  of.accessor("max_value", {
    header: "Max",
    meta: { sort: "max_value", numeric: true },
    cell: ({ getValue }) => real(getValue()),
  }),
  of.accessor("first_timestamp", {
    header: "First (UTC)",
    meta: { sort: "first_timestamp", numeric: true, wideOnly: true },
    cell: ({ getValue }) => <Moment at={getValue()} />,
  }),
  of.accessor("last_timestamp", {
    header: "Last (UTC)",
    meta: { sort: "last_timestamp", numeric: true, wideOnly: true },
    cell: ({ getValue }) => <Moment at={getValue()} />,
  }),
]);

/** One sensor over all files. */
export default function SensorPage() {
  const [search] = useSearchParams();
  const sensorId = search.get("id") ?? "";
  const query = useQuery(sensorQuery(sensorId));
  useEffect(() => {
    document.title = `${sensorId} · CSV Processor`;
  }, [sensorId]);
  const sensor = query.data?.items[0];
  return (
    <>
      <div>
        <nav aria-label="Breadcrumb" className={css.crumbs}>
          <Link href={SENSORS}>Sensors</Link> <span aria-hidden>/</span>
        </nav>
        <h1 className={css.title}>{sensorId}</h1>
      </div>
      {query.isError && query.data === undefined ? (
        <section className={layout.card}>
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        </section>
      ) : sensor === undefined ? (
        query.isSuccess && (
          <section className={layout.card}>
            <Message
              icon={<Gauge size={32} />}
              title="No file has rows of this sensor"
              actions={<Link href={SENSORS}>To the sensors</Link>}
            >
              The files that had some may have been deleted.
            </Message>
          </section>
        )
      ) : (
        <>
          <Figures
            figures={[
              {
                label: `Rows in ${plural(sensor.files, "file")}`,
                value: count(sensor.row_count),
              },
              { label: "Smallest value", value: real(sensor.min_value) },
              {
                label: "Mean",
                value: rounded(sensor.mean_value),
                exact: String(sensor.mean_value),
              },
              { label: "Largest value", value: real(sensor.max_value) },
              {
                label:
                  sensor.last_timestamp === null
                    ? "Last value"
                    : `Last value, ${second(sensor.last_timestamp)} UTC`,
                value: real(sensor.last_value),
              },
            ]}
          />
          <OverTime sensor={sensor} />
          <InFiles sensorId={sensorId} />
        </>
      )}
    </>
  );
}

function InFiles({ sensorId }: { sensorId: string }) {
  const [sort, setSort] = useState("-first_timestamp");
  const files = useQuery(sensorFilesQuery(sensorId, sort));
  const inTime = useQuery(sensorFilesQuery(sensorId, "first_timestamp"));
  const parts = inTime.data?.items;
  return (
    <>
      <Card title="Over time, file by file">
        {parts ? (
          <FilesOverTime sensorId={sensorId} parts={parts} />
        ) : inTime.isError ? (
          <Failure error={inTime.error} onRetry={() => void inTime.refetch()} />
        ) : (
          <div className={css.chartRoom} aria-busy="true" />
        )}
      </Card>
      <Card bare title="Files">
        {files.isError && files.data === undefined ? (
          <Failure error={files.error} onRetry={() => void files.refetch()} />
        ) : (
          <DataTable
            caption={`Files with rows of ${sensorId}`}
            columns={COLUMNS}
            items={files.data?.items}
            idOf={(part) => part.file_id}
            sort={sort}
            onSort={setSort}
            stale={files.isPlaceholderData}
            tall
          />
        )}
        {files.data?.next_cursor != null && (
          <p className={css.cut}>
            The first {count(files.data.items.length)} in this order; SQL has all of them.
          </p>
        )}
      </Card>
      <Card title="The same in SQL">
        <SqlBlock
          title="This sensor, file by file"
          sql={`SELECT filename, row_count, min_value, mean_value, max_value, first_timestamp, last_timestamp
FROM csv_processor.sensor_results
WHERE sensor_id = ${literal(sensorId)}
ORDER BY first_timestamp`}
        />
      </Card>
    </>
  );
}

/** Each file's smallest, mean and largest value, at the middle of the time that its rows cover. */
function FilesOverTime({ sensorId, parts }: { sensorId: string; parts: SensorInFile[] }) {
  const [times, lines] = useMemo(() => {
    const placed = parts
      .flatMap((part) => {
        const { first_timestamp: first, last_timestamp: last } = part;
        if (first === null || last === null) return [];
        return [{ part, at: (Date.parse(first) + Date.parse(last)) / 2 }];
      })
      .sort((a, b) => a.at - b.at);
    const drawn: Line[] = [
      { label: "largest", values: placed.map(({ part }) => part.max_value), faint: true },
      { label: "mean", values: placed.map(({ part }) => part.mean_value) },
      { label: "smallest", values: placed.map(({ part }) => part.min_value), faint: true },
    ].map((line) => ({ ...line, colour: "--chart-1" }));
    return [placed.map(({ at }) => at), drawn] as const;
  }, [parts]);
  if (parts.length < 2) {
    return (
      <p className={css.hint}>
        One file has rows of this sensor; with more of them, they are drawn here in their order.
      </p>
    );
  }
  return (
    <LazyTimeChart
      label={`Smallest, mean and largest value of ${sensorId} in each of ${parts.length} files over time; the table below has the figures.`}
      times={times}
      lines={lines}
      band={BAND}
    />
  );
}

const BAND: [number, number] = [1, 3];
