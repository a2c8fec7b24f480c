-- Totals that are kept, so that reading them does not cost more with more files. See
-- docs/decisions/0019-totals-are-sealed.md.
-- The state of a file in totals: 0 before its first end, then 1 + its live generation, and 2^32 - 1
-- once it is deleted. It only grows.

-- When the database inserted a record: seals look at those since the one before. Of older rows it is
-- when they were recorded.
ALTER TABLE file_records
    ADD COLUMN IF NOT EXISTS inserted_at DateTime64(6, 'UTC') DEFAULT recorded_at,
    ADD INDEX IF NOT EXISTS by_inserted_at inserted_at TYPE minmax GRANULARITY 1;

ALTER TABLE file_records MATERIALIZE COLUMN inserted_at SETTINGS mutations_sync = 1;

ALTER TABLE file_records MODIFY COLUMN inserted_at DEFAULT now64(6, 'UTC');

ALTER TABLE file_records MATERIALIZE INDEX by_inserted_at SETTINGS mutations_sync = 1;

-- What seal `number` adds: files with the state that the seal before it contains, and the new one.
-- A plan is inserted with a deduplication token of its number, so of two processes one wins. Writing
-- what follows from a plan twice changes nothing.
CREATE TABLE IF NOT EXISTS seal_plans
(
    number UInt64,
    file_ids Array(String),
    sealed Array(UInt32),
    states Array(UInt32),
    upload_times Array(DateTime64(6, 'UTC')),
    filenames Array(String),
    log_from DateTime64(6, 'UTC'),
    planned_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY number
SETTINGS
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    auto_statistics_types = '';

-- The seals whose plans are carried out. Records that were inserted before `log_from` are in them.
CREATE TABLE IF NOT EXISTS seals
(
    number UInt64,
    log_from DateTime64(6, 'UTC'),
    committed_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY number
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, auto_statistics_types = '';

-- The states of files that seals contain.
CREATE TABLE IF NOT EXISTS sealed_files
(
    file_id String,
    state UInt32,
    seal UInt64,
    INDEX by_file_id file_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
ORDER BY (file_id, state)
SETTINGS
    index_granularity = 512,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    auto_statistics_types = '';

-- Results that seals contain, by sensor. `removed`: the file has no rows of the sensor from this
-- generation on.
CREATE TABLE IF NOT EXISTS sealed_results
(
    sensor_id String,
    file_id String,
    generation UInt32,
    removed UInt8,
    seal UInt64,
    upload_time DateTime64(6, 'UTC'),
    filename String,
    row_count UInt64,
    min_value Float64,
    max_value Float64,
    sum_keys Array(UInt8),
    sum_parts Array(Int128),
    first_timestamp DateTime64(6, 'UTC'),
    first_value Float64,
    last_timestamp DateTime64(6, 'UTC'),
    last_value Float64,
    missing_count UInt64,
    excluded_count UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (sensor_id, file_id, generation, removed)
SETTINGS
    index_granularity = 1024,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    auto_statistics_types = '';

-- Totals of each sensor as of its latest seal, and as of the one before it. Sums are exact: a float is
-- a whole number of units of 2^(32 k - 1075), and `sum_parts` are the sums of these numbers by k. So
-- they depend on the files alone, and not on the order in which they were added.
CREATE TABLE IF NOT EXISTS sensor_totals
(
    sensor_id String,
    seal UInt64,
    state Tuple(
        results UInt64, files UInt64, row_count UInt64, missing_count UInt64,
        excluded_count UInt64, min_value Float64, max_value Float64, mean_value Nullable(Float64),
        sum_keys Array(UInt8), sum_parts Array(Int128),
        first Tuple(DateTime64(6, 'UTC'), DateTime64(6, 'UTC'), String, Float64),
        last Tuple(DateTime64(6, 'UTC'), DateTime64(6, 'UTC'), String, Float64)
    ),
    previous Tuple(
        results UInt64, files UInt64, row_count UInt64, missing_count UInt64,
        excluded_count UInt64, min_value Float64, max_value Float64, mean_value Nullable(Float64),
        sum_keys Array(UInt8), sum_parts Array(Int128),
        first Tuple(DateTime64(6, 'UTC'), DateTime64(6, 'UTC'), String, Float64),
        last Tuple(DateTime64(6, 'UTC'), DateTime64(6, 'UTC'), String, Float64)
    )
)
ENGINE = ReplacingMergeTree(seal)
ORDER BY sensor_id
SETTINGS
    index_granularity = 1024,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    auto_statistics_types = '';
