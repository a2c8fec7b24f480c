import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useSearchParams } from "wouter";
import { downloadSensorReadings, FORMS, FORM_NAMES } from "~/api/downloads";
import { rangeOf } from "~/charts/ranges";
import css from "./sensors.module.css";

/** Buttons that download the readings of a sensor over all files, of the range that is shown. */
export function ExportReadings({ sensorId }: { sensorId: string }) {
  const [search] = useSearchParams();
  const range = rangeOf(search.get("from"), search.get("to"));
  const readings = useMutation({
    mutationFn: (form: (typeof FORMS)[number]) => downloadSensorReadings(sensorId, form, range),
  });
  return (
    <div className={css.export} role="group" aria-label="Export">
      <span className={css.hint}>{range === null ? "All readings" : "Readings shown"}</span>
      {FORMS.map((form) => (
        <Button
          key={form}
          variant="default"
          size="compact-md"
          leftSection={<Download size={14} />}
          loading={readings.isPending && readings.variables === form}
          onClick={() => readings.mutate(form)}
          aria-label={`Readings as ${FORM_NAMES[form]}`}
        >
          {FORM_NAMES[form]}
        </Button>
      ))}
      {readings.error && <p role="alert">{readings.error.message}</p>}
    </div>
  );
}
