import { Skeleton } from "@mantine/core";
import { Suspense } from "react";
import { part } from "~/states/parts";
import type { TimeChartProps } from "./TimeChart";

const TimeChart = part(() => import("./TimeChart"));

export function LazyTimeChart(props: TimeChartProps) {
  return (
    <Suspense fallback={<Skeleton height={props.height ?? 280} />}>
      <TimeChart {...props} />
    </Suspense>
  );
}
