-- Invalid rows that are valid rows of another file now.
CREATE OR REPLACE VIEW mended_rows DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    m.file_id AS file_id,
    m.row AS row,
    m.resubmission_id AS resubmission_id,
    m.resubmission_row AS resubmission_row,
    m.cell AS cell
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
