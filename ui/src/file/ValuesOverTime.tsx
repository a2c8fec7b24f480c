import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { FileDocument } from "~/api/documents";
import { fileReadingsQuery, sensorsBySizeQuery } from "~/api/queries";
import { Explorer, type Drawn } from "~/charts/Explorer";
import { Card } from "~/layout/Card";
import css from "~/layout/chips.module.css";

export const SENSORS_SHOWN = 12;
// Of the sensors with most rows, those that are drawn at first.
const DRAWN = 2;

/** Readings of the file over time, each sensor on a scale of its own. */
export function ValuesOverTime({ file }: { file: FileDocument }) {
  const [chosen, setChosen] = useState<string[] | null>(null);
  const sensors = useQuery(
    sensorsBySizeQuery(file.file_id, file.generation, "-row_count", SENSORS_SHOWN),
  );
  const all: Drawn[] = (sensors.data?.items ?? []).flatMap(
    ({ sensor_id: id, first_timestamp: first, last_timestamp: last }) =>
      first === null || last === null ? [] : [{ id, first, last }],
  );
  all.sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }));
  const names = chosen ?? all.slice(0, DRAWN).map(({ id }) => id);
  const shown = all.filter(({ id }) => names.includes(id));
  const toggle = (id: string) => {
    const next = names.includes(id) ? names.filter((name) => name !== id) : [...names, id];
    if (next.length > 0) setChosen(next);
  };
  if (all.length === 0 || file.readings_removed_at !== null) return null;
  return (
    <Card title="Values over time">
      <Explorer
        sensors={shown}
        ask={(id, range) => fileReadingsQuery(file.file_id, file.generation, id, range)}
        linked
      >
        {all.length > 1 && (
          <div role="group" aria-label="Sensors" className={css.chips}>
            {all.map(({ id }) => (
              <button
                key={id}
                type="button"
                className={css.chip}
                aria-pressed={names.includes(id)}
                onClick={() => toggle(id)}
              >
                {id}
              </button>
            ))}
          </div>
        )}
      </Explorer>
    </Card>
  );
}
