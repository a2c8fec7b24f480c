-- API keys. Of a secret only its SHA-256 is kept: secrets are 256 random bits, so that there is
-- nothing to guess and a slow hash would protect nothing. A key keeps its id when its secret is
-- rotated; the secret before holds until `previous_until`, so that clients change over in between.
-- One row per state of a key; the highest version is what holds.
CREATE TABLE IF NOT EXISTS api_keys
(
    key_id String,
    name String,
    scopes Array(String),
    secret_sha256 String,
    previous_sha256 String,
    previous_until Nullable(DateTime64(6, 'UTC')),
    files_per_day Nullable(UInt64),
    bytes_per_day Nullable(UInt64),
    requests_per_minute Nullable(UInt64),
    created_at DateTime64(6, 'UTC'),
    expires_at Nullable(DateTime64(6, 'UTC')),
    revoked_at Nullable(DateTime64(6, 'UTC')),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY key_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- What each key used, by minute and API process. A process writes the sum of its own minute again
-- and again, so that a row written twice counts once.
CREATE TABLE IF NOT EXISTS api_key_usage
(
    key_id String,
    minute DateTime('UTC'),
    process String,
    requests UInt64,
    files UInt64,
    bytes UInt64,
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (key_id, minute, process)
TTL minute + INTERVAL 3 DAY;
