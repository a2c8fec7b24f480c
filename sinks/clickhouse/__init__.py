"""The ClickHouse client, sink, migrations and purge. Named queries are in `sinks.queries`."""
