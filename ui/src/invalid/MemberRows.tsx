import { useState } from "react";
import { Link } from "wouter";
import { fileHref } from "~/addresses";
import type { FileDocument } from "~/api/documents";
import css from "~/file/file.module.css";
import { codeWords } from "~/format";
import { of, ROW } from "./columns";
import { RawText } from "./RawText";
import { RowsCard } from "./RowsCard";
import own from "./invalid.module.css";

const COLUMNS = of.columns([
  of.accessor("member", {
    header: "Member",
    cell: ({ row: { original: row } }) => (
      <div className={own.member}>
        <Link href={`${fileHref(row.file_id)}?tab=invalid`} className={css.member}>
          {row.member}
        </Link>
      </div>
    ),
  }),
  ROW,
  of.accessor("raw", {
    header: "Text and error",
    cell: ({ row: { original: row } }) => (
      <div className={css.invalid}>
        <RawText row={row} />
        <p>
          <span className={css.code}>{codeWords(row.code)}</span> {row.error}
        </p>
        {row.correction !== null && (
          <p className={own.corrected}>
            {row.correction.status === "waiting"
              ? "Corrected, and being processed: "
              : "Corrected: "}
            <Link href={fileHref(row.correction.file_id)}>the corrected row</Link>
          </p>
        )}
      </div>
    ),
  }),
]);

/** Invalid rows of all members of a container, in its order. */
export function MemberRows({ file }: { file: FileDocument }) {
  const [code, setCode] = useState<string | null>(null);
  return (
    <RowsCard
      file={file}
      caption="Invalid rows of the members"
      none="No member has invalid rows."
      columns={COLUMNS}
      idOf={(row) => `${row.file_id} ${row.row} ${row.cell}`}
      // Rows change with the members, which the container's document follows.
      state={`${file.generation} ${file.invalid_count} ${JSON.stringify(file.members)}`}
      code={code}
      onCode={setCode}
      note="A row is edited on the page of its member."
    />
  );
}
