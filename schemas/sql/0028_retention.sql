-- What retention removed of a file, and when. Files are looked for by the time of their upload, and by that
-- of their end if a later record took the place of the one that was inserted then.
ALTER TABLE file_records
    ADD COLUMN IF NOT EXISTS raw_removed_at Nullable(DateTime64(6, 'UTC')) AFTER forced,
    ADD COLUMN IF NOT EXISTS readings_removed_at Nullable(DateTime64(6, 'UTC')) AFTER raw_removed_at,
    ADD INDEX IF NOT EXISTS by_upload_time upload_time TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS by_finished_at finished_at TYPE minmax GRANULARITY 1;

ALTER TABLE file_records MATERIALIZE INDEX by_upload_time SETTINGS mutations_sync = 1;

ALTER TABLE file_records MATERIALIZE INDEX by_finished_at SETTINGS mutations_sync = 1;
