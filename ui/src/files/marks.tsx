import { Checkbox } from "@mantine/core";
import { createContext, use } from "react";
import type { FileItem } from "~/api/documents";

export interface Marked {
  ids: ReadonlySet<string>;
  toggle: (fileId: string) => void;
}

// By context, so that a mark does not change the columns, which would remount their cells.
export const MarkedContext = createContext<Marked>({ ids: new Set(), toggle: () => undefined });

export function Mark({ file }: { file: FileItem }) {
  const { ids, toggle } = use(MarkedContext);
  return (
    <Checkbox
      size="xs"
      aria-label={`Select ${file.filename}`}
      checked={ids.has(file.file_id)}
      onChange={() => toggle(file.file_id)}
    />
  );
}
