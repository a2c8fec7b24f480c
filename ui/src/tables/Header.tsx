import type { Header as TableHeader } from "@tanstack/react-table";
import { ArrowDown, ArrowUp } from "lucide-react";
import type { ReactNode } from "react";
import { nextSort, type Features, type Meta } from "./columns";
import css from "./tables.module.css";

/** A column's head; a button if the column is sortable. */
export function Header<Item extends object>(props: {
  header: TableHeader<Features, Item>;
  label: ReactNode;
  sort: string | undefined;
  onSort: ((sort: string) => void) | undefined;
}) {
  const { header, label, sort, onSort } = props;
  const meta = header.column.columnDef.meta ?? {};
  const by = meta.sort;
  const direction = by === undefined ? 0 : sort === by ? 1 : sort === `-${by}` ? -1 : 0;
  return (
    <th
      scope="col"
      className={cellClass(meta)}
      aria-sort={direction === 0 ? undefined : direction === 1 ? "ascending" : "descending"}
    >
      {by !== undefined && onSort ? (
        <button
          type="button"
          className={css.sorter}
          onClick={() => onSort(nextSort(sort ?? "", by, meta.numeric === true))}
        >
          {label}
          {direction === 1 && <ArrowUp size={14} aria-hidden />}
          {direction === -1 && <ArrowDown size={14} aria-hidden />}
        </button>
      ) : (
        label
      )}
    </th>
  );
}

export function cellClass(meta: Meta | undefined): string {
  return [meta?.numeric && css.numeric, meta?.narrow && css.narrow, meta?.wideOnly && css.wideOnly]
    .filter(Boolean)
    .join(" ");
}
