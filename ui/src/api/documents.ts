/** What the API answers, as its contract has it. */

export type Status = "waiting" | "processed" | "partial" | "failed";
export type Column = "sensor_id" | "timestamp" | "value";

export interface Progress {
  batches_done: number;
  batches_total: number | null;
  rows_done: number;
}

export interface Aggregations {
  row_count: number;
  min_value: number | null;
  max_value: number | null;
}

/** A file as lists show it. */
export interface FileItem {
  file_id: string;
  status: Status;
  upload_time: string;
  processing_ms: number | null;
  aggregations: Aggregations | null;
  filename: string;
  size_bytes: number;
  sha256: string;
  generation: number;
  sensor_count: number | null;
  invalid_count: number | null;
  record_count: number | null;
  missing_count: number | null;
  excluded_count: number | null;
  codes: Record<string, number>;
  /** Read options of its upload or replay. */
  options: Record<string, unknown>;
  profile: string | null;
  notices: Notice[];
  suggestions: Suggestion[];
  error: string | null;
  progress: Progress;
  /** A new run that will take the place of what is shown. */
  replay?: { generation: number; requested_at: string; progress: Progress } | null;
  dialect?: Dialect | null;
  resubmission_of?: string | null;
  corrected_count?: number;
  resubmissions?: { file_id: string; corrected_count: number }[];
  /** What of its invalid rows is not shown, and why. */
  limit_reached?: { through_row: number; reason: string } | null;
}

/** Something that was seen in a file and not acted on. */
export interface Notice {
  code: string;
  count: number | null;
  first_row: number | null;
  message: string;
  suggestion: string | null;
}

/** A ready-made set of read options for a file in doubt. */
export interface Suggestion {
  message: string;
  options: Record<string, unknown>;
  command: string;
  readings: { sensor_id: string; timestamp: string; value: number }[];
}

/** How a file was read. */
export interface Dialect {
  delimiter: string;
  /** How many fields a record has. */
  width: number;
  /** Places of sensor_id, timestamp and value, from 0; -1 if the header lacks one. */
  columns: [number, number, number];
}

/** A file with up to 10,000 of its sensors and the first 100 of its invalid rows. */
export interface FileDocument extends FileItem {
  aggregations: (Aggregations & { per_sensor_count: Record<string, number> }) | null;
  invalid_rows: InvalidRow[];
}

export interface InvalidRow {
  row: number;
  line: number;
  column: Column | null;
  code: string;
  error: string;
  raw: string;
  truncated: boolean;
  /** Begin and end of the observed text in `raw`, in code points; null if it is not in it. */
  span_start: number | null;
  span_end: number | null;
}

/** With its cells as the CSV export has them, which is what a correction is compared with. */
export interface ListedInvalidRow extends InvalidRow {
  fields: Record<Column, string>;
}

/** Results of a sensor, in a file or over all files. Timestamps are UTC, to the microsecond. */
export interface SensorResult {
  sensor_id: string;
  row_count: number;
  min_value: number | null;
  max_value: number | null;
  mean_value: number | null;
  first_timestamp: string;
  first_value: number;
  last_timestamp: string;
  last_value: number;
}

export interface SensorTotal extends SensorResult {
  files: number;
}

export interface Stats {
  files: number;
  waiting: number;
  processed: number;
  partial: number;
  failed: number;
  size_bytes: number;
  row_count: number;
  invalid_count: number;
  sensor_count: number;
}

export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

/** An error as RFC 9457 has it. */
export interface ProblemDocument {
  title: string;
  status: number;
  detail: string;
  code: string;
}

/** Results of one sensor in one file. */
export interface SensorInFile extends SensorResult {
  file_id: string;
  filename: string;
}

/** A new file of corrected rows, and the outcome of the rows that were sent. */
export interface ResubmittedFile extends FileDocument {
  resubmission: {
    accepted: number;
    unchanged: number;
    refused: number;
    refusals: { row: string; code: string; reason: string }[];
  };
}

/** Aggregates of the valid rows of each interval. */
export interface Readings {
  sensor_id: string | null;
  from: string | null;
  to: string | null;
  interval_seconds: number | null;
  items: {
    timestamp: string;
    row_count: number;
    min_value: number;
    max_value: number;
    mean_value: number | null;
  }[];
}
