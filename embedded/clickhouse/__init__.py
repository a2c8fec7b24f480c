"""ClickHouse's HTTP interface over chDB, for a machine without a ClickHouse server. No client code.

The engine is ClickHouse itself, so SQL, formats, types and errors are the real ones. What a real
server does differently:

* There are two users, an owner and a reader (`access`); users, roles and grants cannot be made by
  SQL, and readers have no sessions.
* The data of an INSERT is received as a whole before the INSERT begins.
* A setting it would run asynchronously (`async_insert`) is taken and the insert done at once.
* Results in formats with a head or foot (JSON, Arrow, Parquet, …WithNames) are written to a file
  before they are sent; ArrowStream and formats of rows (Native, TabSeparated, CSV, RowBinary,
  JSONEachRow) are streamed as they are made.
* Progress headers are not sent while a query runs, only the summary at its end.
* Merges run at a lower priority than inserts and queries.
* One process, one folder: no clusters, no replication, no native protocol.
"""
