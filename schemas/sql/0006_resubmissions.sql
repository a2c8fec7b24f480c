-- Which row of which file brings back which invalid row. A file that brings back rows of a file that
-- itself did so is entered for both.
CREATE TABLE IF NOT EXISTS resubmitted_row_rows
(
    file_id String,
    row UInt64,
    resubmission_id String,
    resubmission_row UInt64,
    INDEX by_resubmission resubmission_id TYPE bloom_filter(0.001) GRANULARITY 4
)
ENGINE = ReplacingMergeTree
ORDER BY (file_id, row, resubmission_id)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

-- Invalid rows that are valid rows of another file now; file_records comes first, as in other views.
CREATE VIEW IF NOT EXISTS mended_rows AS
SELECT
    m.file_id AS file_id,
    m.row AS row,
    m.resubmission_id AS resubmission_id,
    m.resubmission_row AS resubmission_row
FROM
(
    SELECT file_id, live_generation, row_count
    FROM file_records FINAL
    WHERE deleted = 0 AND live_generation > 0 AND row_count > 0
) AS f
INNER JOIN resubmitted_row_rows AS m FINAL ON m.resubmission_id = f.file_id
WHERE (m.resubmission_id, f.live_generation, m.resubmission_row) NOT IN
(
    SELECT file_id, generation, row
    FROM invalid_row_rows
    WHERE file_id IN (SELECT resubmission_id FROM resubmitted_row_rows)
)
AND m.file_id IN (SELECT file_id FROM file_records FINAL WHERE deleted = 0);
