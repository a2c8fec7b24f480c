import { Skeleton } from "@mantine/core";
import { useQueries, type UseQueryOptions, type UseQueryResult } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useMemo, type ReactNode } from "react";
import { Link, useSearchParams } from "wouter";
import { sensorHref } from "~/addresses";
import type { Readings } from "~/api/documents";
import { saveAs } from "~/api/save";
import { duration, plural } from "~/format";
import { joined, withGaps } from "./gaps";
import { LazyTimeChart } from "./LazyTimeChart";
import { NoReadings } from "./NoReadings";
import { readingsCsv } from "./csv";
import { MOST_SENSORS } from "./limits";
import { rangeOf, type Range } from "./ranges";
import type { Line } from "./TimeChart";
import { Tools } from "./Tools";
import type { Zone } from "./zone";
import css from "./charts.module.css";

export interface Drawn {
  id: string;
  /** ISO moments of the first and the last reading. */
  first: string;
  last: string;
}

const COLOURS = Array.from({ length: MOST_SENSORS }, (_, k) => `--chart-${(k + 1).toString()}`);
const BAND: [number, number] = [1, 3];

/**
 * Readings of some sensors over time. Each has a chart with a scale of its own, since they may measure
 * different quantities; on request all are lines on one scale. Range, zone and scale are in the address.
 */
export function Explorer(props: {
  sensors: Drawn[];
  ask: (id: string, range: Range) => UseQueryOptions<Readings>;
  /** Names lead to the page of the sensor. */
  linked?: boolean;
  onRemove?: ((id: string) => void) | undefined;
  /** What chooses the sensors. */
  children?: ReactNode;
}) {
  const { sensors, ask } = props;
  const [search, setSearch] = useSearchParams();
  const zone: Zone = search.get("zone") === "local" ? "local" : "utc";
  const together = search.get("scale") === "one" && sensors.length > 1;
  const whole: Range = {
    from: Math.min(...sensors.map(({ first }) => Date.parse(first))),
    // Readings are finer than a millisecond, and the end is exclusive.
    to: Math.max(...sensors.map(({ last }) => Date.parse(last))) + 1,
  };
  const chosen = rangeOf(search.get("from"), search.get("to"));
  const range = chosen ?? whole;
  const { answers, failed } = useQueries({
    queries: sensors.map(({ id }) => ask(id, range)),
    combine: combined,
  });
  const ready = useMemo(
    () =>
      answers.flatMap((readings) =>
        readings === undefined ? [] : [{ id: readings.sensor_id ?? "", readings }],
      ),
    [answers],
  );
  const change = (changes: Record<string, string | null>) =>
    setSearch(
      (now) => {
        for (const [name, value] of Object.entries(changes)) {
          if (value === null) now.delete(name);
          else now.set(name, value);
        }
        return now;
      },
      { replace: true },
    );
  const show = (next: Range | null) =>
    change({
      from: next && new Date(next.from).toISOString(),
      to: next && new Date(next.to).toISOString(),
    });
  if (failed !== undefined) return <NoReadings {...failed} />;
  const shown = sensors.map(({ id }, k) => ({ id, readings: answers[k] }));
  const common = { zone, range, onZoom: show };
  return (
    <div className={css.explorer} aria-busy={ready.length < sensors.length}>
      <Tools
        range={range}
        whole={whole}
        isWhole={chosen === null}
        zone={zone}
        together={sensors.length > 1 ? together : null}
        onRange={show}
        onZone={(to) => change({ zone: to === "local" ? to : null })}
        onTogether={(to) => change({ scale: to ? "one" : null })}
        onDownload={() => saveAs(readingsCsv(ready), "readings.csv")}
      />
      {props.children}
      {together ? (
        <Together {...common} shown={ready} />
      ) : (
        shown.map(({ id, readings }, k) => (
          <figure key={id} className={css.panel} aria-busy={readings === undefined}>
            {(sensors.length > 1 || props.onRemove) && (
              <figcaption>
                <span className={css.swatch} style={{ background: `var(${colourOf(k)})` }} />
                {props.linked ? <Link href={sensorHref(id)}>{id}</Link> : <span>{id}</span>}
                {props.onRemove && sensors.length > 1 && (
                  <button
                    type="button"
                    className={css.remove}
                    aria-label={`Remove ${id}`}
                    onClick={() => props.onRemove?.(id)}
                  >
                    <X size={14} aria-hidden />
                  </button>
                )}
              </figcaption>
            )}
            {readings === undefined ? (
              <Skeleton height={sensors.length > 1 ? 200 : 280} />
            ) : (
              <Apart
                {...common}
                id={id}
                readings={readings}
                colour={colourOf(k)}
                height={sensors.length > 1 ? 200 : 280}
              />
            )}
          </figure>
        ))
      )}
    </div>
  );
}

function combined(results: UseQueryResult<Readings>[]) {
  const failed = results.find(({ isError, data }) => isError && data === undefined);
  return {
    answers: results.map(({ data }) => data),
    failed: failed?.error
      ? { error: failed.error, onRetry: () => void failed.refetch() }
      : undefined,
  };
}

function colourOf(k: number): string {
  return COLOURS[k % COLOURS.length] ?? "";
}

interface Common {
  zone: Zone;
  range: Range;
  onZoom: (range: Range) => void;
}

/** One sensor: smallest, mean and largest reading of each interval. */
function Apart(props: Common & { id: string; readings: Readings; colour: string; height: number }) {
  const { items, interval_seconds } = props.readings;
  const { colour } = props;
  const [times, lines] = useMemo(() => {
    const drawn: Line[] = [
      { label: "largest", values: items.map((item) => item.max_value), faint: true, colour },
      { label: "mean", values: items.map((item) => item.mean_value), colour },
      { label: "smallest", values: items.map((item) => item.min_value), faint: true, colour },
    ];
    return [items.map((item) => Date.parse(item.timestamp)), drawn] as const;
  }, [items, colour]);
  const { gaps } = withGaps(times, []);
  const rows = items.reduce((sum, item) => sum + item.row_count, 0);
  return (
    <>
      <p className={css.about}>
        {plural(rows, "reading")}, smallest, mean and largest of every{" "}
        {duration((interval_seconds ?? 0) * 1000)}
        {gaps > 0 && `; ${plural(gaps, "gap")} without readings`}
      </p>
      <LazyTimeChart
        label={`Smallest, mean and largest value of ${props.id} over time`}
        times={times}
        lines={lines}
        band={BAND}
        height={props.height}
        zone={props.zone}
        range={props.range}
        onZoom={props.onZoom}
      />
    </>
  );
}

/** Means of several sensors on one scale. */
function Together(props: Common & { shown: { id: string; readings: Readings }[] }) {
  const { shown } = props;
  const series = useMemo(() => {
    const { times, values } = joined(
      shown.map(({ readings: { items } }) => ({
        times: items.map((item) => Date.parse(item.timestamp)),
        values: items.map((item) => item.mean_value),
      })),
    );
    const lines: Line[] = shown.map(({ id }, k) => ({
      label: id,
      values: values[k] ?? [],
      colour: colourOf(k),
    }));
    return { times, lines };
  }, [shown]);
  const seconds = shown[0]?.readings.interval_seconds ?? 0;
  return (
    <>
      <p className={css.about}>Means of every {duration(seconds * 1000)}, all on one scale</p>
      <LazyTimeChart
        label={`Means of ${plural(shown.length, "sensor")} over time on one scale`}
        times={series.times}
        lines={series.lines}
        height={340}
        complete
        zone={props.zone}
        range={props.range}
        onZoom={props.onZoom}
      />
    </>
  );
}
