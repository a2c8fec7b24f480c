import type { DryRun } from "~/api/documents";
import { real } from "~/format";
import { ROLES, type Column, type Role } from "./roles";
import css from "./preview.module.css";

const COLUMNS = 30;

type Preview = NonNullable<DryRun["preview"]>;

/** The first records of a file with the role of each column above it. */
export function RecordGrid(props: {
  records: Preview["records"];
  columns: Column[];
  onRole: (place: number, role: Role | null) => void;
}) {
  const { records, onRole } = props;
  const columns = props.columns.slice(0, COLUMNS);
  return (
    <div className={css.scroller} role="region" aria-label="First records" tabIndex={0}>
      <table className={css.grid}>
        <thead>
          <tr>
            {columns.map((column, k) => (
              <th key={k} scope="col" data-role={column.role ?? "none"}>
                <select
                  aria-label={`Role of ${column.name}`}
                  value={column.role ?? ""}
                  onChange={(event) =>
                    onRole(k, (event.currentTarget.value || null) as Role | null)
                  }
                >
                  <option value="">not read</option>
                  {ROLES.map((role) => (
                    <option
                      key={role}
                      value={role}
                      // A zone is set by a template, not by a column alone.
                      disabled={role === "zone" && column.role !== "zone"}
                    >
                      {role}
                    </option>
                  ))}
                </select>
                <span>{column.name}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {records.map((record, k) => (
            <tr key={k}>
              {columns.map((column, c) => (
                <td key={c} data-role={column.role ?? "none"}>
                  {record[c] ?? ""}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The first readings of a file. */
export function ReadingGrid({ preview }: { preview: Preview }) {
  if (preview.readings.length === 0) {
    return <p className={css.none}>No readings: choose how the file is read.</p>;
  }
  return (
    <div className={css.scroller} role="region" aria-label="First readings" tabIndex={0}>
      <table className={css.grid}>
        <thead>
          <tr>
            <th scope="col">Sensor</th>
            <th scope="col">Time (UTC)</th>
            <th scope="col" className={css.number}>
              Value
            </th>
          </tr>
        </thead>
        <tbody>
          {preview.readings.map((reading, k) => (
            <tr key={k}>
              <td>{reading.sensor_id}</td>
              <td>{reading.timestamp.replace("T", " ").replace(/(\.0+)?Z$/, "")}</td>
              <td className={css.number}>{real(reading.value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
