-- A record as a whole in one column, as JSON: what a small query costs goes by the number of its
-- columns, and a record has 33. Moments are microseconds since 1970. The writer gives it; of rows
-- that are older than the column it is made when they are read.
ALTER TABLE file_records
    ADD COLUMN IF NOT EXISTS record String DEFAULT toJSONString(CAST(
        (
            file_id, generation, live_generation, status, live_status, source, raw_bucket, raw_key,
            filename, size_bytes, sha256, toUnixTimestamp64Micro(upload_time), options,
            content_encoding, idempotency_key, resubmission_of,
            toUnixTimestamp64Micro(requested_at), batch_bytes, row_count, invalid_count,
            sensor_count, min_value, max_value, batches, processing_ms,
            toUnixTimestamp64Micro(finished_at), error, dialect, codes, invalid_kept_through,
            toUnixTimestamp64Micro(recorded_at), deleted, purged
        ) AS Tuple(
            file_id String, generation UInt32, live_generation UInt32, status String,
            live_status Nullable(String), source String, raw_bucket String, raw_key String,
            filename String, size_bytes UInt64, sha256 String, upload_time Int64, options String,
            content_encoding Nullable(String), idempotency_key Nullable(String),
            resubmission_of Nullable(String), requested_at Nullable(Int64), batch_bytes UInt64,
            row_count Nullable(UInt64), invalid_count Nullable(UInt64),
            sensor_count Nullable(UInt64), min_value Nullable(Float64),
            max_value Nullable(Float64), batches UInt32, processing_ms Nullable(UInt64),
            finished_at Nullable(Int64), error Nullable(String), dialect Nullable(String),
            codes Map(String, UInt64), invalid_kept_through UInt64, recorded_at Int64,
            deleted UInt8, purged UInt8
        )
    ));

-- As before, but the order among readings of the same time is one number instead of a tuple with
-- texts, and is compared as a whole: a third of the time. `place` is that of the file among all by
-- when it was uploaded.
CREATE OR REPLACE VIEW sensors AS
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
    argMin(
        r.first_value,
        toInt128(toUnixTimestamp64Micro(r.first_timestamp)) * toInt128(4294967296) + f.place
    ) AS first_value,
    max(r.last_timestamp) AS last_timestamp,
    argMax(
        r.last_value,
        toInt128(toUnixTimestamp64Micro(r.last_timestamp)) * toInt128(4294967296) + f.place
    ) AS last_value,
    count() AS files
FROM
(
    SELECT file_id, live_generation, row_number() OVER (ORDER BY upload_time, file_id) AS place
    FROM file_records FINAL
    WHERE deleted = 0
) AS f
INNER JOIN sensor_result_rows AS r FINAL
    ON r.file_id = f.file_id AND r.generation = f.live_generation
GROUP BY r.sensor_id;
