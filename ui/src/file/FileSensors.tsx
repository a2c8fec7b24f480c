import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import type { FileDocument, SensorResult } from "~/api/documents";
import { fileSensorsQuery } from "~/api/queries";
import { count } from "~/format";
import { Card } from "~/layout/Card";
import { sensorColumns } from "~/sensors/columns";
import { Failure, Message } from "~/states/Message";
import type { Columns } from "~/tables/columns";
import { VirtualTable } from "~/tables/VirtualTable";
import css from "./file.module.css";

const COLUMNS: Columns<SensorResult> = sensorColumns<SensorResult>();

/** All sensors of a file, however many there are. */
export function FileSensors({ file }: { file: FileDocument }) {
  const [sort, setSort] = useState("sensor_id");
  const [typed, setTyped] = useState("");
  const [q] = useDebouncedValue(typed, 250);
  const query = useInfiniteQuery(fileSensorsQuery(file.file_id, file.generation, sort, q));
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  // How many fit a search is known only at its end.
  const total =
    q === ""
      ? Math.max(file.sensor_count ?? 0, items.length)
      : items.length + (hasNextPage ? 1 : 0);
  return (
    <Card
      bare
      title={`${count(file.sensor_count)} sensors`}
      aside={
        <TextInput
          className={css.search}
          size="sm"
          type="search"
          aria-label="Search sensors"
          placeholder="Search sensors"
          leftSection={<Search size={16} />}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      }
    >
      {query.isError && items.length === 0 ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : !query.isPending && items.length === 0 ? (
        <Message title={q === "" ? "No sensors" : "No sensor fits"}>
          {q === ""
            ? "No row of this file is valid, so there is nothing to sum up per sensor."
            : `No sensor of this file has “${q}” in its name.`}
        </Message>
      ) : (
        <VirtualTable
          caption="Sensors of this file"
          columns={COLUMNS}
          items={items}
          idOf={(sensor) => sensor.sensor_id}
          total={total}
          more={more}
          sort={sort}
          onSort={setSort}
          stale={query.isPlaceholderData}
        />
      )}
    </Card>
  );
}
