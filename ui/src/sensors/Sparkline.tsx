import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { SensorTotal } from "~/api/documents";
import { sparklineQuery } from "~/api/queries";
import type { Sparkline as Means } from "~/api/schema";
import { plural } from "~/format";
import css from "./sensors.module.css";

const WIDTH = 110;
const HEIGHT = 26;
// A row that is scrolled past asks for nothing.
const REST = 200;

/** The last means of a sensor, as a small line; what it is made of is in its title. */
export function Sparkline({ sensor }: { sensor: SensorTotal }) {
  const [rests, setRests] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setRests(true), REST);
    return () => clearTimeout(timer);
  }, []);
  const { data } = useQuery({ ...sparklineQuery(sensor), enabled: rests });
  const values = data?.means ?? [];
  const low = Math.min(...values);
  const height = Math.max(...values) - low;
  const points = values.map((value, k) => {
    const x = 2 + ((WIDTH - 4) * k) / Math.max(values.length - 1, 1);
    const y = height === 0 ? HEIGHT / 2 : 3 + ((HEIGHT - 6) * (low + height - value)) / height;
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg className={css.spark} width={WIDTH} height={HEIGHT} aria-hidden>
      {data && <title>{aboutOf(data)}</title>}
      {points.length > 1 && <polyline points={points.join(" ")} />}
      {points.length === 1 && <circle cx={WIDTH / 2} cy={HEIGHT / 2} r={2} />}
    </svg>
  );
}

function aboutOf({ of, means }: Means): string {
  if (of === "intervals") return "Means over time";
  return means.length === 1
    ? "Mean of its file"
    : `Means of the last ${plural(means.length, "file")}`;
}
