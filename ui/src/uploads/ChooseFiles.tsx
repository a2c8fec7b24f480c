import { Button } from "@mantine/core";
import { Upload } from "lucide-react";
import { useRef } from "react";
import { useUploads } from "./context";

/** The way to send files without dragging. */
export function ChooseFiles({ label = "Choose files" }: { label?: string }) {
  const uploads = useUploads();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button leftSection={<Upload size={16} />} onClick={() => input.current?.click()}>
        {label}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={label}
        data-testid="choose-files"
        onChange={(event) => {
          uploads.add(event.currentTarget.files ?? []);
          event.currentTarget.value = ""; // so that the same file can be chosen again
        }}
      />
    </>
  );
}
