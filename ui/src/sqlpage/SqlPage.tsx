import { Button, Textarea } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Download, Link2, Play, Square } from "lucide-react";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { useSearchParams } from "wouter";
import { sqlHref } from "~/addresses";
import { saveAs } from "~/api/save";
import type { QueryResult } from "~/api/schema";
import { Card } from "~/layout/Card";
import { Note } from "~/states/Message";
import { CopyButton } from "~/states/CopyButton";
import { EXAMPLES } from "./examples";
import { download, run, SECONDS, viewsQuery, type FileKind } from "./queries";
import { Result } from "./Result";
import { ViewList } from "./ViewList";
import css from "./sql.module.css";

interface Ran {
  query: string;
  result: QueryResult;
}

/**
 * Queries in SQL. The query is in the address once it has run; one that came with the address is shown
 * and not run, so that a link does nothing by itself.
 */
export default function SqlPage() {
  const [search, setSearch] = useSearchParams();
  const given = search.get("q");
  const [text, setText] = useState(given ?? EXAMPLES[0]?.sql ?? "");
  const [shared, setShared] = useState(given !== null);
  const views = useQuery(viewsQuery());
  const field = useRef<HTMLTextAreaElement>(null);
  const stop = useRef<AbortController>(null);
  useEffect(() => {
    document.title = "SQL · CSV Processor";
    // To leave the page cancels what runs.
    return () => stop.current?.abort();
  }, []);
  const begin = () => {
    stop.current?.abort();
    stop.current = new AbortController();
    return stop.current.signal;
  };
  const running = useMutation({
    mutationFn: async (query: string): Promise<Ran> => ({
      query,
      result: await run(query, begin()),
    }),
  });
  const saving = useMutation({
    mutationFn: async (kind: FileKind) =>
      saveAs(await download(text, kind, begin()), `query.${kind}`),
  });
  const start = () => {
    if (text.trim() === "" || running.isPending) return;
    setShared(false);
    setSearch({ q: text }, { replace: true });
    saving.reset();
    running.mutate(text);
  };
  const insert = (name: string) => {
    const { selectionStart: from = text.length, selectionEnd: to = text.length } =
      field.current ?? {};
    setText(text.slice(0, from) + name + text.slice(to));
    field.current?.focus();
  };
  const busy = running.isPending || saving.isPending;
  const failure = [running.error, saving.error].find(
    (error) => error !== null && error.name !== "AbortError",
  );
  return (
    <>
      <div>
        <h1>SQL</h1>
        <p className={css.hint}>
          One SELECT on the views, in ClickHouse’s SQL. It reads and changes nothing, and is
          cancelled after {SECONDS} seconds.
        </p>
      </div>
      <div className={css.columns}>
        <div className={css.column}>
          <Card
            title="Query"
            aside={
              <label className={css.examples}>
                <span>Examples</span>
                <select
                  value=""
                  onChange={(event) => {
                    const chosen = EXAMPLES.find(({ name }) => name === event.currentTarget.value);
                    if (chosen) setText(chosen.sql);
                  }}
                >
                  <option value="">Choose…</option>
                  {EXAMPLES.map(({ name }) => (
                    <option key={name}>{name}</option>
                  ))}
                </select>
              </label>
            }
          >
            {shared && (
              <Note kind="blue" icon={<Link2 size={16} />}>
                This query came with the address. Read it, then run it.
              </Note>
            )}
            <Textarea
              ref={field}
              aria-label="Query in SQL"
              classNames={{ input: css.editor }}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              onKeyDown={(event: KeyboardEvent) => {
                if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
                  event.preventDefault();
                  start();
                }
              }}
              rows={Math.min(Math.max(text.split("\n").length, 7), 20)}
              spellCheck={false}
              autoComplete="off"
            />
            <div className={css.buttons}>
              {busy ? (
                <Button
                  variant="default"
                  leftSection={<Square size={14} />}
                  onClick={() => stop.current?.abort()}
                >
                  Cancel
                </Button>
              ) : (
                <Button leftSection={<Play size={14} />} onClick={start} title="Ctrl+Enter">
                  Run
                </Button>
              )}
              <span className={css.keys}>Ctrl+Enter runs it</span>
              <span className={css.space} />
              {(["csv", "parquet"] as const).map((kind) => (
                <Button
                  key={kind}
                  variant="default"
                  disabled={busy}
                  leftSection={<Download size={14} />}
                  onClick={() => saving.mutate(kind)}
                >
                  {kind === "csv" ? "CSV" : "Parquet"}
                </Button>
              ))}
              <CopyButton label="Copy link" text={linkTo(text)} />
            </div>
          </Card>
          {failure && (
            <div role="alert" className={css.failure}>
              {failure.message}
            </div>
          )}
          <div aria-live="polite">
            {running.isPending && <p className={css.hint}>Running…</p>}
            {running.error?.name === "AbortError" && <p className={css.hint}>Cancelled.</p>}
            {running.isSuccess && <Result key={running.submittedAt} result={running.data.result} />}
          </div>
        </div>
        <ViewList query={views} onPick={insert} />
      </div>
    </>
  );
}

function linkTo(query: string): string {
  return new URL(sqlHref(query), location.href).href;
}
