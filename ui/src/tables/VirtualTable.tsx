import { useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, type CSSProperties } from "react";
import { cellClass, Header } from "./Header";
import { features, type Columns } from "./columns";
import css from "./tables.module.css";

const ROW_HEIGHT = 40;
// Of a column that takes the room that is left.
const NAME_WIDTH = 150;

/**
 * A table of any number of rows, of which only those in sight exist in the page.
 *
 * `total` rows can be scrolled over from the start; those that are not there yet are asked for by
 * `more` when they come into sight, and shown as lines until they are there.
 */
export function VirtualTable<Item extends object>(props: {
  caption: string;
  columns: Columns<Item>;
  items: Item[];
  idOf: (item: Item) => string;
  total: number;
  more: (() => void) | undefined;
  sort: string;
  onSort: (sort: string) => void;
  stale?: boolean;
}) {
  const { columns, items, idOf, total, more } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const inSight = virtualizer.getVirtualItems();
  const last = inSight.at(-1)?.index ?? 0;
  const wanting = last >= items.length - 1 && items.length < total;
  useEffect(() => {
    if (wanting) more?.();
  }, [wanting, more, items.length]);
  const { sort } = props;
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [sort]);
  // The table model has the visible rows only: one of all rows would be rebuilt with every page.
  const first = inSight[0]?.index ?? 0;
  const data = useMemo(() => items.slice(first, last + 1), [items, first, last]);
  const table = useTable({ features, columns, data, getRowId: idOf });
  const rows = table.getRowModel().rows;
  const before = inSight[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (inSight.at(-1)?.end ?? 0);
  return (
    <div
      ref={scroller}
      className={`${css.scroller ?? ""} ${css.tall ?? ""}`}
      role="region"
      aria-label={props.caption}
      tabIndex={0}
      data-testid="virtual-scroller"
    >
      <table
        className={`${css.table ?? ""} ${css.fixed ?? ""}`}
        aria-rowcount={total + 1}
        aria-busy={props.stale === true || inSight.some(({ index }) => !rows[index - first])}
        style={narrowWidth(columns)}
      >
        <caption className="hidden">{props.caption}</caption>
        <colgroup>
          {columns.map((column, k) => (
            <col key={k} className={cellClass(column.meta)} style={{ width: column.meta?.width }} />
          ))}
        </colgroup>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} aria-rowindex={1}>
              {group.headers.map((header) => (
                <Header
                  key={header.id}
                  header={header}
                  label={<table.FlexRender header={header} />}
                  sort={sort}
                  onSort={props.onSort}
                />
              ))}
            </tr>
          ))}
        </thead>
        <tbody className={props.stale ? css.stale : undefined}>
          {before > 0 && <Gap height={before} />}
          {inSight.map(({ index }) => {
            const row = rows[index - first];
            return row === undefined ? (
              <tr key={index} aria-rowindex={index + 2} className={css.line}>
                <td>
                  <span className={css.coming} />
                </td>
              </tr>
            ) : (
              <tr key={row.id} aria-rowindex={index + 2} className={css.line}>
                {row.getAllCells().map((cell) => (
                  <td key={cell.id} className={cellClass(cell.column.columnDef.meta)}>
                    <table.FlexRender cell={cell} />
                  </td>
                ))}
              </tr>
            );
          })}
          {after > 0 && <Gap height={after} />}
        </tbody>
      </table>
    </div>
  );
}

/** How wide a table is at least where only its most important columns are shown. */
function narrowWidth<Item extends object>(columns: Columns<Item>): CSSProperties {
  const widths = columns
    .filter((column) => column.meta?.wideOnly !== true)
    .map((column) => Number.parseInt(column.meta?.width ?? "", 10) || NAME_WIDTH);
  return { "--narrow": `${widths.reduce((sum, width) => sum + width, 0)}px` } as CSSProperties;
}

/**
 * Room of the rows that are out of sight. One cell: one of all columns would give room to those that
 * are hidden on narrow screens.
 */
function Gap({ height }: { height: number }) {
  return (
    <tr aria-hidden className={css.gap}>
      <td style={{ height }} />
    </tr>
  );
}
