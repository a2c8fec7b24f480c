/** Codes of invalid rows with their counts, the most frequent first. */
export function byCount(codes: Record<string, number>): [string, number][] {
  return Object.entries(codes).sort(([a, n], [b, m]) => m - n || a.localeCompare(b));
}
