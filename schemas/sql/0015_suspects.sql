-- Messages that a worker was handling when its process died: one row for each message and death.
-- Workers handle such a message by itself, and give it up after three deaths in which it was alone.
CREATE TABLE IF NOT EXISTS suspect_rows
(
    message String,
    death String,
    alone UInt8,
    origin String,
    worker String,
    died_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (message, death)
TTL toDateTime(died_at) + INTERVAL 2 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
