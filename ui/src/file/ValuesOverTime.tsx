import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { FileDocument } from "~/api/documents";
import { fileReadingsQuery, sensorsBySizeQuery } from "~/api/queries";
import { ReadingsChart } from "~/charts/ReadingsChart";
import { Card } from "~/layout/Card";
import { Chips } from "~/layout/Chips";

export const SENSORS_SHOWN = 12;
const CHIPS = 6;

/** Values of the file's rows over time, of all sensors or of one, where readings are kept. */
export function ValuesOverTime({ file }: { file: FileDocument }) {
  const [sensor, setSensor] = useState<string | null>(null);
  const query = useQuery(fileReadingsQuery(file.file_id, file.generation, sensor));
  const sensors = useQuery(
    sensorsBySizeQuery(file.file_id, file.generation, "-row_count", SENSORS_SHOWN),
  );
  const names = (sensors.data?.items ?? []).slice(0, CHIPS).map(({ sensor_id }) => sensor_id);
  return (
    <Card
      title="Values over time"
      aside={
        query.isSuccess && names.length > 1 ? (
          <Chips
            label="Sensor"
            value={sensor}
            onChange={setSensor}
            chips={[
              { value: null, label: "all sensors" },
              ...names.map((name) => ({ value: name, label: name })),
            ]}
          />
        ) : null
      }
    >
      <ReadingsChart of={sensor ?? file.filename} query={query} />
    </Card>
  );
}
