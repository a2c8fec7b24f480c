import { ActionIcon } from "@mantine/core";
import { Search } from "lucide-react";
import { Suspense, useCallback, useEffect, useState } from "react";
import { part } from "~/states/parts";

const Finder = part(() => import("./Finder"));

/** A button and a key, Ctrl-K, that open the finder. */
export function FinderKey() {
  const [open, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      // It does not open over another dialog.
      if (document.querySelector("[role=dialog]") !== null) return;
      event.preventDefault();
      setOpen(true);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label="Find pages, sensors and files"
        aria-keyshortcuts="Control+K"
        title="Find (Ctrl+K)"
        onClick={() => setOpen(true)}
      >
        <Search size={18} />
      </ActionIcon>
      {open && (
        <Suspense fallback={null}>
          <Finder onClose={close} />
        </Suspense>
      )}
    </>
  );
}
