"""Results are written and read here: sinks, the ClickHouse client, named queries.

Belongs here: everything that knows a database. Does not: what a result is (`schemas`, `rows`).
"""
