-- What people read. FINAL is inside, so that a row which was written twice is seen once, whether
-- merges have run or not. Filters on file_id reach the keys of the tables on both sides of a join.
-- Results are written before the record that makes them live; file_records comes first in every
-- join, so that what a reader takes as live is in what is read of the other table after it.
CREATE VIEW IF NOT EXISTS files AS
SELECT
    file_id,
    status,
    upload_time,
    processing_ms,
    filename,
    size_bytes,
    sha256,
    generation,
    row_count,
    min_value,
    max_value,
    sensor_count,
    invalid_count,
    error,
    codes,
    source,
    raw_bucket,
    raw_key,
    finished_at
FROM file_records FINAL
WHERE deleted = 0;

CREATE VIEW IF NOT EXISTS sensor_results AS
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

CREATE VIEW IF NOT EXISTS invalid_rows AS
SELECT
    r.file_id AS file_id,
    r.row AS row,
    r.line AS line,
    r.column AS column,
    r.code AS code,
    r.error AS error,
    r.raw AS raw,
    r.truncated AS truncated,
    r.byte_offset AS byte_offset,
    f.filename AS filename,
    r.generation AS generation
FROM
(
    SELECT file_id, live_generation, invalid_kept_through, filename
    FROM file_records FINAL
    WHERE deleted = 0
) AS f
INNER JOIN invalid_row_rows AS r FINAL
    ON r.file_id = f.file_id AND r.generation = f.live_generation
WHERE f.invalid_kept_through = 0 OR r.row <= f.invalid_kept_through;

-- Totals over all files. The mean comes from the double-double sums of the files, added with
-- compensation; among readings of the same time that of the file uploaded first is the first.
CREATE VIEW IF NOT EXISTS sensors AS
SELECT
    r.sensor_id AS sensor_id,
    sum(r.row_count) AS row_count,
    min(r.min_value) AS min_value,
    max(r.max_value) AS max_value,
    if(
        isFinite(sumKahanArray([r.sum_hi, r.sum_lo])),
        sumKahanArray([r.sum_hi, r.sum_lo]) / sum(r.row_count),
        NULL
    ) AS mean_value,
    min(r.first_timestamp) AS first_timestamp,
    argMin(r.first_value, (r.first_timestamp, f.upload_time, r.file_id)) AS first_value,
    max(r.last_timestamp) AS last_timestamp,
    argMax(r.last_value, (r.last_timestamp, f.upload_time, r.file_id)) AS last_value,
    count() AS files
FROM
(
    SELECT file_id, live_generation, upload_time
    FROM file_records FINAL
    WHERE deleted = 0
) AS f
INNER JOIN sensor_result_rows AS r FINAL
    ON r.file_id = f.file_id AND r.generation = f.live_generation
GROUP BY r.sensor_id;

CREATE VIEW IF NOT EXISTS dead_letters AS
SELECT topic, partition, offset, code, reason, key, value, headers, received_at
FROM dead_letter_rows FINAL;
