-- One row per state of a file; the highest version is what holds.
-- version = 4 * generation + state (0 waiting, 1 terminal); a deletion is 2^62 and stays for good,
-- so that nothing written late brings the file back.
-- What is not known before the file is terminal is NULL until then.
-- Granules are small because nearly every read is of one file. Inserts are synced to disk, here and
-- for all that a terminal record speaks of: what was answered survives a power failure too.
CREATE TABLE IF NOT EXISTS file_records
(
    file_id String,
    generation UInt32,
    live_generation UInt32,
    status LowCardinality(String),
    source LowCardinality(String),
    raw_bucket String,
    raw_key String,
    filename String,
    size_bytes UInt64,
    sha256 String,
    upload_time DateTime64(6, 'UTC'),
    options String,
    content_encoding Nullable(String),
    idempotency_key Nullable(String),
    batch_bytes UInt64,
    row_count Nullable(UInt64),
    invalid_count Nullable(UInt64),
    sensor_count Nullable(UInt64),
    min_value Nullable(Float64),
    max_value Nullable(Float64),
    batches UInt32,
    processing_ms Nullable(UInt64),
    finished_at Nullable(DateTime64(6, 'UTC')),
    error Nullable(String),
    dialect Nullable(String),
    codes Map(String, UInt64),
    invalid_kept_through UInt64,
    recorded_at DateTime64(6, 'UTC'),
    version UInt64,
    deleted UInt8,
    INDEX by_sha256 sha256 TYPE bloom_filter(0.001) GRANULARITY 4,
    INDEX by_idempotency_key idempotency_key TYPE bloom_filter(0.001) GRANULARITY 4
)
ENGINE = ReplacingMergeTree(version)
ORDER BY file_id
SETTINGS index_granularity = 256, fsync_after_insert = 1, fsync_part_directory = 1;
