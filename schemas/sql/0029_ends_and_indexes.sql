-- When the end of a file was inserted, in records that took the place of its end: what retention removed,
-- and that rows of earlier generations are purged. NULL in all others: it is when they were inserted.
ALTER TABLE file_records
    ADD COLUMN IF NOT EXISTS ended_at Nullable(DateTime64(6, 'UTC')) AFTER readings_removed_at,
    ADD INDEX IF NOT EXISTS by_ended_at ended_at TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS by_raw_key raw_key TYPE bloom_filter(0.001) GRANULARITY 4,
    ADD INDEX IF NOT EXISTS by_waiting (status = 'waiting') TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS by_purge
        ((1 - purged) * (deleted + (raw_removed_at IS NOT NULL) + (generation > 1)))
        TYPE minmax GRANULARITY 1;

ALTER TABLE file_records MATERIALIZE INDEX by_raw_key SETTINGS mutations_sync = 1;

ALTER TABLE file_records MATERIALIZE INDEX by_waiting SETTINGS mutations_sync = 1;

ALTER TABLE file_records MATERIALIZE INDEX by_purge SETTINGS mutations_sync = 1;

-- The row of 0027 is inserted again whenever that is applied again, and would pass seals that were not
-- looked at. So rounds have a name of their own, which is inserted once.
INSERT INTO overlap_rounds (task, seal)
SELECT 'rounds', max(seal) FROM overlap_rounds
HAVING (SELECT count() FROM overlap_rounds WHERE task = 'rounds') = 0;
