import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import type { QueryResult } from "~/api/schema";
import { BarList } from "~/charts/BarList";
import { LazyTimeChart } from "~/charts/LazyTimeChart";
import { bytes, count, duration, plural, real } from "~/format";
import { Card } from "~/layout/Card";
import { Chips } from "~/layout/Chips";
import tables from "~/tables/tables.module.css";
import { ROWS_SHOWN } from "./queries";
import { drawingOf, shown, typeOf, type Drawing } from "./values";
import css from "./sql.module.css";

/** The rows of a query as a table or as a chart. */
export function Result({ result }: { result: QueryResult }) {
  const [chart, setChart] = useState(false);
  const drawing = useMemo(() => drawingOf(result), [result]);
  return (
    <Card
      bare={!chart}
      title={plural(result.rows.length, "row")}
      aside={
        <>
          <span className={css.statistics}>
            {duration(result.seconds * 1000)}, {count(result.rows_read)} rows and{" "}
            {bytes(result.bytes_read)} read
          </span>
          {drawing !== null && (
            <Chips
              label="Show as"
              value={chart ? "chart" : null}
              onChange={(value) => setChart(value === "chart")}
              chips={[
                { value: null, label: "Table" },
                { value: "chart", label: "Chart" },
              ]}
            />
          )}
        </>
      }
    >
      {result.truncated && (
        <p className={css.cut}>
          The first {count(ROWS_SHOWN)} rows. A download as CSV or Parquet has all of them.
        </p>
      )}
      {chart && drawing !== null ? <Drawn drawing={drawing} /> : <Rows result={result} />}
    </Card>
  );
}

/** Each column of numbers on a scale of its own: they may be of different quantities. */
function Drawn({ drawing }: { drawing: Drawing }) {
  if (drawing.kind === "bars") {
    return (
      <BarList
        label={drawing.label}
        kind="brand"
        bars={drawing.bars.map(({ name, value }, k) => ({
          key: `${name} ${k.toString()}`,
          name,
          value: Math.max(value, 0),
          shown: real(value),
        }))}
      />
    );
  }
  return (
    <div className={css.charts}>
      {drawing.lines.map((line) => (
        <figure key={line.label} className={css.chart}>
          <figcaption>{line.label}</figcaption>
          <LazyTimeChart
            label={`${line.label} over time; the table has the figures`}
            times={drawing.times}
            lines={[{ ...line, colour: "--chart-1" }]}
            height={drawing.lines.length > 1 ? 180 : 280}
          />
        </figure>
      ))}
    </div>
  );
}

const ROW_HEIGHT = 34;

function Rows({ result }: { result: QueryResult }) {
  const { columns, rows } = result;
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 10,
  });
  const inSight = virtualizer.getVirtualItems();
  const before = inSight[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (inSight.at(-1)?.end ?? 0);
  const classOf = (type: string) => (typeOf(type) === "number" ? tables.numeric : undefined);
  return (
    <div
      ref={scroller}
      className={`${tables.scroller ?? ""} ${tables.tall ?? ""}`}
      role="region"
      aria-label="Rows of the query"
      tabIndex={0}
    >
      <table className={`${tables.table ?? ""} ${css.rows ?? ""}`} aria-rowcount={rows.length + 1}>
        <caption className="hidden">Rows of the query</caption>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ name, type }, k) => (
              <th key={k} scope="col" className={classOf(type)} title={type}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Gap height={before} />}
          {inSight.map(({ index }) => (
            <tr key={index} aria-rowindex={index + 2} style={{ height: ROW_HEIGHT }}>
              {columns.map(({ type }, k) => {
                const value = rows[index]?.[k];
                return (
                  <td
                    key={k}
                    className={classOf(type)}
                    data-null={value === null ? true : undefined}
                  >
                    <span title={shown(value)}>{shown(value)}</span>
                  </td>
                );
              })}
            </tr>
          ))}
          {after > 0 && <Gap height={after} />}
        </tbody>
      </table>
    </div>
  );
}

function Gap({ height }: { height: number }) {
  return (
    <tr aria-hidden className={tables.gap}>
      <td style={{ height }} />
    </tr>
  );
}
