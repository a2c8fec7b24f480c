-- A file whose bytes are known is a duplicate if it is read as the earlier file is. `same_bytes` has the
-- earlier files that it is compared with, as JSON; empty if there are none. `forced`: it counts in any case.
ALTER TABLE file_records
    ADD COLUMN IF NOT EXISTS same_bytes String AFTER summary,
    ADD COLUMN IF NOT EXISTS duplicate_of Nullable(String) AFTER same_bytes,
    ADD COLUMN IF NOT EXISTS forced UInt8 AFTER duplicate_of;
