/** Roles of columns, as options that set them. Pure. */

import type { ReadOptions } from "~/options/readOptions";

export const ROLES = ["sensor", "timestamp", "value", "quality", "zone"] as const;
export type Role = (typeof ROLES)[number];

export interface Column {
  name: string;
  role: Role | null;
}

const OPTIONS = {
  sensor: "sensor_column",
  timestamp: "timestamp_column",
  value: "value_column",
  quality: "quality_column",
} as const;

/**
 * `columns` with the roles that `options` give them, which may be newer than what was detected.
 *
 * @param unread names of columns that shall not be read, if no option gives them a role
 */
export function columnsWith(
  columns: readonly Column[],
  options: ReadOptions,
  unread: ReadonlySet<string>,
): Column[] {
  const chosen = new Map<string, Role>();
  const settled = new Set<Role>();
  for (const [role, option] of Object.entries(OPTIONS) as [Role, string][]) {
    const names = (options[option] ?? "").split("\n").filter((name) => name !== "");
    if (names.length === 0 || names.includes("*")) continue;
    settled.add(role);
    for (const name of names) chosen.set(name, role);
  }
  return columns.map(({ name, role }) => ({
    name,
    role:
      chosen.get(name) ?? (role !== null && (settled.has(role) || unread.has(name)) ? null : role),
  }));
}

/** `options` with the role of one of `columns` changed; the roles of the others stay as they are. */
export function withRole(
  options: ReadOptions,
  columns: readonly Column[],
  place: number,
  role: Role | null,
): ReadOptions {
  const changed = columns.map((column, k) => (k === place ? { ...column, role } : column));
  const next: Record<string, string> = { ...options };
  for (const [name, option] of Object.entries(OPTIONS)) {
    const named = changed.filter((column) => column.role === name).map((column) => column.name);
    next[option] = named.join("\n");
  }
  return Object.fromEntries(Object.entries(next).filter(([, value]) => value !== ""));
}
