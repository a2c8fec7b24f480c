import { Button, Skeleton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { CircleAlert, TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { DryRun } from "~/api/documents";
import { codeWords, count, moment, plural } from "~/format";
import { asTexts, inWords, type ReadOptions } from "~/options/readOptions";
import { ReadOptionsForm } from "~/options/ReadOptionsForm";
import { Failure, Note } from "~/states/Message";
import { previewQuery } from "./query";
import { ReadingGrid, RecordGrid } from "./PreviewGrid";
import { columnsWith, withRole, type Column } from "./roles";
import css from "./preview.module.css";

/** How a file is read, with its first records and readings, as its options are changed. */
export function ReadingPreview(props: {
  /** Identifies the file. */
  of: string;
  filename: string;
  head: Blob;
  /** What is known of it already, with the options it begins with. */
  found?: DryRun;
  options: ReadOptions;
  onChange: (options: ReadOptions) => void;
}) {
  const { options, onChange } = props;
  const [settled] = useDebouncedValue(options, 100);
  const [begun] = useState(options);
  const [unread, setUnread] = useState<ReadonlySet<string>>(new Set());
  const query = useQuery({
    ...previewQuery(props.of, props.filename, props.head, settled),
    ...(settled === begun && props.found && { initialData: props.found }),
  });
  const change = (name: string, value: string) => {
    const others = Object.entries(options).filter(([known]) => known !== name);
    onChange(Object.fromEntries(value === "" ? others : [...others, [name, value]]));
  };
  const { data } = query;
  const columns = columnsWith(data?.preview?.columns ?? [], options, unread);
  const busy = query.isFetching || settled !== options;
  return (
    <div className={css.preview} aria-busy={busy}>
      {query.isError ? (
        query.data === undefined ? (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        ) : (
          <p role="alert" className={css.wrong}>
            {query.error.message}
          </p>
        )
      ) : null}
      {data === undefined ? (
        query.isPending && <Skeleton height={320} />
      ) : (
        <Found
          data={data}
          onOptions={onChange}
          columns={columns}
          onRole={(place, role) => {
            const name = columns[place]?.name ?? "";
            setUnread(new Set([...unread].filter((one) => one !== name).concat(role ? [] : name)));
            onChange(withRole(options, columns, place, role));
          }}
        />
      )}
      <details className={css.form} open>
        <summary>
          Options: <span>{inWords(options) || "all detected"}</span>
        </summary>
        <ReadOptionsForm options={options} onChange={change} />
      </details>
    </div>
  );
}

function Found(props: {
  data: DryRun;
  columns: Column[];
  onOptions: (options: ReadOptions) => void;
  onRole: Parameters<typeof RecordGrid>[0]["onRole"];
}) {
  const { data } = props;
  return (
    <>
      <p className={css.summary} role="status">
        {summaryOf(data)}
      </p>
      {data.error !== null && (
        <Note kind={data.suggestions.length > 0 ? "amber" : "red"} icon={<CircleAlert size={18} />}>
          {data.error}
        </Note>
      )}
      {data.suggestions.length > 0 && (
        <ul className={css.suggestions} aria-label="Suggestions">
          {data.suggestions.map((suggestion) => (
            <li key={suggestion.command}>
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => props.onOptions(asTexts(suggestion.options))}
              >
                Read it like this
              </Button>
              <span>
                {suggestion.message}
                {suggestion.readings[0] && (
                  <small>
                    {" "}
                    First reading: {suggestion.readings[0].sensor_id},{" "}
                    {moment(suggestion.readings[0].timestamp)} UTC, {suggestion.readings[0].value}
                  </small>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
      {data.notices.map((notice) => (
        <Note key={notice.code} kind="amber" icon={<TriangleAlert size={18} />}>
          {notice.message}
          {notice.suggestion != null && `; ${notice.suggestion}`}
        </Note>
      ))}
      {data.preview && data.preview.records.length > 0 && (
        <div className={css.grids}>
          <section>
            <h3>First records</h3>
            <RecordGrid
              records={data.preview.records}
              columns={props.columns}
              onRole={props.onRole}
            />
          </section>
          <section>
            <h3>Readings</h3>
            <ReadingGrid preview={data.preview} />
          </section>
        </div>
      )}
    </>
  );
}

function summaryOf(data: DryRun): string {
  const { dialect } = data;
  const invalid = data.invalid_count ?? 0;
  const valid = data.aggregations?.row_count ?? 0;
  if (dialect === null || !dialect.settled) return "It is not clear how to read this file.";
  const faults = Object.entries(data.codes)
    .sort(([, n], [, m]) => m - n)
    .slice(0, 3)
    .map(([code, n]) => `${codeWords(code)} ${count(n)}`);
  return [
    `Layout ${dialect.layout.value}`,
    `times ${dialect.timestamp_format.value.join(", ")} in ${dialect.timezone.value}`,
    `in the head of the file ${plural(valid, "reading")}`,
    `${plural(invalid, "invalid row")}${faults.length > 0 ? ` (${faults.join(", ")})` : ""}`,
  ].join("; ");
}
