import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useSearchParams } from "wouter";
import { statsQuery } from "~/api/queries";
import { count } from "~/format";
import { Chips } from "~/layout/Chips";
import { SensorList } from "./SensorList";
import { SourceList } from "./SourceList";
import css from "./sensors.module.css";

/** Every sensor over all files, or their sources; what is shown is in the address. */
export default function SensorsPage() {
  const [search, setSearch] = useSearchParams();
  const stats = useQuery(statsQuery());
  const bySource = search.get("by") === "source";
  useEffect(() => {
    document.title = "Sensors · CSV Processor";
  }, []);
  const sensors = stats.data?.sensor_count;
  return (
    <>
      <div className={css.top}>
        <div>
          <h1>Sensors</h1>
          <p className={css.hint}>
            {bySource
              ? "A source is what sensors have before the first slash of their name: a gateway, a plant."
              : `Results of ${sensors === undefined ? "each sensor" : `${count(sensors)} sensors`} over all files. Those that have been silent longest are first.`}
          </p>
        </div>
        <Chips
          label="List"
          value={bySource ? "source" : null}
          onChange={(value) => setSearch(value === null ? {} : { by: value })}
          chips={[
            { value: null, label: "Sensors" },
            { value: "source", label: "Sources" },
          ]}
        />
      </div>
      {bySource ? <SourceList /> : <SensorList all={sensors} />}
    </>
  );
}
