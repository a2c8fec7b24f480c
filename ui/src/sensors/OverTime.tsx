import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "wouter";
import type { SensorTotal } from "~/api/documents";
import { sensorQuery, sensorReadingsQuery, someSensorsQuery } from "~/api/queries";
import { Explorer, type Drawn } from "~/charts/Explorer";
import { MOST_SENSORS } from "~/charts/limits";
import css from "~/charts/charts.module.css";
import { Card } from "~/layout/Card";
import { ExportReadings } from "./ExportReadings";

/** Readings of a sensor over time, and of others that it is compared with: `with` in the address. */
export function OverTime({ sensor }: { sensor: SensorTotal }) {
  const [search, setSearch] = useSearchParams();
  const others = [...new Set(search.getAll("with"))]
    .filter((id) => id !== sensor.sensor_id)
    .slice(0, MOST_SENSORS - 1);
  const totals = useQueries({ queries: others.map((id) => sensorQuery(id)) });
  const all = [sensor, ...totals.flatMap(({ data }) => data?.items.slice(0, 1) ?? [])];
  const drawn: Drawn[] = all.flatMap(
    ({ sensor_id: id, first_timestamp: first, last_timestamp: last }) =>
      first === null || last === null ? [] : [{ id, first, last }],
  );
  const compare = (ids: string[]) =>
    setSearch(
      (now) => {
        now.delete("with");
        for (const id of ids) now.append("with", id);
        return now;
      },
      { replace: true },
    );
  if (drawn.length === 0) return null;
  return (
    <Card title="Over time" aside={<ExportReadings sensorId={sensor.sensor_id} />}>
      <Explorer
        sensors={drawn}
        ask={sensorReadingsQuery}
        linked
        onRemove={(id) => {
          if (id !== sensor.sensor_id) {
            compare(others.filter((name) => name !== id));
            return;
          }
          // The page is that of another one now.
          setSearch((now) => {
            now.set("id", others[0] ?? id);
            now.delete("with");
            for (const name of others.slice(1)) now.append("with", name);
            return now;
          });
        }}
      >
        {all.length < MOST_SENSORS && (
          <Compare
            shown={all.map(({ sensor_id }) => sensor_id)}
            onAdd={(id) => compare([...others, id])}
          />
        )}
      </Explorer>
    </Card>
  );
}

/** A field that finds another sensor by a part of its name. */
function Compare({ shown, onAdd }: { shown: string[]; onAdd: (id: string) => void }) {
  const [typed, setTyped] = useState("");
  const found = useQuery(someSensorsQuery(typed));
  const ids = (found.data?.items ?? [])
    .map(({ sensor_id }) => sensor_id)
    .filter((id) => !shown.includes(id));
  const add = (id: string) => {
    if (!ids.includes(id)) return false;
    onAdd(id);
    setTyped("");
    return true;
  };
  return (
    <label className={css.add}>
      Compare with
      <input
        type="search"
        list="sensors-to-compare"
        placeholder="another sensor"
        value={typed}
        onChange={(event) => {
          const { value } = event.currentTarget;
          // An option that was chosen comes at once as a whole, not letter by letter.
          const chosen =
            !(event.nativeEvent instanceof InputEvent) ||
            event.nativeEvent.inputType === "insertReplacementText";
          if (!(chosen && add(value))) setTyped(value);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") add(ids.includes(typed) ? typed : (ids[0] ?? ""));
        }}
      />
      <datalist id="sensors-to-compare">
        {ids.map((id) => (
          <option key={id} value={id} />
        ))}
      </datalist>
    </label>
  );
}
