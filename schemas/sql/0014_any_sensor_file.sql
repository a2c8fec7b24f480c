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
