-- Every valid row, where readings are landed.
-- A batch's rows lie together and in order, so FINAL finds nothing to merge but what was written
-- twice, and parts need few merges: many parts at once, column by column.
-- `live_key` says of which file and generation a row is in one word, which the view compares for
-- every row; it is made by the writer, `schemas.arrow.live_key`.
CREATE TABLE IF NOT EXISTS reading_rows
(
    file_id LowCardinality(String),
    generation UInt32,
    row UInt64 CODEC(Delta, LZ4),
    sensor_id LowCardinality(String),
    timestamp DateTime64(6, 'UTC') CODEC(Delta, LZ4),
    value Float64,
    live_key UInt64,
    INDEX by_timestamp timestamp TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
ORDER BY (file_id, generation, row)
SETTINGS
    min_parts_to_merge_at_once = 16,
    vertical_merge_algorithm_min_columns_to_activate = 1,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- What is live is read when the rows have been: a set is quick where a join would put all rows in
-- memory. A file's rows are stored well before its record, by several steps of the flow.
CREATE VIEW IF NOT EXISTS readings AS
SELECT
    file_id,
    row,
    sensor_id,
    timestamp,
    value,
    generation
FROM reading_rows FINAL
WHERE live_key IN
(
    SELECT reinterpretAsUInt64(substring(MD5(concat(file_id, '/', toString(live_generation))), 1, 8))
    FROM file_records FINAL
    WHERE deleted = 0
);
