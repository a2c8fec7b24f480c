import { ActionIcon, Button } from "@mantine/core";
import { ChevronLeft, ChevronRight, Download, ZoomIn, ZoomOut } from "lucide-react";
import { useState } from "react";
import { Chips } from "~/layout/Chips";
import { last, moved, PRESETS, zoomed, type Range } from "./ranges";
import { momentOf, wallClock, zoneName, type Zone } from "./zone";
import css from "./charts.module.css";

/** The range that charts show, the zone they are read in, and a download of what is shown. */
export function Tools(props: {
  range: Range;
  whole: Range;
  isWhole: boolean;
  zone: Zone;
  /** Whether all are on one scale; null if there is but one. */
  together: boolean | null;
  onRange: (range: Range | null) => void;
  onZone: (zone: Zone) => void;
  onTogether: (together: boolean) => void;
  onDownload: () => void;
}) {
  const { range, whole, onRange, zone } = props;
  const icons = [
    { label: "Earlier", icon: ChevronLeft, to: moved(range, -1) },
    { label: "Later", icon: ChevronRight, to: moved(range, 1) },
    { label: "Zoom in", icon: ZoomIn, to: zoomed(range, 0.5) },
    { label: "Zoom out", icon: ZoomOut, to: zoomed(range, 2) },
  ];
  const preset = PRESETS.find(
    ({ length }) => range.to === whole.to && range.from === whole.to - length,
  );
  return (
    <div className={css.tools}>
      <Chips
        label="Range"
        value={props.isWhole ? null : (preset?.label ?? "")}
        onChange={(value) => {
          const chosen = PRESETS.find(({ label }) => label === value);
          onRange(chosen === undefined ? null : last(whole, chosen.length));
        }}
        chips={[
          ...PRESETS.filter(({ length }) => length < whole.to - whole.from).map(({ label }) => ({
            value: label,
            label,
          })),
          { value: null, label: "All" },
        ]}
      />
      <form
        // What is typed is forgotten when another range is shown.
        key={`${range.from} ${range.to} ${zone}`}
        className={css.range}
        onSubmit={(event) => event.preventDefault()}
      >
        <Edge
          label="From"
          at={range.from}
          zone={zone}
          onChange={(from) => onRange({ ...range, from })}
          before={range.to}
        />
        <span aria-hidden>–</span>
        <Edge
          label="To"
          at={range.to}
          zone={zone}
          onChange={(to) => onRange({ ...range, to })}
          after={range.from}
        />
      </form>
      <div className={css.icons} role="group" aria-label="Move and zoom">
        {icons.map(({ label, icon: Icon, to }) => (
          <ActionIcon
            key={label}
            variant="default"
            size={32}
            aria-label={label}
            title={label}
            onClick={() => onRange(to)}
          >
            <Icon size={16} />
          </ActionIcon>
        ))}
      </div>
      <Chips
        label="Time zone"
        value={zone}
        onChange={(value) => props.onZone(value === "local" ? "local" : "utc")}
        chips={[
          { value: "utc", label: "UTC" },
          { value: "local", label: zoneName("local") === "UTC" ? "Local" : zoneName("local") },
        ]}
      />
      {props.together !== null && (
        <Chips
          label="Scale"
          value={props.together ? "one" : null}
          onChange={(value) => props.onTogether(value === "one")}
          chips={[
            { value: null, label: "Scales apart" },
            { value: "one", label: "One scale" },
          ]}
        />
      )}
      <Button
        variant="default"
        size="compact-md"
        leftSection={<Download size={14} />}
        onClick={props.onDownload}
      >
        Chart as CSV
      </Button>
    </div>
  );
}

/** A moment of the range; taken over when the field is left, or by Enter. */
function Edge(props: {
  label: string;
  at: number;
  zone: Zone;
  before?: number;
  after?: number;
  onChange: (ms: number) => void;
}) {
  const { at, zone, before = Infinity, after = -Infinity } = props;
  const shown = wallClock(at, zone).slice(0, 19);
  const [typed, setTyped] = useState(shown);
  const take = () => {
    if (typed === shown) return;
    const ms = momentOf(typed, zone);
    if (ms !== null && ms < before && ms > after) props.onChange(ms);
    else setTyped(shown);
  };
  return (
    <input
      type="datetime-local"
      step={1}
      aria-label={`${props.label} (${zoneName(zone)})`}
      value={typed}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === "Enter") take();
      }}
    />
  );
}
