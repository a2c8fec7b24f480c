-- Files of any layout: records, readings that are missing or excluded, notices, suggestions. NULL in
-- records of earlier versions, whose files are long and have neither.
ALTER TABLE file_records
    ADD COLUMN IF NOT EXISTS record_count Nullable(UInt64) AFTER invalid_count,
    ADD COLUMN IF NOT EXISTS missing_count Nullable(UInt64) AFTER record_count,
    ADD COLUMN IF NOT EXISTS excluded_count Nullable(UInt64) AFTER missing_count,
    ADD COLUMN IF NOT EXISTS notices String DEFAULT '[]' AFTER codes,
    ADD COLUMN IF NOT EXISTS suggestions String DEFAULT '[]' AFTER notices;

-- A sensor without readings has what adding to changes nothing: infinite extremes, the greatest first
-- and the smallest last timestamp.
ALTER TABLE sensor_result_rows
    ADD COLUMN IF NOT EXISTS missing_count UInt64,
    ADD COLUMN IF NOT EXISTS excluded_count UInt64;

-- A row of a wide file has several readings and invalid cells; `cell` numbers them, from 0. `cells` is
-- what an invalid entry cost. `observed` is the text of the first fault, with its span in `raw`.
ALTER TABLE invalid_row_rows
    ADD COLUMN IF NOT EXISTS cell UInt32,
    MODIFY ORDER BY (file_id, generation, row, cell);

ALTER TABLE invalid_row_rows
    ADD COLUMN IF NOT EXISTS cells UInt32 DEFAULT 1,
    ADD COLUMN IF NOT EXISTS observed Nullable(String),
    ADD COLUMN IF NOT EXISTS span_start Nullable(UInt32),
    ADD COLUMN IF NOT EXISTS span_end Nullable(UInt32);

ALTER TABLE reading_rows
    ADD COLUMN IF NOT EXISTS cell UInt32,
    MODIFY ORDER BY (file_id, generation, row, cell);

CREATE OR REPLACE VIEW files AS
SELECT
    file_id,
    ifNull(f.live_status, f.status) AS status,
    upload_time,
    processing_ms,
    filename,
    size_bytes,
    sha256,
    if(f.live_status IS NULL, f.generation, f.live_generation) AS generation,
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
    finished_at,
    resubmission_of,
    nullIf(f.invalid_kept_through, 0) AS invalid_rows_through,
    ifNull(f.record_count, f.row_count + f.invalid_count) AS record_count,
    if(f.row_count IS NULL, NULL, ifNull(f.missing_count, 0)) AS missing_count,
    if(f.row_count IS NULL, NULL, ifNull(f.excluded_count, 0)) AS excluded_count,
    nullIf(JSONExtractString(ifNull(f.dialect, ''), 'profile'), '') AS profile,
    f.notices AS notices
FROM file_records AS f FINAL
WHERE deleted = 0;

CREATE OR REPLACE VIEW sensor_results AS
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

CREATE OR REPLACE VIEW invalid_rows AS
SELECT
    r.file_id AS file_id,
    r.row AS row,
    r.line AS line,
    r.byte_offset AS byte,
    r.column AS column,
    r.code AS code,
    r.error AS error,
    r.raw AS raw,
    r.truncated AS truncated,
    f.filename AS filename,
    r.generation AS generation,
    r.cells AS cells,
    r.observed AS observed,
    r.span_start AS span_start,
    r.span_end AS span_end
FROM
(
    SELECT file_id, live_generation, invalid_kept_through, filename
    FROM file_records FINAL
    WHERE deleted = 0
) AS f
INNER JOIN invalid_row_rows AS r FINAL
    ON r.file_id = f.file_id AND r.generation = f.live_generation
WHERE f.invalid_kept_through = 0 OR r.row <= f.invalid_kept_through;

CREATE OR REPLACE VIEW sensors AS
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

CREATE OR REPLACE VIEW readings AS
SELECT
    file_id,
    row,
    sensor_id,
    timestamp,
    value,
    generation
FROM reading_rows FINAL
WHERE live_key IN
(
    SELECT reinterpretAsUInt64(substring(MD5(concat(file_id, '/', toString(live_generation))), 1, 8))
    FROM file_records FINAL
    WHERE deleted = 0
);
