import { Button } from "@mantine/core";
import { useStore } from "~/api/store";
import { inWords } from "~/options/readOptions";
import { ReadOptionsForm } from "~/options/ReadOptionsForm";
import { useIntake, useUploads } from "./context";
import css from "./uploads.module.css";

/** How the files that are sent next are read; closed until it is opened. */
export function ChooseOptions() {
  const uploads = useUploads();
  const options = useStore(uploads.options);
  const intake = useIntake();
  const show = useStore(intake.showFirst);
  const chosen = inWords(options);
  return (
    <details className={css.options}>
      <summary>
        How files are read: <span>{chosen || "detected"}</span>
      </summary>
      <ReadOptionsForm options={options} onChange={(name, value) => uploads.choose(name, value)} />
      <div className={css.reset}>
        <label className={css.showFirst}>
          <input
            type="checkbox"
            checked={show}
            onChange={(event) => intake.choose(event.currentTarget.checked)}
          />
          Show before upload
        </label>
        <Button
          variant="default"
          size="xs"
          disabled={chosen === ""}
          onClick={() => uploads.options.set({})}
        >
          Detect everything
        </Button>
      </div>
    </details>
  );
}
