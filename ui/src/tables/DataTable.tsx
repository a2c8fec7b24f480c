import { useTable } from "@tanstack/react-table";
import { Skeleton } from "@mantine/core";
import { cellClass, Header } from "./Header";
import { features, type Columns } from "./columns";
import css from "./tables.module.css";

/** A table of one page of items. */
export function DataTable<Item extends object>(props: {
  caption: string;
  columns: Columns<Item>;
  items: Item[] | undefined;
  idOf: (item: Item) => string;
  sort?: string;
  onSort?: (sort: string) => void;
  /** What is shown belongs to what was asked before. */
  stale?: boolean;
  /** Scrolls within itself if it is long. */
  tall?: boolean;
}) {
  const { columns, items, idOf } = props;
  const table = useTable({ features, columns, data: items ?? (NONE as Item[]), getRowId: idOf });
  return (
    <div
      className={`${css.scroller ?? ""} ${props.tall ? (css.tall ?? "") : ""}`}
      role="region"
      aria-label={props.caption}
      tabIndex={0}
    >
      <table className={css.table} aria-busy={items === undefined || props.stale === true}>
        <caption className="hidden">{props.caption}</caption>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => (
                <Header
                  key={header.id}
                  header={header}
                  label={<table.FlexRender header={header} />}
                  sort={props.sort}
                  onSort={props.onSort}
                />
              ))}
            </tr>
          ))}
        </thead>
        <tbody className={props.stale ? css.stale : undefined}>
          {items === undefined
            ? Array.from({ length: 8 }, (_, k) => (
                <tr key={k}>
                  {columns.map((column, c) => (
                    <td key={c} className={cellClass(column.meta)}>
                      <Skeleton height={12} my={6} radius="sm" />
                    </td>
                  ))}
                </tr>
              ))
            : table.getRowModel().rows.map((row) => (
                <tr key={row.id}>
                  {row.getAllCells().map((cell) => (
                    <td key={cell.id} className={cellClass(cell.column.columnDef.meta)}>
                      <table.FlexRender cell={cell} />
                    </td>
                  ))}
                </tr>
              ))}
        </tbody>
      </table>
    </div>
  );
}

const NONE: object[] = [];
