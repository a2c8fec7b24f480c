-- Every valid row, if readings are stored; none of a file whose readings are withheld, which counts no
-- rows (max_invalid), or whose readings were removed by retention. Live generations are read after the rows: a set is quick, and a join would put all rows into memory. A file's rows are stored well before its record.
CREATE OR REPLACE VIEW readings DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    file_id,
    row,
    sensor_id,
    timestamp,
    value,
    generation
FROM readings_by_sensor FINAL
WHERE live_key IN
(
    SELECT reinterpretAsUInt64(substring(MD5(concat(file_id, '/', toString(live_generation))), 1, 8))
    FROM file_records FINAL
    WHERE deleted = 0 AND row_count > 0 AND readings_removed_at IS NULL
);
