-- Dead letters that were announced again, each time. A row is inserted with a deduplication token,
-- so that a repeated insert is dropped.
CREATE TABLE IF NOT EXISTS dead_letter_announcements
(
    letter_id String,
    announced_at DateTime64(6, 'UTC'),
    file_id Nullable(String)
)
ENGINE = MergeTree
ORDER BY (letter_id, announced_at)
SETTINGS
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;
