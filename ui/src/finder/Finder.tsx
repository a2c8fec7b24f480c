import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useId, useState, type KeyboardEvent } from "react";
import { useLocation } from "wouter";
import { fileHref, FILES, PROFILES, sensorHref, SENSORS, SQL, STATUS } from "~/addresses";
import { someFilesQuery, someSensorsQuery } from "~/api/queries";
import { Dialog } from "~/layout/Dialog";
import css from "./finder.module.css";

interface Found {
  kind: "Page" | "Sensor" | "File";
  key: string;
  name: string;
  href: string;
}

const PAGES: Found[] = [
  ["Files", FILES],
  ["Sensors", SENSORS],
  ["Sources", `${SENSORS}?by=source`],
  ["Profiles", PROFILES],
  ["SQL", SQL],
  ["Status", STATUS],
].map(([name = "", href = ""]) => ({ kind: "Page", key: href, name, href }));
const EACH = 8;

/** Finds pages, sensors and files by a part of their name. */
export default function Finder({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const [q] = useDebouncedValue(typed.trim(), 150);
  const [at, setAt] = useState(0);
  const [, goTo] = useLocation();
  const list = useId();
  const sensors = useQuery({ ...someSensorsQuery(q), enabled: q !== "" });
  const files = useQuery({ ...someFilesQuery(q), enabled: q !== "" });
  const found: Found[] = [
    ...PAGES.filter(({ name }) => name.toLowerCase().includes(typed.trim().toLowerCase())),
    ...(q === "" ? [] : (sensors.data?.items ?? []))
      .slice(0, EACH)
      .map(({ sensor_id: id }): Found => ({
        kind: "Sensor",
        key: `sensor ${id}`,
        name: id,
        href: sensorHref(id),
      })),
    ...(q === "" ? [] : (files.data?.items ?? []))
      .slice(0, EACH)
      .map(({ file_id: id, filename }): Found => ({
        kind: "File",
        key: `file ${id}`,
        name: filename,
        href: fileHref(id),
      })),
  ];
  const chosen = Math.min(at, found.length - 1);
  const open = (item: Found | undefined) => {
    if (item === undefined) return;
    onClose();
    goTo(item.href);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(chosen + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(chosen - 1, 0));
    else if (event.key === "Enter") open(found[chosen]);
    else return;
    event.preventDefault();
  };
  const idOf = (k: number) => `${list}-${k.toString()}`;
  return (
    <Dialog title="Find" onClose={onClose}>
      <TextInput
        data-autofocus
        type="search"
        aria-label="Find pages, sensors and files"
        placeholder="A page, a sensor or a file"
        leftSection={<Search size={16} />}
        value={typed}
        role="combobox"
        aria-expanded
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={found.length > 0 ? idOf(chosen) : undefined}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={press}
      />
      <ul id={list} role="listbox" aria-label="Found" className={css.list}>
        {found.map((item, k) => (
          <li
            key={item.key}
            id={idOf(k)}
            role="option"
            aria-selected={k === chosen}
            className={css.item}
            onMouseMove={() => setAt(k)}
            onClick={() => open(item)}
          >
            <span className={css.name}>{item.name}</span>
            <span className={css.kind}>{item.kind}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className={css.none}>Nothing fits.</p>}
    </Dialog>
  );
}
