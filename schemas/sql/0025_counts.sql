-- Counts over all files that are kept, so that reading them does not cost more with more files. See
-- docs/decisions/0021-counts-are-sealed.md. What a file adds to each count is an array in the order
-- of schemas.counts_sql.NAMES.

-- What seal `number` contains: files with the version of the record that is counted and what it adds,
-- and the counts with them. A plan is inserted with a deduplication token of its number, so of two
-- processes one wins. Writing what follows from a plan twice changes nothing.
CREATE TABLE IF NOT EXISTS count_plans
(
    number UInt64,
    file_ids Array(String),
    versions Array(UInt64),
    added Array(Array(Int64)),
    counts Array(Int64),
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
CREATE TABLE IF NOT EXISTS count_seals
(
    number UInt64,
    counts Array(Int64),
    log_from DateTime64(6, 'UTC'),
    committed_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY number
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, auto_statistics_types = '';

-- What seals count of each file. Until all readers use a later seal, they need what it replaced.
CREATE TABLE IF NOT EXISTS counted_files
(
    file_id String,
    version UInt64,
    added Array(Int64) CODEC(ZSTD),
    seal UInt64,
    INDEX by_file_id file_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
ORDER BY (file_id, version)
SETTINGS
    index_granularity = 512,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    auto_statistics_types = '';
