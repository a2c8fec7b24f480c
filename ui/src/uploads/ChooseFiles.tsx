import { Button } from "@mantine/core";
import { Upload } from "lucide-react";
import { useRef } from "react";
import { useIntake } from "./context";

/** The way to send files without dragging. */
export function ChooseFiles({ label = "Choose files" }: { label?: string }) {
  const intake = useIntake();
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
          void intake.take([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = ""; // so that the same file can be chosen again
        }}
      />
    </>
  );
}
