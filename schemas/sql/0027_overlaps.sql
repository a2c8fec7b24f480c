-- Readings of a file with the sensor and the timestamp of readings of earlier files: the notice
-- `overlap`. See docs/decisions/0025-overlaps.md. `readings` is 0 if they overlap no more; `others` are
-- the files that they overlap, `notice` is what documents show, as JSON.
CREATE TABLE IF NOT EXISTS overlap_rows
(
    file_id String,
    generation UInt32,
    seal UInt64,
    readings UInt64,
    others Array(String),
    notice String,
    INDEX by_others others TYPE bloom_filter GRANULARITY 1
)
ENGINE = ReplacingMergeTree(seal)
ORDER BY file_id
SETTINGS
    index_granularity = 1024,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    auto_statistics_types = '';

-- The last seal of totals whose files were looked at.
CREATE TABLE IF NOT EXISTS overlap_rounds
(
    task String,
    seal UInt64
)
ENGINE = ReplacingMergeTree(seal)
ORDER BY task
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, auto_statistics_types = '';

-- Files that were sealed before are compared with later ones, but are not looked at themselves.
INSERT INTO overlap_rounds (task, seal) SELECT 'overlaps', max(number) FROM seals;

ALTER TABLE sealed_files ADD INDEX IF NOT EXISTS by_seal seal TYPE minmax GRANULARITY 1;

ALTER TABLE sealed_files MATERIALIZE INDEX by_seal SETTINGS mutations_sync = 1;

ALTER TABLE sealed_results
    ADD INDEX IF NOT EXISTS by_first first_timestamp TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS by_last last_timestamp TYPE minmax GRANULARITY 1;

ALTER TABLE sealed_results MATERIALIZE INDEX by_first SETTINGS mutations_sync = 1;

ALTER TABLE sealed_results MATERIALIZE INDEX by_last SETTINGS mutations_sync = 1;
