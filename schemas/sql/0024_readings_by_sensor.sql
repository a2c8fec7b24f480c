-- Readings in the order of sensor and time, so that one sensor over time costs the same beside any
-- number of others. What was written twice has the same key. A file's readings are found by its
-- sensors' times and by the index on file_id.
CREATE TABLE IF NOT EXISTS readings_by_sensor
(
    sensor_id LowCardinality(String),
    timestamp DateTime64(6, 'UTC') CODEC(Delta, LZ4),
    file_id LowCardinality(String),
    generation UInt32,
    row UInt64 CODEC(Delta, LZ4),
    cell UInt32,
    value Float64,
    live_key UInt64,
    INDEX by_file file_id TYPE bloom_filter GRANULARITY 1
)
ENGINE = ReplacingMergeTree
ORDER BY (sensor_id, timestamp, file_id, generation, row, cell)
SETTINGS
    min_parts_to_merge_at_once = 64,
    vertical_merge_algorithm_min_columns_to_activate = 1,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    auto_statistics_types = '';

-- What was stored before is copied. Where that is interrupted it begins again: equal keys replace each
-- other. The table before stays, empty, because another process may be copying it too.
INSERT INTO readings_by_sensor
    (sensor_id, timestamp, file_id, generation, row, cell, value, live_key)
SELECT sensor_id, timestamp, file_id, generation, row, cell, value, live_key
FROM reading_rows;

TRUNCATE TABLE reading_rows;
