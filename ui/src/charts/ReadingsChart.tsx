import { Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { ChartLine } from "lucide-react";
import { useMemo } from "react";
import type { Readings } from "~/api/documents";
import { Problem } from "~/api/problems";
import { duration, plural } from "~/format";
import { Failure, Message } from "~/states/Message";
import { withGaps } from "./gaps";
import { LazyTimeChart } from "./LazyTimeChart";
import type { Line } from "./TimeChart";
import css from "./charts.module.css";

const BAND: [number, number] = [1, 3];

/** Smallest, mean and largest reading of each interval; or why there are none. */
export function ReadingsChart({ of, query }: { of: string; query: UseQueryResult<Readings> }) {
  const items = query.data?.items;
  const [times, lines] = useMemo(() => {
    const drawn: Line[] = [
      { label: "largest", values: items?.map((item) => item.max_value) ?? [], faint: true },
      { label: "mean", values: items?.map((item) => item.mean_value) ?? [] },
      { label: "smallest", values: items?.map((item) => item.min_value) ?? [], faint: true },
    ].map((line) => ({ ...line, colour: "--chart-1" }));
    return [items?.map((item) => Date.parse(item.timestamp)) ?? [], drawn] as const;
  }, [items]);
  if (items === undefined) {
    if (!query.isError) return <Skeleton height={280} />;
    return <NoReadings error={query.error} onRetry={() => void query.refetch()} />;
  }
  const interval = query.data?.interval_seconds ?? 0;
  const { gaps } = withGaps(times, []);
  const rows = items.reduce((sum, item) => sum + item.row_count, 0);
  return (
    <>
      <p className={css.about}>
        {plural(rows, "reading")}, smallest, mean and largest of every {duration(interval * 1000)}
        {gaps > 0 && `; ${plural(gaps, "gap")} without readings`}
      </p>
      <LazyTimeChart
        label={`Smallest, mean and largest value of ${of} over time`}
        times={times}
        lines={lines}
        band={BAND}
      />
    </>
  );
}

function NoReadings({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const code = error instanceof Problem ? error.code : "";
  if (code === "readings_not_stored") {
    return (
      <Message icon={<ChartLine size={28} />} title="No readings of this file">
        {error.message}
      </Message>
    );
  }
  if (code === "readings_off" || (error instanceof Problem && error.status === 404)) {
    return (
      <Message icon={<ChartLine size={28} />} title="Readings are off">
        Only results are kept here, not the single rows. Started with <code>READINGS=on</code>,
        every valid row of files that come in from then on is kept too, and drawn here.
      </Message>
    );
  }
  return <Failure error={error} onRetry={onRetry} />;
}
