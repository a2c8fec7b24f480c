import badge from "~/states/states.module.css";

/** Checks of the service as people call them. */
export const PART_NAMES: Record<string, string> = {
  kafka: "Broker (Kafka)",
  store: "Object store",
  clickhouse: "Database (ClickHouse)",
  schema: "Tables and views",
  writable: "Disks can be written",
  workers: "Workers",
};

const KINDS = { ready: badge.processed, degraded: badge.partial, "not ready": badge.failed };

/** A state in the colours of statuses. */
export function State(props: { state: keyof typeof KINDS; label?: string }) {
  return (
    <span className={`${badge.badge ?? ""} ${KINDS[props.state] ?? ""}`}>
      <span className={badge.dot} aria-hidden />
      {props.label ?? props.state}
    </span>
  );
}
