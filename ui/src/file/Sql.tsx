import type { FileDocument } from "~/api/documents";
import { Card } from "~/layout/Card";
import { SqlBlock } from "~/states/SqlBlock";
import { literal } from "~/sql";
import css from "./file.module.css";

/** The statements that give what this page shows, and a little more. */
export function FileSql({ file }: { file: FileDocument }) {
  const id = literal(file.file_id);
  return (
    <Card title="The same in SQL">
      <p className={css.sqlHint}>
        For any ClickHouse client; <code>make up</code> prints the address. These views have no
        duplicates, and a file that is replayed shows its old results or its new ones, never both.
      </p>
      <SqlBlock
        title="Results of the file"
        sql={`SELECT filename, status, row_count, invalid_count, min_value, max_value, processing_ms
FROM csv_processor.files
WHERE file_id = ${id}`}
      />
      <SqlBlock
        title="Its sensors, the largest first"
        sql={`SELECT sensor_id, row_count, min_value, mean_value, max_value, first_timestamp, last_timestamp
FROM csv_processor.sensor_results
WHERE file_id = ${id}
ORDER BY row_count DESC, sensor_id
LIMIT 100`}
      />
      <SqlBlock
        title="Errors by code"
        sql={`SELECT code, count() AS rows, any(error) AS example
FROM csv_processor.invalid_rows
WHERE file_id = ${id}
GROUP BY code
ORDER BY rows DESC, code`}
      />
      <SqlBlock
        title="The invalid rows"
        sql={`SELECT row, line, column, code, error, raw
FROM csv_processor.invalid_rows
WHERE file_id = ${id}
ORDER BY row
LIMIT 100`}
      />
    </Card>
  );
}
