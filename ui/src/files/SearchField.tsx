import { TextInput } from "@mantine/core";
import { Search } from "lucide-react";
import { useEffect, useState } from "react";
import { useSlash } from "~/layout/useSlash";
import css from "./files.module.css";

/** Asks when the typing pauses. */
export function SearchField({ q, onSearch }: { q: string; onSearch: (text: string) => void }) {
  const [typed, setTyped] = useState(q);
  const [asked, setAsked] = useState(q);
  if (q !== asked) {
    // It changed elsewhere: by going back, or by "Show all files".
    setAsked(q);
    setTyped(q);
  }
  useEffect(() => {
    if (typed === asked) return;
    const timer = setTimeout(() => {
      setAsked(typed);
      onSearch(typed);
    }, 250);
    return () => clearTimeout(timer);
  });
  const field = useSlash();
  return (
    <TextInput
      ref={field}
      className={css.search}
      type="search"
      size="sm"
      aria-label="Search files by name or id"
      placeholder="Search by name or id"
      leftSection={<Search size={16} />}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  );
}
