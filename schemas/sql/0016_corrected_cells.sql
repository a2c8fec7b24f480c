-- Which of the invalid cells of a row a corrected one replaces, as in invalid_row_rows, and which
-- of the readings it is if the entry is about a record of a wide file as a whole.
ALTER TABLE resubmitted_row_rows
    ADD COLUMN IF NOT EXISTS cell UInt32,
    ADD COLUMN IF NOT EXISTS part UInt32,
    MODIFY ORDER BY (file_id, row, resubmission_id, cell, part);

-- How a file was read, as in its document.
ALTER TABLE file_records
    ADD COLUMN IF NOT EXISTS read_as Nullable(String) AFTER dialect;
