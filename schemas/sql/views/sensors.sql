-- Totals over all files. The mean is that of the double-double sums of the files, added with
-- compensation. Among readings of the same time that of the file uploaded first is the first: the
-- order is one number made of time and `place`, the rank of the file by upload, because comparing
-- tuples with texts takes three times as long.
CREATE OR REPLACE VIEW sensors DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    r.sensor_id AS sensor_id,
    sum(r.row_count) AS row_count,
    if(row_count = 0, NULL, min(r.min_value)) AS min_value,
    if(row_count = 0, NULL, max(r.max_value)) AS max_value,
    if(
        row_count > 0 AND isFinite(sumKahanArray([r.sum_hi, r.sum_lo])),
        sumKahanArray([r.sum_hi, r.sum_lo]) / row_count,
        NULL
    ) AS mean_value,
    if(row_count = 0, NULL, min(r.first_timestamp)) AS first_timestamp,
    if(row_count = 0, NULL, argMin(
        r.first_value,
        toInt128(toUnixTimestamp64Micro(r.first_timestamp)) * toInt128(4294967296) + f.place
    )) AS first_value,
    if(row_count = 0, NULL, max(r.last_timestamp)) AS last_timestamp,
    if(row_count = 0, NULL, argMax(
        r.last_value,
        toInt128(toUnixTimestamp64Micro(r.last_timestamp)) * toInt128(4294967296) + f.place
    )) AS last_value,
    countIf(r.row_count > 0) AS files,
    sum(r.missing_count) AS missing_count,
    sum(r.excluded_count) AS excluded_count
FROM
(
    SELECT file_id, live_generation, row_number() OVER (ORDER BY upload_time, file_id) AS place
    FROM file_records FINAL
    WHERE deleted = 0
) AS f
INNER JOIN sensor_result_rows AS r FINAL
    ON r.file_id = f.file_id AND r.generation = f.live_generation
GROUP BY r.sensor_id;
