/** A chart over time. Loaded when it is needed: import it with `lazy`. */

import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { real } from "~/format";
import css from "./charts.module.css";
import { withGaps } from "./gaps";
import type { Range } from "./ranges";
import { wallClock, zoneName, type Zone } from "./zone";

export interface Line {
  label: string;
  values: (number | null | undefined)[];
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
  /** Gaps are in the values already. */
  complete?: boolean;
  zone?: Zone;
  /** What the axis of time covers; default: the readings. */
  range?: Range;
  /** A range was chosen by dragging over it. */
  onZoom?: (range: Range) => void;
}

export default function TimeChart(props: TimeChartProps) {
  const { label, times, lines, band, height = 280, complete = false, zone = "utc" } = props;
  const { from, to } = props.range ?? {};
  const zoom = useRef(props.onZoom);
  useEffect(() => {
    zoom.current = props.onZoom;
  });
  const zooms = props.onZoom !== undefined;
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme("light");
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const values = lines.map((line) => line.values);
    const drawn = complete ? { times, values } : withGaps(times, values as (number | null)[][]);
    const options = optionsOf(element, lines, band, height, zone);
    if (from !== undefined && to !== undefined) {
      options.scales = { x: { time: true, range: [from, to] } };
    }
    if (zooms) {
      // The readings of the chosen range are asked for; the chart does not stretch what it has.
      options.cursor = { drag: { x: true, y: false, setScale: false } };
      options.hooks = {
        setSelect: [
          (plot) => {
            const { select } = plot;
            if (select.width < 4) return;
            const begin = Math.floor(plot.posToVal(select.left, "x"));
            const end = Math.ceil(plot.posToVal(select.left + select.width, "x"));
            if (begin < end) zoom.current?.({ from: begin, to: end });
          },
        ],
      };
    }
    const chart = new uPlot(options, [drawn.times, ...drawn.values], element);
    const sizes = new ResizeObserver(() => {
      if (element.clientWidth > 0) chart.setSize({ width: element.clientWidth, height });
    });
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      chart.destroy();
    };
    // The colours are read when it is drawn: another scheme is another chart.
  }, [times, lines, band, height, scheme, complete, zone, from, to, zooms]);
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
  zone: Zone,
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
    tzDate: (ms) => (zone === "utc" ? uPlot.tzDate(new Date(ms), "Etc/UTC") : new Date(ms)),
    cursor: { drag: { x: true, y: false } },
    legend: { live: true },
    scales: { x: { time: true } },
    axes: [
      { ...axis, space: 90, values: (_, ticks) => timeLabels(ticks, zone) },
      { ...axis, size: 64, values: (_, ticks) => ticks.map(real) },
    ],
    ...(band && {
      bands: [{ series: band, fill: withAlpha(colour(lines[0]?.colour ?? ""), 0.16) }],
    }),
    series: [
      {
        label: zoneName(zone),
        value: (_, ms: number | null) =>
          ms === null
            ? "–"
            : wallClock(ms, zone)
                .replace("T", " ")
                .replace(/\.000$/, ""),
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
        value: (_, value: number | null | undefined) => real(value),
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
function timeLabels(ticks: number[], zone: Zone): string[] {
  const step = (ticks[1] ?? 0) - (ticks[0] ?? 0);
  return ticks.map((ms) => {
    const iso = wallClock(ms, zone);
    if (step >= 28 * 86_400_000) return iso.slice(0, 7);
    if (step >= 86_400_000) return iso.slice(0, 10);
    if (step >= 60_000) return iso.slice(5, 16).replace("T", "\n");
    return iso.slice(11, 19);
  });
}

function withAlpha(colour: string, alpha: number): string {
  return alpha === 1 ? colour : `color-mix(in srgb, ${colour} ${alpha * 100}%, transparent)`;
}
