-- Results of a file per sensor, of its live generation.
CREATE OR REPLACE VIEW sensor_results DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    r.file_id AS file_id,
    r.sensor_id AS sensor_id,
    r.row_count AS row_count,
    if(r.row_count = 0, NULL, r.min_value) AS min_value,
    if(r.row_count = 0, NULL, r.max_value) AS max_value,
    if(r.row_count > 0 AND isFinite(r.sum_hi + r.sum_lo), (r.sum_hi + r.sum_lo) / r.row_count, NULL)
        AS mean_value,
    if(r.row_count = 0, NULL, r.first_timestamp) AS first_timestamp,
    if(r.row_count = 0, NULL, r.first_value) AS first_value,
    if(r.row_count = 0, NULL, r.last_timestamp) AS last_timestamp,
    if(r.row_count = 0, NULL, r.last_value) AS last_value,
    f.filename AS filename,
    r.generation AS generation,
    r.missing_count AS missing_count,
    r.excluded_count AS excluded_count
FROM
(
    SELECT file_id, live_generation, filename
    FROM file_records FINAL
    WHERE deleted = 0
) AS f
INNER JOIN sensor_result_rows AS r FINAL
    ON r.file_id = f.file_id AND r.generation = f.live_generation;
