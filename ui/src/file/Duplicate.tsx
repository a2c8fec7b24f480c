import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Copy } from "lucide-react";
import { Link } from "wouter";
import { fileHref } from "~/addresses";
import type { FileDocument } from "~/api/documents";
import { Problem } from "~/api/problems";
import { fileQuery, replay } from "~/api/queries";
import { Note } from "~/states/Message";
import { canReprocess } from "./Removed";
import css from "./file.module.css";

/** That a file has the bytes of an earlier one and does not count, and how to let it count. */
export function Duplicate({ file, original }: { file: FileDocument; original: string }) {
  const client = useQueryClient();
  const first = useQuery(fileQuery(original));
  const isDeleted = first.error instanceof Problem && first.error.status === 404;
  const run = useMutation({ mutationFn: () => replay(client, file.file_id, {}) });
  return (
    <Note kind={isDeleted ? "amber" : "blue"} icon={<Copy size={18} />}>
      {isDeleted ? (
        <>
          This file is a duplicate of a file that was deleted, so its rows count nowhere. Process it
          if they should count.
        </>
      ) : (
        <>
          This file has the same bytes as{" "}
          <Link href={fileHref(original)}>{first.data?.filename ?? "an earlier file"}</Link> and
          would be read in the same way. Its rows count there, and not a second time.
        </>
      )}
      <p className={css.duplicate}>
        <Button
          size="xs"
          variant="default"
          loading={run.isPending}
          disabled={!canReprocess(file)}
          onClick={() => run.mutate()}
        >
          Process anyway
        </Button>
      </p>
      {run.error && (
        <p role="alert" className={css.actionError}>
          {run.error.message}
        </p>
      )}
    </Note>
  );
}
