-- Operations on many files: a correction of invalid rows, or a reprocessing. The files of an operation
-- are entered first, its row commits it, and what became of each file is written when it is done. All
-- have an identity that follows from the request, so writing them twice changes nothing.
CREATE TABLE IF NOT EXISTS bulk_operations
(
    id String,
    kind LowCardinality(String),
    request String,
    owner Nullable(String),
    of_admin UInt8,
    files UInt64,
    requested_at DateTime64(6, 'UTC'),
    ended_at Nullable(DateTime64(6, 'UTC')),
    version UInt8
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id
TTL toDateTime(requested_at) + INTERVAL 30 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, auto_statistics_types = '';

CREATE TABLE IF NOT EXISTS bulk_files
(
    operation_id String,
    file_id String,
    entered_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (operation_id, file_id)
TTL toDateTime(entered_at) + INTERVAL 30 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, auto_statistics_types = '';

-- `result`: what became of a file; `new_file_id`: the file of its corrected rows, if there is one.
CREATE TABLE IF NOT EXISTS bulk_outcomes
(
    operation_id String,
    file_id String,
    result LowCardinality(String),
    detail String,
    new_file_id String,
    corrected UInt64,
    unchanged UInt64,
    rejected UInt64,
    done_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (operation_id, file_id)
TTL toDateTime(done_at) + INTERVAL 30 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, auto_statistics_types = '';
