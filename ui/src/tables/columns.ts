/** What all tables of the page share. */

import { createColumnHelper, tableFeatures, type ColumnDef } from "@tanstack/react-table";

export interface Meta {
  /** Numbers are aligned right. */
  numeric?: boolean;
  /** The name under which the API sorts by this column. */
  sort?: string;
  /** Width as CSS has it, for tables whose columns do not follow their content. */
  width?: string;
  /** As narrow as its content. */
  narrow?: boolean;
  /** Hidden on narrow screens. */
  wideOnly?: boolean;
}

// For its type alone.
const META: Meta = {};
export const features = tableFeatures({ columnMeta: META });
export type Features = typeof features;

export function columnsOf<Item extends object>() {
  return createColumnHelper<Features, Item>();
}

// The values of columns have types of their own, which a list of columns cannot name.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Columns<Item extends object> = ColumnDef<Features, Item, any>[];

/** `-name` if it was `name`, `name` otherwise; numbers begin with the largest. */
export function nextSort(now: string, column: string, numeric: boolean): string {
  if (now === column) return `-${column}`;
  if (now === `-${column}`) return column;
  return numeric ? `-${column}` : column;
}
