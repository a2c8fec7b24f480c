/** Queries to begin with. */
export const EXAMPLES = [
  {
    name: "Files of the last day",
    sql: `SELECT filename, status, row_count, invalid_count, upload_time
FROM files
WHERE upload_time > now() - INTERVAL 1 DAY
ORDER BY upload_time DESC
LIMIT 100`,
  },
  {
    name: "Silent sensors",
    sql: `SELECT sensor_id, last_timestamp, last_value, row_count
FROM sensors
ORDER BY last_timestamp
LIMIT 100`,
  },
  {
    name: "Invalid rows by code",
    sql: `SELECT code, count() AS rows, any(error) AS example
FROM invalid_rows
GROUP BY code
ORDER BY rows DESC`,
  },
  {
    name: "Rows per hour of upload",
    sql: `SELECT toStartOfHour(upload_time) AS hour, sum(row_count) AS valid, sum(invalid_count) AS invalid
FROM files
GROUP BY hour
ORDER BY hour`,
  },
];
