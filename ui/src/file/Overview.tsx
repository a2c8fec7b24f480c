import { CircleCheck } from "lucide-react";
import type { Dialect, FileDocument, Property } from "~/api/documents";
import { count } from "~/format";
import { Card } from "~/layout/Card";
import { Faults } from "./Faults";
import { FirstLines } from "./FirstLines";
import { RowsPerSensor } from "./RowsPerSensor";
import { ValuesOverTime } from "./ValuesOverTime";
import css from "./file.module.css";

/** The results of a file at a glance. */
export function Overview({ file, onCode }: { file: FileDocument; onCode: (code: string) => void }) {
  const invalid = file.invalid_count ?? 0;
  const rows = file.aggregations?.row_count ?? 0;
  return (
    <div className={css.overview}>
      <div className={css.cards}>
        {rows > 0 && (
          <div>
            <RowsPerSensor file={file} />
          </div>
        )}
        {file.status === "failed" && isUnsettled(file) && (
          <div className={css.how}>
            <FirstLines file={file} />
          </div>
        )}
        {file.dialect && (
          <div className={css.how}>
            <HowItWasRead dialect={file.dialect} inDoubt={isUnsettled(file)} />
          </div>
        )}
        {(invalid > 0 || (file.error === null && file.duplicate_of === null)) && (
          <div>
            {invalid > 0 ? (
              <Faults file={file} onCode={onCode} />
            ) : (
              <Card title="Errors">
                <p className={css.fine}>
                  <CircleCheck size={20} aria-hidden /> Nothing: every row is valid.
                </p>
              </Card>
            )}
          </div>
        )}
      </div>
      {rows > 0 && <ValuesOverTime file={file} />}
    </div>
  );
}

/** Whether nothing of a file was read because it is not clear how. */
function isUnsettled({ dialect }: FileDocument): boolean {
  return dialect === null || !dialect.settled;
}

/**
 * Layout, columns, times and signs of a file, each with how it was determined; of a file in doubt those
 * that are settled.
 */
function HowItWasRead({ dialect, inDoubt }: { dialect: Dialect; inDoubt: boolean }) {
  return (
    <Card title={inDoubt ? "What was detected" : "How it was read"}>
      <dl className={css.readAs}>
        {factsOf(dialect).map(([name, shown, source]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {shown} <span className={css.source}>{source}</span>
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function factsOf(dialect: Dialect): [name: string, shown: string, source: string][] {
  const { layout, sensor, timestamp, timestamp_format, timezone, values } = dialect;
  const { decimal, delimiter, encoding, missing, max_invalid } = dialect;
  const names = dialect.columns.map(({ name }) => name);
  const header = dialect.header.value === true ? "header" : "content";
  const facts: [string, Property][] = [
    ["Layout", layout],
    // Of a file in doubt there are only their names.
    ...(!dialect.settled && names.length > 0
      ? [["Columns", { value: names, source: header }] as [string, Property]]
      : []),
    ["Sensor", sensor],
    ["Timestamp", timestamp],
    ["Time format", timestamp_format],
    ["Time zone", timezone],
    ["Values", values],
    ["Missing", missing],
    ["Decimal sign", decimal],
    ["Delimiter", delimiter],
    ["Encoding", encoding],
    ...(max_invalid.value === null
      ? []
      : [["Most invalid rows", max_invalid] as [string, Property]]),
  ];
  const shown = facts.flatMap(([name, { value, source }]): [string, string, string][] =>
    value === null || value.length === 0 ? [] : [[name, asText(value), source ?? ""]],
  );
  if (dialect.profile === null) return shown;
  const version =
    dialect.profile_version === null ? "" : `version ${count(dialect.profile_version)}`;
  return [["Profile", dialect.profile, version], ...shown];
}

const LISTED = 4;

function asText(value: string | string[]): string {
  if (typeof value === "string") return SIGNS[value] ?? value;
  const more = value.length - LISTED;
  return value.slice(0, LISTED).join(", ") + (more > 0 ? ` and ${count(more)} more` : "");
}

const SIGNS: Record<string, string> = {
  ",": "comma",
  ";": "semicolon",
  "\t": "tab",
  "|": "pipe",
  " ": "space",
  ".": "point",
  any: "point or comma",
};
