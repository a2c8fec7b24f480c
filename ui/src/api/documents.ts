/** The API's documents by the names that the web UI uses. Their fields are generated: schema.ts. */

import type {
  Counts,
  Dialect,
  DryRunDocument,
  FileDocument,
  InvalidRow,
  ListedFile,
  ListedInvalidRow,
  Notice,
  Problem,
  Progress,
  Readings,
  ResubmittedFile,
  SensorInFile,
  SensorResult,
  SensorTotals,
  Suggestion,
  TextProperty,
  TextsProperty,
} from "./schema";

export type {
  Dialect,
  FileDocument,
  InvalidRow,
  ListedInvalidRow,
  Notice,
  Progress,
  Readings,
  ResubmittedFile,
  SensorInFile,
  SensorResult,
  Suggestion,
};

export type DryRun = DryRunDocument;

/** The answer to an upload. */
export type UploadedFile = FileDocument & {
  /** Only of a known file that is read again, because its options are other ones. */
  reprocessing?: { generation: number; message: string };
};

/** A file as lists show it. */
export type FileItem = ListedFile;
export type Status = ListedFile["status"];
/** A property of how a file was read. */
export type Property = TextProperty | TextsProperty;
export type SensorTotal = SensorTotals;
export type Stats = Counts;
/** An error as RFC 9457 has it. */
export type ProblemDocument = Problem;

export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}
