import { Button } from "@mantine/core";
import { useState } from "react";
import type { FileDocument } from "~/api/documents";
import { ReprocessDialog } from "./ReprocessDialog";
import { canReprocess } from "./Removed";
import css from "./file.module.css";

const EXCEEDED = "max_invalid_exceeded:";
const NO_LIMIT = { max_invalid: "none" };

/** Whether a file has more invalid rows than its profile allows. */
export function isOverLimit(file: FileDocument): boolean {
  return file.error?.startsWith(EXCEEDED) === true;
}

/** For a file with more invalid rows than its profile allows: what is withheld, a click away. */
export function LiftLimit({ file }: { file: FileDocument }) {
  const [isOpen, setIsOpen] = useState(false);
  if (!isOverLimit(file)) return null;
  return (
    <p className={css.duplicate}>
      <Button
        size="xs"
        variant="default"
        disabled={!canReprocess(file)}
        onClick={() => setIsOpen(true)}
      >
        Read it without the limit…
      </Button>
      {isOpen && <ReprocessDialog file={file} fix={NO_LIMIT} onClose={() => setIsOpen(false)} />}
    </p>
  );
}
