-- Results of a file per sensor, of its live generation.
CREATE OR REPLACE VIEW sensor_results DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    r.file_id AS file_id,
    r.sensor_id AS sensor_id,
    r.row_count AS row_count,
    r.min_value AS min_value,
    r.max_value AS max_value,
    if(isFinite(r.sum_hi + r.sum_lo), (r.sum_hi + r.sum_lo) / r.row_count, NULL) AS mean_value,
    r.first_timestamp AS first_timestamp,
    r.first_value AS first_value,
    r.last_timestamp AS last_timestamp,
    r.last_value AS last_value,
    f.filename AS filename,
    r.generation AS generation
FROM
(
    SELECT file_id, live_generation, filename
    FROM file_records FINAL
    WHERE deleted = 0
) AS f
INNER JOIN sensor_result_rows AS r FINAL
    ON r.file_id = f.file_id AND r.generation = f.live_generation;
