import type { SensorResult } from "~/api/documents";
import { count, real, rounded } from "~/format";
import { Moment } from "~/states/time";
import { columnsOf, type Columns } from "~/tables/columns";
import { SensorName } from "./SensorName";

/** The columns that a sensor of a file and one over all files have alike. */
export function sensorColumns<Item extends SensorResult>(): Columns<Item> {
  const of = columnsOf<SensorResult>();
  return of.columns([
    of.accessor("sensor_id", {
      header: "Sensor",
      meta: { sort: "sensor_id", width: "auto" },
      cell: ({ getValue }) => <SensorName id={getValue()} />,
    }),
    of.accessor("row_count", {
      header: "Rows",
      meta: { sort: "row_count", numeric: true, width: "90px" },
      cell: ({ getValue }) => count(getValue()),
    }),
    of.accessor("min_value", {
      header: "Min",
      meta: { sort: "min_value", numeric: true, width: "110px" },
      cell: ({ getValue }) => real(getValue()),
    }),
    of.accessor("mean_value", {
      header: "Mean",
      meta: { sort: "mean_value", numeric: true, width: "110px", wideOnly: true },
      cell: ({ getValue }) => rounded(getValue()),
    }),
    of.accessor("max_value", {
      header: "Max",
      meta: { sort: "max_value", numeric: true, width: "110px" },
      cell: ({ getValue }) => real(getValue()),
    }),
    of.accessor("first_timestamp", {
      header: "First (UTC)",
      meta: { sort: "first_timestamp", numeric: true, width: "190px", wideOnly: true },
      cell: ({ getValue }) => <Moment at={getValue()} />,
    }),
    of.accessor("last_timestamp", {
      header: "Last (UTC)",
      meta: { sort: "last_timestamp", numeric: true, width: "190px", wideOnly: true },
      cell: ({ getValue }) => <Moment at={getValue()} />,
    }),
  ]) as unknown as Columns<Item>;
}
