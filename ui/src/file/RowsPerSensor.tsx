import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { sensorHref } from "~/addresses";
import type { FileDocument, SensorResult } from "~/api/documents";
import { sensorsBySizeQuery } from "~/api/queries";
import { BarList, type Bar } from "~/charts/BarList";
import { count } from "~/format";
import { Card } from "~/layout/Card";
import { Failure } from "~/states/Message";
import { SENSORS_SHOWN } from "./ValuesOverTime";
import css from "./file.module.css";

const LARGEST = 8;
const SMALLEST = 4;

/** Rows of each sensor; of many the largest and the smallest, which may have lost some. */
export function RowsPerSensor({ file }: { file: FileDocument }) {
  const sensors = file.sensor_count ?? 0;
  const all = sensors <= SENSORS_SHOWN;
  const by = [file.file_id, file.generation] as const;
  const largest = useQuery(sensorsBySizeQuery(...by, "-row_count", SENSORS_SHOWN));
  const smallest = useQuery({
    ...sensorsBySizeQuery(...by, "row_count", SMALLEST),
    enabled: !all,
  });
  const failed = [largest, smallest].find(({ isError, data }) => isError && data === undefined);
  const first = largest.data?.items;
  const last = smallest.data?.items;
  const most = first?.[0]?.row_count ?? 1;
  return (
    <Card
      title="Rows per sensor"
      aside={
        all ? null : (
          <span className={css.aside}>
            the largest {LARGEST} and the smallest {SMALLEST} of {count(sensors)}
          </span>
        )
      }
    >
      {failed?.error ? (
        <Failure error={failed.error} onRetry={() => void failed.refetch()} />
      ) : all ? (
        <BarList label="Rows per sensor" kind="brand" bars={first?.map(barOf)} />
      ) : (
        <>
          <BarList
            label="Sensors with most rows"
            kind="brand"
            bars={first?.slice(0, LARGEST).map(barOf)}
          />
          <p className={css.between} aria-hidden>
            ⋮
          </p>
          <BarList
            label="Sensors with fewest rows"
            kind="brand"
            bars={last?.toReversed().map(barOf)}
            most={most}
          />
        </>
      )}
    </Card>
  );
}

function barOf(sensor: SensorResult): Bar {
  return {
    key: sensor.sensor_id,
    name: <Link href={sensorHref(sensor.sensor_id)}>{sensor.sensor_id}</Link>,
    value: sensor.row_count,
    shown: count(sensor.row_count),
  };
}
