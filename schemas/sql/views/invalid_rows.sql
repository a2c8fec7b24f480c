-- Invalid rows of each file, with the reason. `byte` as in documents.
CREATE OR REPLACE VIEW invalid_rows DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
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
