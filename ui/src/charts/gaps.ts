/** Gaps in series over time: where no reading is, no line is drawn. Pure. */

/** Columns of a chart: moments, and the values of each line at them. */
export interface Series {
  times: number[];
  values: (number | null)[][];
  /** How many gaps there are. */
  gaps: number;
}

// Readings come a little late now and then; three times the usual distance is no delay.
const MISSING = 3;

/**
 * `values` with an empty moment after each reading that is followed by none for more than three times
 * the usual distance, which is the median of all distances.
 *
 * @param times milliseconds since 1970, rising
 */
export function withGaps(times: number[], values: (number | null)[][]): Series {
  const steps = times.slice(1).map((time, k) => time - (times[k] ?? time));
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  const after = steps.flatMap((step, k) => (step > MISSING * usual ? [k] : []));
  if (after.length === 0 || usual === 0) return { times, values, gaps: 0 };
  return {
    times: filled(times, after, (k) => (times[k] ?? 0) + usual),
    values: values.map((line) => filled<number | null>(line, after, () => null)),
    gaps: after.length,
  };
}

/**
 * Several series as columns of one chart. A value is undefined at the moments of others, over which its
 * line goes on, and null in a gap of its own.
 */
export function joined(series: { times: number[]; values: (number | null)[] }[]): {
  times: number[];
  values: (number | null | undefined)[][];
} {
  const apart = series.map(({ times, values }) => {
    const own = withGaps(times, [values]);
    return new Map(own.times.map((time, k) => [time, own.values[0]?.[k] ?? null]));
  });
  const times = [...new Set(apart.flatMap((own) => [...own.keys()]))].sort((a, b) => a - b);
  return { times, values: apart.map((own) => times.map((time) => own.get(time))) };
}

function filled<Item>(items: Item[], after: number[], item: (k: number) => Item): Item[] {
  let next = 0;
  return items.flatMap((own, k) => {
    if (after[next] !== k) return [own];
    next += 1;
    return [own, item(k)];
  });
}
