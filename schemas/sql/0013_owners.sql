-- The API key that a file was uploaded with: who may replay it, and send its invalid rows back. NULL
-- for files that were uploaded without a key, or announced by a producer.
ALTER TABLE file_records ADD COLUMN IF NOT EXISTS owner Nullable(String) AFTER resubmission_of;
