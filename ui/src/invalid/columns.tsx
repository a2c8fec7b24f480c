import type { ListedInvalidRow } from "~/api/documents";
import css from "~/file/file.module.css";
import { count } from "~/format";
import { columnsOf } from "~/tables/columns";

/** Makes columns of invalid rows. */
export const of = columnsOf<ListedInvalidRow>();

/** The number of a row, and of its line. */
export const ROW = of.accessor("row", {
  header: "Row",
  meta: { numeric: true },
  cell: ({ row: { original: row } }) => (
    <span className={css.rowNumber}>
      {count(row.row)}
      <small>line {count(row.line)}</small>
    </span>
  ),
});
