-- Users of ClickHouse, each with the least it needs. The database csv_processor has the views, and
-- csv_processor_internal the tables. Run as an administrator, again after an upgrade from 0.2 (users that
-- exist keep their passwords):
--
--   clickhouse-client --param_api_password=… --param_worker_password=… --param_owner_password=… \
--     --param_reader_password=… --multiquery < deploy/clickhouse/users.sql
--
-- | user                 | is named in                        | may                                     |
-- |----------------------|------------------------------------|-----------------------------------------|
-- | csv_processor_owner  | CLICKHOUSE_URL of `migrate`, `keys` | everything in the two databases         |
-- | csv_processor_api    | CLICKHOUSE_URL of the API           | read, record files, count use of keys   |
-- | csv_processor_worker | CLICKHOUSE_URL of the workers       | read and write what comes of files; it  |
-- |                      |                                    | sees no API keys                        |
-- | reader               | SQL clients                         | read the views, within limits           |
CREATE DATABASE IF NOT EXISTS csv_processor;
CREATE DATABASE IF NOT EXISTS csv_processor_internal;

CREATE USER IF NOT EXISTS csv_processor_owner IDENTIFIED WITH sha256_password BY {owner_password:String};
GRANT ALL ON csv_processor.* TO csv_processor_owner;
GRANT ALL ON csv_processor_internal.* TO csv_processor_owner;

CREATE USER IF NOT EXISTS csv_processor_api IDENTIFIED WITH sha256_password BY {api_password:String};
GRANT SELECT ON csv_processor.* TO csv_processor_api;
GRANT SELECT ON csv_processor_internal.* TO csv_processor_api;
GRANT INSERT ON csv_processor_internal.* TO csv_processor_api;
REVOKE INSERT ON csv_processor_internal.api_keys FROM csv_processor_api;
REVOKE INSERT ON csv_processor_internal.schema_migrations FROM csv_processor_api;
-- Rows that are no longer visible are purged.
GRANT ALTER DELETE ON csv_processor_internal.* TO csv_processor_api;
REVOKE ALTER DELETE ON csv_processor_internal.api_keys FROM csv_processor_api;
-- Readiness says when a disk is full.
GRANT SELECT ON system.disks TO csv_processor_api;

CREATE USER IF NOT EXISTS csv_processor_worker IDENTIFIED WITH sha256_password BY {worker_password:String};
GRANT SELECT ON csv_processor_internal.* TO csv_processor_worker;
REVOKE SELECT ON csv_processor_internal.api_keys FROM csv_processor_worker;
GRANT INSERT ON csv_processor_internal.* TO csv_processor_worker;
REVOKE INSERT ON csv_processor_internal.api_keys FROM csv_processor_worker;
REVOKE INSERT ON csv_processor_internal.api_key_usage FROM csv_processor_worker;
REVOKE INSERT ON csv_processor_internal.schema_migrations FROM csv_processor_worker;

-- Views run with the rights of the owner, who creates them, so the reader needs SELECT on them alone.
CREATE USER IF NOT EXISTS reader IDENTIFIED WITH sha256_password BY {reader_password:String} SETTINGS
    readonly = 2, max_execution_time = 60 MAX 600, max_memory_usage = 4000000000 MAX 4000000000,
    compile_expressions = 0, compile_aggregate_expressions = 0, compile_sort_description = 0;
GRANT SELECT ON csv_processor.dead_letters TO reader;
GRANT SELECT ON csv_processor.files TO reader;
GRANT SELECT ON csv_processor.invalid_rows TO reader;
GRANT SELECT ON csv_processor.mended_rows TO reader;
GRANT SELECT ON csv_processor.readings TO reader;
GRANT SELECT ON csv_processor.sensor_results TO reader;
GRANT SELECT ON csv_processor.sensors TO reader;
