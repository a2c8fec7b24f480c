import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleHelp } from "lucide-react";
import type { FileDocument, Suggestion } from "~/api/documents";
import { replay } from "~/api/queries";
import { moment, real } from "~/format";
import { asTexts, inWords } from "~/options/readOptions";
import { Note } from "~/states/Message";
import { canReprocess } from "./Removed";
import css from "./file.module.css";

/** Ways to read a file that is in doubt, each a click away. */
export function Suggestions({ file }: { file: FileDocument }) {
  if (file.suggestions.length === 0) return null;
  return (
    <Note kind="amber" icon={<CircleHelp size={18} />}>
      <strong>
        {file.suggestions.length === 1 ? "One way to read it:" : "Choose how to read it:"}
      </strong>
      <ol className={css.suggestions} aria-label="Suggestions">
        {file.suggestions.map((suggestion) => (
          <li key={suggestion.command}>
            <OneWay file={file} suggestion={suggestion} />
          </li>
        ))}
      </ol>
    </Note>
  );
}

function OneWay({ file, suggestion }: { file: FileDocument; suggestion: Suggestion }) {
  const client = useQueryClient();
  const options = asTexts(suggestion.options);
  const run = useMutation({ mutationFn: () => replay(client, file.file_id, options) });
  return (
    <>
      <p>
        {suggestion.message} <span className={css.aside}>({inWords(options)})</span>
      </p>
      {suggestion.readings.length > 0 && (
        <table className={css.firstReadings}>
          <thead>
            <tr>
              <th scope="col">sensor_id</th>
              <th scope="col">timestamp (UTC)</th>
              <th scope="col">value</th>
            </tr>
          </thead>
          <tbody>
            {suggestion.readings.map((reading, k) => (
              <tr key={k}>
                <td>{reading.sensor_id}</td>
                <td>{moment(reading.timestamp)}</td>
                <td>{real(reading.value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Button
        size="xs"
        variant="default"
        loading={run.isPending}
        disabled={!canReprocess(file)}
        onClick={() => run.mutate()}
      >
        Read it like this
      </Button>
      {run.error && (
        <p role="alert" className={css.actionError}>
          {run.error.message}
        </p>
      )}
    </>
  );
}
