import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { FileDocument } from "~/api/documents";
import { Card } from "~/layout/Card";
import { headOfStored } from "~/preview/head";
import { ReprocessDialog } from "./ReprocessDialog";
import { canReprocess } from "./Removed";
import css from "./file.module.css";

const LINES = 12;
const CHARACTERS = 200;

/** The beginning of a file of which nothing was read, and the dialog that says how to read it. */
export function FirstLines({ file }: { file: FileDocument }) {
  const [isOpen, setIsOpen] = useState(false);
  const lines = useQuery({
    enabled: canReprocess(file),
    queryKey: ["file", file.file_id, "first-lines"],
    queryFn: async ({ signal }) => textLines(await headOfStored(file.file_id, signal)),
    staleTime: Infinity,
  });
  // Bytes that are no text say nothing to a person.
  if (!lines.data || lines.data.length === 0) return null;
  return (
    <Card title="First lines">
      <pre className={css.firstLines} tabIndex={0} aria-label="First lines of the file">
        {lines.data.join("\n")}
      </pre>
      <Button size="compact-sm" variant="default" onClick={() => setIsOpen(true)}>
        Choose how to read it…
      </Button>
      {isOpen && <ReprocessDialog file={file} onClose={() => setIsOpen(false)} />}
    </Card>
  );
}

async function textLines(head: Blob): Promise<string[]> {
  const text = new TextDecoder().decode(await head.arrayBuffer());
  if (text.includes("\0")) return [];
  return text
    .split(/\r\n|\n|\r/)
    .slice(0, LINES)
    .map((line) => (line.length > CHARACTERS ? `${line.slice(0, CHARACTERS)} …` : line));
}
