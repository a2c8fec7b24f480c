/** A chart over time. Loaded when it is needed: import it with `lazy`. */

import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { minute, moment, real } from "~/format";
import css from "./charts.module.css";
import { withGaps } from "./gaps";

export interface Line {
  label: string;
  values: (number | null)[];
  /** A custom property of theme.css. */
  colour: string;
  /** Points alone, without a line from one to the next. */
  points?: boolean;
  faint?: boolean;
}

export interface TimeChartProps {
  /** The chart's content for screen readers. */
  label: string;
  /** Moments in milliseconds since 1970, rising. */
  times: number[];
  lines: Line[];
  /** Two of `lines`, between which the ground is filled. */
  band?: [number, number];
  height?: number;
}

export default function TimeChart({ label, times, lines, band, height = 280 }: TimeChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme("light");
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const drawn = withGaps(
      times,
      lines.map(({ values }) => values),
    );
    const chart = new uPlot(
      optionsOf(element, lines, band, height),
      [drawn.times, ...drawn.values],
      element,
    );
    const sizes = new ResizeObserver(() => {
      if (element.clientWidth > 0) chart.setSize({ width: element.clientWidth, height });
    });
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      chart.destroy();
    };
    // The colours are read when it is drawn: another scheme is another chart.
  }, [times, lines, band, height, scheme]);
  return (
    <div
      ref={place}
      className={css.chart}
      role="img"
      aria-label={label}
      style={{ minHeight: height }}
    />
  );
}

function optionsOf(
  element: HTMLElement,
  lines: Line[],
  band: [number, number] | undefined,
  height: number,
): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const font = `12px ${style.fontFamily}`;
  const axis = {
    stroke: colour("--quiet"),
    font,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth || 600,
    height,
    ms: 1,
    tzDate: (ms) => uPlot.tzDate(new Date(ms), "Etc/UTC"),
    cursor: { drag: { x: true, y: false } },
    legend: { live: true },
    scales: { x: { time: true } },
    axes: [
      { ...axis, space: 90, values: timeLabels },
      { ...axis, size: 64, values: (_, ticks) => ticks.map(real) },
    ],
    ...(band && {
      bands: [{ series: band, fill: withAlpha(colour(lines[0]?.colour ?? ""), 0.16) }],
    }),
    series: [
      {
        label: "UTC",
        value: (_, ms: number | null) => (ms === null ? "–" : moment(new Date(ms).toISOString())),
      },
      ...lines.map((line): uPlot.Series => ({
        label: line.label,
        stroke: withAlpha(colour(line.colour), line.faint ? 0.45 : 1),
        width: line.faint ? 1 : 2,
        spanGaps: false,
        ...(line.points && { paths: () => null }),
        points: {
          show: line.points ?? line.values.length < element.clientWidth / 20,
          filter: alone,
          size: 5,
          fill: colour("--surface"),
        },
        value: (_, value: number | null) => real(value),
      })),
    ],
  };
}

/** Without points at all readings, those between two gaps have one, since they have no line. */
function alone(chart: uPlot, series: number, show: boolean): number[] | null {
  if (show) return null;
  const values = Array.from(chart.data[series] ?? []);
  const missing = (k: number) => values[k] === null || values[k] === undefined;
  return values.flatMap((_, k) => (!missing(k) && missing(k - 1) && missing(k + 1) ? [k] : []));
}

/** As much of a moment as distinguishes it from its neighbours. */
function timeLabels(_: uPlot, ticks: number[]): string[] {
  const step = (ticks[1] ?? 0) - (ticks[0] ?? 0);
  return ticks.map((ms) => {
    const iso = new Date(ms).toISOString();
    if (step >= 28 * 86_400_000) return iso.slice(0, 7);
    if (step >= 86_400_000) return iso.slice(0, 10);
    if (step >= 60_000) return minute(iso).slice(5).replace(" ", "\n");
    return iso.slice(11, 19);
  });
}

function withAlpha(colour: string, alpha: number): string {
  return alpha === 1 ? colour : `color-mix(in srgb, ${colour} ${alpha * 100}%, transparent)`;
}
