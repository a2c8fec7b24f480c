-- The key of the request or message that an operation was begun for: if it is repeated, it begins
-- nothing again. Operations of earlier versions have it in their record.
ALTER TABLE file_operations
    ADD COLUMN IF NOT EXISTS key String DEFAULT JSONExtractString(record, 'idempotency_key');
