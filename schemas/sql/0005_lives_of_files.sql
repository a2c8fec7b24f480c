-- A file is replayed, deleted, and its invalid rows come back mended in another file.
ALTER TABLE file_records
    ADD COLUMN IF NOT EXISTS live_status LowCardinality(Nullable(String)) AFTER status,
    ADD COLUMN IF NOT EXISTS resubmission_of Nullable(String) AFTER idempotency_key,
    ADD COLUMN IF NOT EXISTS requested_at Nullable(DateTime64(6, 'UTC')) AFTER resubmission_of,
    ADD COLUMN IF NOT EXISTS purged UInt8 AFTER deleted;

-- While a file is replayed its record has begun the next generation and goes on telling what the
-- live one came to, so that this view changes in one step, like the others.
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
    resubmission_of
FROM file_records AS f FINAL
WHERE deleted = 0;

-- `byte` as in documents.
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
