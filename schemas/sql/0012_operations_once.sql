-- What was begun of a file and of those that bring its rows back, in order: replays and
-- resubmissions. An operation is inserted with a deduplication token of its family and number, so of
-- two that take the same number at the same moment the first one holds, whichever process it is of.
-- `record` is the record of the file that the operation begins, as in file_records. Rows matter for
-- as long as an operation may be on its way.
CREATE TABLE IF NOT EXISTS file_operations
(
    family String,
    number UInt64,
    record String,
    requested_at DateTime64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY (family, number)
TTL toDateTime(requested_at) + INTERVAL 1 DAY
SETTINGS
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    auto_statistics_types = '';

-- Ids of files do not tell any more when they were made. Entries without a moment are older than
-- this column: their files have ids that do.
ALTER TABLE resubmitted_row_rows
    ADD COLUMN IF NOT EXISTS entered_at DateTime64(6, 'UTC') DEFAULT toDateTime64(0, 6, 'UTC');
