import { Button, TextInput } from "@mantine/core";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { CircleCheck, Download, Replace } from "lucide-react";
import { useDeferredValue, useMemo, useState, type ReactNode } from "react";
import type { FileDocument, ListedInvalidRow } from "~/api/documents";
import { downloadRejects } from "~/api/downloads";
import { invalidRowsQuery } from "~/api/queries";
import { byCount } from "~/file/codes";
import css from "~/file/file.module.css";
import { codeWords, count, plural } from "~/format";
import { Card } from "~/layout/Card";
import { Chips } from "~/layout/Chips";
import { Failure, Message } from "~/states/Message";
import type { Columns } from "~/tables/columns";
import { DataTable } from "~/tables/DataTable";
import { BulkChange } from "./BulkChange";
import own from "./invalid.module.css";

/** Invalid rows of a file or of the members of a container, by code and text, page after page. */
export function RowsCard(props: {
  file: FileDocument;
  caption: string;
  /** What is said if every row is valid. */
  none: string;
  columns: Columns<ListedInvalidRow>;
  idOf: (row: ListedInvalidRow) => string;
  /** Rows are asked for again if it changes. */
  state: string;
  code: string | null;
  onCode: (code: string | null) => void;
  corrected?: string | null;
  note?: ReactNode;
  /** Filters beside those by code and text. */
  filters?: ReactNode;
  /** A button at the end of the filters. */
  undo?: ReactNode;
  /** Between the filters and the rows. */
  children?: ReactNode;
}) {
  const { file, code } = props;
  const [text, setText] = useState("");
  const [changing, setChanging] = useState(false);
  const asked = { code, text: useDeferredValue(text), corrected: props.corrected ?? null };
  const query = useInfiniteQuery(invalidRowsQuery(file.file_id, props.state, asked));
  const { data, hasNextPage, isFetchingNextPage } = query;
  const items = useMemo(() => data?.pages.flatMap((page) => page.items), [data]);
  const rejects = useMutation({ mutationFn: () => downloadRejects(file.file_id, file.filename) });
  if (!file.invalid_count) {
    return (
      <Card title="Invalid rows">
        <Message icon={<CircleCheck size={32} />} title="Every row is valid">
          {props.none}
        </Message>
      </Card>
    );
  }
  return (
    <Card
      bare
      title={plural(file.invalid_count, "invalid row")}
      aside={
        <div className={own.bar}>
          <Button
            variant="default"
            size="xs"
            leftSection={<Replace size={14} />}
            onClick={() => setChanging(true)}
          >
            Change many…
          </Button>
          <Button
            variant="default"
            size="xs"
            leftSection={<Download size={14} />}
            loading={rejects.isPending}
            onClick={() => rejects.mutate()}
          >
            All of them as CSV
          </Button>
        </div>
      }
    >
      {rejects.error && (
        <p role="alert" className={css.actionError}>
          {rejects.error.message}
        </p>
      )}
      {props.note && (
        <p role="note" className={css.limit}>
          {props.note}
        </p>
      )}
      <div className={own.filters}>
        <Chips
          label="Error codes"
          value={code}
          onChange={props.onCode}
          chips={[
            { value: null, label: "all", count: count(file.invalid_count) },
            ...byCount(file.codes).map(([name, n]) => ({
              value: name,
              label: codeWords(name),
              count: count(n),
            })),
          ]}
        />
        {props.filters}
        <TextInput
          className={own.search}
          type="search"
          size="xs"
          aria-label="Search in the text of rows"
          placeholder="Search in the text"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {props.undo}
      </div>
      {props.children}
      {changing && (
        <BulkChange file={file} code={code} text={text} onClose={() => setChanging(false)} />
      )}
      {query.isError && items === undefined ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <>
          <DataTable
            caption={props.caption}
            columns={props.columns}
            items={items}
            idOf={props.idOf}
            stale={query.isPlaceholderData}
          />
          {items?.length === 0 && <p className={css.none}>No row fits.</p>}
        </>
      )}
      {hasNextPage && (
        <div className={css.more}>
          <Button
            variant="default"
            size="xs"
            loading={isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            Show more
          </Button>
        </div>
      )}
    </Card>
  );
}
