import { Button } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { useState } from "react";
import type { FileDocument, ListedInvalidRow } from "~/api/documents";
import { firstInvalidQuery } from "~/api/queries";
import { BarList } from "~/charts/BarList";
import { codeWords, count } from "~/format";
import { Card } from "~/layout/Card";
import { byCount } from "./codes";
import { fixOf, type Fix } from "./fixes";
import { RawText } from "~/invalid/RawText";
import { ReprocessDialog } from "./ReprocessDialog";
import { canReprocess } from "./Removed";
import css from "./file.module.css";

// More kinds of faults than these are in few files; all are counted.
const EXAMPLES = 8;

/** Each kind of fault of a file: how often, the first row with it, and what may fix it. */
export function Faults({ file, onCode }: { file: FileDocument; onCode: (code: string) => void }) {
  const [fix, setFix] = useState<Fix | null>(null);
  const codes = byCount(file.codes);
  const examples = useQueries({
    queries: codes
      .slice(0, EXAMPLES)
      .map(([code]) => firstInvalidQuery(file.file_id, file.generation, code)),
  });
  return (
    <Card title="Errors">
      <BarList
        label="Invalid rows by code"
        kind="red"
        bars={codes.map(([code, n]) => ({
          key: code,
          name: (
            <button type="button" className={css.link} onClick={() => onCode(code)}>
              {codeWords(code)}
            </button>
          ),
          value: n,
          shown: count(n),
        }))}
      />
      <ul
        className={css.examples}
        aria-label="First example of each error"
        aria-busy={examples.some((example) => example.isPending)}
      >
        {examples.flatMap(({ data }) => {
          const row = data?.items[0];
          return row === undefined
            ? []
            : [<Example key={row.code} row={row} file={file} onFix={setFix} />];
        })}
      </ul>
      {fix !== null && (
        <ReprocessDialog file={file} fix={fix.options} onClose={() => setFix(null)} />
      )}
    </Card>
  );
}

function Example(props: { row: ListedInvalidRow; file: FileDocument; onFix: (fix: Fix) => void }) {
  const { row, file } = props;
  const fix = fixOf(row, file);
  return (
    <li>
      <p>
        <span className={css.code}>{codeWords(row.code)}</span>
        row {count(row.row)}: {row.error}
      </p>
      <RawText row={row} dialect={file.dialect} />
      {fix !== null && (
        <Button
          size="compact-sm"
          variant="default"
          disabled={!canReprocess(file)}
          onClick={() => props.onFix(fix)}
        >
          {fix.label}
        </Button>
      )}
    </li>
  );
}
