import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Stats } from "~/api/documents";
import { statsQuery } from "~/api/queries";
import { bytes, count } from "~/format";
import { Figures } from "~/layout/Figures";
import { ChooseFiles } from "~/uploads/ChooseFiles";
import { ChooseOptions } from "~/uploads/ChooseOptions";
import { UploadList } from "~/uploads/UploadList";
import css from "./files.module.css";
import { FilesList } from "./FilesList";

export function FilesPage() {
  useEffect(() => {
    document.title = "Files · CSV Processor";
  }, []);
  const stats = useQuery(statsQuery());
  return (
    <>
      <div className={css.top}>
        <div>
          <h1>Files</h1>
          <p className={css.hint}>Drop CSV files anywhere on this page to send them.</p>
        </div>
        <ChooseFiles />
      </div>
      <ChooseOptions />
      <UploadList />
      <Figures figures={figuresOf(stats.data)} />
      <FilesList all={stats.data?.listed} />
    </>
  );
}

function figuresOf(stats: Stats | undefined) {
  return [
    { label: "Files", value: count(stats?.listed.files) },
    { label: "Valid rows", value: count(stats?.row_count) },
    {
      label: "Invalid rows",
      value: count(stats?.invalid_count),
      alarming: (stats?.invalid_count ?? 0) > 0,
    },
    {
      label: "Sensors",
      value: count(stats?.sensor_count),
    },
    { label: "Size", value: stats === undefined ? "–" : bytes(stats.size_bytes) },
  ];
}
