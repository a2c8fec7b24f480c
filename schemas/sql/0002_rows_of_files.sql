-- What a file came to per sensor, once per generation.
CREATE TABLE IF NOT EXISTS sensor_result_rows
(
    file_id String,
    generation UInt32,
    sensor_id String,
    row_count UInt64,
    min_value Float64,
    max_value Float64,
    sum_hi Float64,
    sum_lo Float64,
    first_timestamp DateTime64(6, 'UTC'),
    first_value Float64,
    first_row UInt64,
    last_timestamp DateTime64(6, 'UTC'),
    last_value Float64,
    last_row UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (file_id, generation, sensor_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Rows that were refused, each with its reason.
CREATE TABLE IF NOT EXISTS invalid_row_rows
(
    file_id String,
    generation UInt32,
    row UInt64,
    line UInt64,
    byte_offset UInt64,
    column LowCardinality(Nullable(String)),
    code LowCardinality(String),
    error String,
    raw String,
    truncated Bool
)
ENGINE = ReplacingMergeTree
ORDER BY (file_id, generation, row)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- How far a file is, for as long as it is of interest; the row with the most batches done is what
-- holds.
CREATE TABLE IF NOT EXISTS file_progress
(
    file_id String,
    generation UInt32,
    batches_done UInt32,
    batches_total Nullable(UInt32),
    rows_done UInt64,
    updated_at DateTime64(6, 'UTC'),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (file_id, generation)
TTL toDateTime(updated_at) + INTERVAL 30 DAY
SETTINGS index_granularity = 256;

-- Messages that could not be understood. The bytes are part of the identity: a broker that lost
-- its content counts offsets from 0 again.
CREATE TABLE IF NOT EXISTS dead_letter_rows
(
    topic LowCardinality(String),
    partition UInt32,
    offset UInt64,
    code LowCardinality(String),
    reason String,
    key Nullable(String),
    value String,
    headers Map(String, String),
    received_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, offset, sipHash64(value))
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
