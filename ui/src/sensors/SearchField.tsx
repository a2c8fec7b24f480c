import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useSlash } from "~/layout/useSlash";
import css from "./sensors.module.css";

/** Asks when the typing pauses. */
export function SearchField(props: { label: string; q: string; onSearch: (text: string) => void }) {
  const { label, q, onSearch } = props;
  const [typed, setTyped] = useState(q);
  const [asked] = useDebouncedValue(typed, 250);
  const known = useRef(q);
  const field = useSlash();
  useEffect(() => {
    if (q === known.current) return;
    // It changed elsewhere: by a link, or by "Show all sensors".
    known.current = q;
    setTyped(q);
  }, [q]);
  useEffect(() => {
    if (asked === known.current) return;
    known.current = asked;
    onSearch(asked);
    // Only when the typing pauses.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [asked]);
  return (
    <TextInput
      ref={field}
      className={css.search}
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<Search size={16} />}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
    />
  );
}
