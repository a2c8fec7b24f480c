-- Webhooks. One row per state; the highest version holds. Secrets sign messages, so they are kept as
-- they are; no view shows them.
CREATE TABLE IF NOT EXISTS webhooks
(
    webhook_id String,
    url String,
    title String,
    statuses Array(String),
    min_invalid_share Float64,
    profile Nullable(String),
    api_key Nullable(String),
    enabled UInt8,
    disabled_reason String,
    secret String,
    previous_secret String,
    previous_until Nullable(DateTime64(6, 'UTC')),
    created_at DateTime64(6, 'UTC'),
    since DateTime64(6, 'UTC'),
    deleted UInt8,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY webhook_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, auto_statistics_types = '';

-- Messages to webhooks, and what became of them. What is not due any more has a `next_attempt_at` of
-- 2200, so that the index leads to the few that are.
CREATE TABLE IF NOT EXISTS webhook_deliveries
(
    webhook_id String,
    begun_at DateTime64(6, 'UTC'),
    delivery_id String,
    event LowCardinality(String),
    file_id String,
    filename String,
    generation UInt32,
    status LowCardinality(String),
    payload String CODEC(ZSTD),
    state LowCardinality(String),
    attempts UInt32,
    planned_at DateTime64(6, 'UTC'),
    next_attempt_at DateTime64(6, 'UTC'),
    last_attempt_at Nullable(DateTime64(6, 'UTC')),
    response_status Nullable(UInt16),
    response_ms Nullable(UInt32),
    error String,
    version UInt64,
    INDEX by_next_attempt next_attempt_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (webhook_id, begun_at, delivery_id)
TTL toDateTime(planned_at) + INTERVAL 30 DAY
SETTINGS
    index_granularity = 1024,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    auto_statistics_types = '';

-- Up to which moment records of files were looked at for messages.
CREATE TABLE IF NOT EXISTS webhook_cursor
(
    name String,
    since DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(since)
ORDER BY name
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, auto_statistics_types = '';

-- Which of several processes does what only one should. A lease is inserted with a deduplication token
-- of its name and number, so of two processes one gets it.
CREATE TABLE IF NOT EXISTS leases
(
    name String,
    number UInt64,
    holder String,
    until DateTime64(6, 'UTC')
)
ENGINE = MergeTree
ORDER BY (name, number)
SETTINGS
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    auto_statistics_types = '';
