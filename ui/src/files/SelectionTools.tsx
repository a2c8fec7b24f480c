import { Button } from "@mantine/core";
import { RefreshCw } from "lucide-react";
import { plural } from "~/format";
import css from "./files.module.css";

interface Props {
  /** How many files are selected; 0 stands for all that fit the filter. */
  selected: number;
  onClear: () => void;
  onReprocess: () => void;
}

/** What can be done with the selected files, or with all that fit. */
export function SelectionTools({ selected, onClear, onReprocess }: Props) {
  const reprocess = <RefreshCw size={14} />;
  return (
    <div className={css.selected}>
      {selected > 0 ? (
        <>
          <span role="status">{plural(selected, "file")} selected</span>
          <Button variant="default" size="xs" onClick={onClear}>
            Clear
          </Button>
          <Button size="xs" leftSection={reprocess} onClick={onReprocess}>
            Reprocess…
          </Button>
        </>
      ) : (
        <Button variant="default" size="xs" leftSection={reprocess} onClick={onReprocess}>
          Reprocess all of these…
        </Button>
      )}
    </div>
  );
}
