-- One row per file. While a file is replayed its record has begun the next generation and goes on
-- describing the live one, so that this view changes in one step, like the others.
-- `invalid_rows_through` is the row up to which details of invalid rows are kept, NULL if all of
-- them are; documents call it `limit_reached`. Counts are of all rows in any case.
-- `notices` are those of the live generation, and the one that is found later (overlap_rows).
-- Counts of a container are NULL: they are those of its members, which have its file_id as `parent_id`.
CREATE OR REPLACE VIEW files DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    f.file_id AS file_id,
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
    multiIf(
        ifNull(o.readings, 0) = 0 OR o.generation != f.live_generation, f.notices,
        f.notices IN ('', '[]'), concat('[', o.notice, ']'),
        concat(substring(f.notices, 1, length(f.notices) - 1), ',', o.notice, ']')
    ) AS notices,
    f.read_as AS dialect,
    f.parent_id AS parent_id,
    f.duplicate_of AS duplicate_of,
    f.raw_removed_at AS raw_removed_at,
    f.readings_removed_at AS readings_removed_at
FROM file_records AS f FINAL
LEFT JOIN (SELECT file_id, generation, readings, notice FROM overlap_rows FINAL WHERE readings > 0) AS o
    ON o.file_id = f.file_id
WHERE deleted = 0;
