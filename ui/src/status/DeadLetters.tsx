import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { fileHref } from "~/addresses";
import type { DeadLetter, DeadLetterCounts } from "~/api/schema";
import { bytes, codeWords, count } from "~/format";
import { Card } from "~/layout/Card";
import { Chips } from "~/layout/Chips";
import { Failure } from "~/states/Message";
import { Ago } from "~/states/time";
import { announce, deadLettersQuery } from "./queries";
import css from "./status.module.css";

/** Messages that could not be processed: why, and a button that announces one again. */
export function DeadLetters({ counts }: { counts: DeadLetterCounts | null }) {
  const [all, setAll] = useState(false);
  const query = useQuery(deadLettersQuery(all));
  const items = query.data?.items;
  return (
    <Card
      title="Dead letters"
      aside={
        <Chips
          label="Dead letters"
          value={all ? "all" : null}
          onChange={(value) => setAll(value === "all")}
          chips={[
            {
              value: null,
              label: "not announced again",
              count: counts && count(counts.not_announced),
            },
            { value: "all", label: "all", count: counts && count(counts.total) },
          ].map(({ count: n, ...chip }) => ({ ...chip, count: n ?? undefined }))}
        />
      }
    >
      <p className={css.hint}>
        Messages that could not be processed. Once the cause is fixed, announce them again.
      </p>
      {query.isError && items === undefined ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : items === undefined ? (
        <p className={css.none} aria-busy>
          Loading…
        </p>
      ) : items.length === 0 ? (
        <p className={css.none}>None.</p>
      ) : (
        <ul className={css.letters} aria-label="List of dead letters">
          {items.map((letter) => (
            <Letter key={letter.letter_id} letter={letter} />
          ))}
        </ul>
      )}
      {query.data?.next_cursor != null && (
        <p className={css.hint}>The last 100; SQL has all of them, in the view dead_letters.</p>
      )}
    </Card>
  );
}

function Letter({ letter }: { letter: DeadLetter }) {
  const client = useQueryClient();
  const announcing = useMutation({ mutationFn: () => announce(client, letter.letter_id) });
  const replays = letter.action === "replay";
  const [reason, ...trace] = letter.reason.split("\n");
  return (
    <li className={css.letter}>
      <div className={css.letterHead}>
        <strong>{codeWords(letter.code)}</strong>
        <span className={css.detail}>
          {letter.topic}
          {letter.key !== null && letter.key !== "" && <> · {letter.key}</>} ·{" "}
          {bytes(letter.size_bytes)} · <Ago at={letter.received_at} />
        </span>
      </div>
      <p className={css.why}>{reason}</p>
      <details>
        <summary>Message</summary>
        <pre tabIndex={0} aria-label={`Message ${letter.letter_id}`}>
          {trace.length > 0 && `${trace.join("\n")}\n\n`}
          {letter.preview || "(no bytes)"}
        </pre>
      </details>
      <div className={css.actions}>
        {letter.announced_at !== null && (
          <span className={css.detail}>
            Announced again <Ago at={letter.announced_at} />
          </span>
        )}
        {replays && letter.key !== null && (
          <Link href={fileHref(letter.key)} className={css.link}>
            To the file
          </Link>
        )}
        <Button
          variant="default"
          size="xs"
          leftSection={<Send size={14} />}
          loading={announcing.isPending}
          onClick={() => announcing.mutate()}
          aria-label={`${replays ? "Process the file again" : "Announce again"}: ${letter.letter_id}`}
        >
          {replays ? "Process the file again" : "Announce again"}
        </Button>
      </div>
      {announcing.isError && (
        <p className={css.reason} role="alert">
          {announcing.error.message}
        </p>
      )}
    </li>
  );
}
