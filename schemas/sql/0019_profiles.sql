-- Profiles of users: one row for each change, never deleted, so that the profiles of any earlier
-- moment are known: a file that is read again after a crash is read as it was begun. `revision` counts
-- the changes of all profiles, `version` those of one; a deletion is a change without content. A
-- change is inserted with a deduplication token of its revision, so of two that take the same one at
-- the same moment the first one holds, whichever process it is of.
CREATE TABLE IF NOT EXISTS profile_changes
(
    revision UInt64,
    name String,
    version UInt64,
    content String,
    deleted UInt8,
    changed_at DateTime64(6, 'UTC'),
    changed_by Nullable(String),
    attempt String
)
ENGINE = MergeTree
ORDER BY revision
SETTINGS
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    auto_statistics_types = '';

-- The revision of the profiles that a generation is read with; NULL if there were none.
ALTER TABLE file_records ADD COLUMN IF NOT EXISTS profiles Nullable(UInt64) AFTER options;
