-- Members of containers, and containers. The record of a container has no counts of its own: `summary`
-- is what its members sum up to, as JSON.
ALTER TABLE file_records
    ADD COLUMN IF NOT EXISTS parent_id Nullable(String) AFTER resubmission_of,
    ADD COLUMN IF NOT EXISTS parent_generation UInt32 AFTER parent_id,
    ADD COLUMN IF NOT EXISTS member Nullable(String) AFTER parent_generation,
    ADD COLUMN IF NOT EXISTS container LowCardinality(Nullable(String)) AFTER member,
    ADD COLUMN IF NOT EXISTS member_count Nullable(UInt32) AFTER container,
    ADD COLUMN IF NOT EXISTS damage Nullable(String) AFTER member_count,
    ADD COLUMN IF NOT EXISTS revision UInt64 AFTER damage,
    ADD COLUMN IF NOT EXISTS summary Nullable(String) AFTER revision;
