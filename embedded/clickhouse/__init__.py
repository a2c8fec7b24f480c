"""ClickHouse's HTTP interface over chDB, for a machine without a ClickHouse server.

The engine is ClickHouse itself, so SQL, formats, types and errors are the real ones. What a real
server does differently:

* There are no users, roles or quotas: any name is taken, and one password, where one is set.
* A setting it would run asynchronously (`async_insert`) is taken and the insert done at once.
* `compress=1` and `decompress=1` (ClickHouse's own block format) are not spoken; HTTP's
  Content-Encoding and Accept-Encoding are.
* Results in formats with a head or foot (JSON, Arrow, Parquet) are made whole before they are
  sent; formats of rows (Native, TabSeparated, CSV, RowBinary, JSONEachRow) are streamed.
* Several statements in one request, separated by semicolons, are all run.
* Progress headers are not sent while a query runs, only the summary at its end.
* One process, one folder: no clusters, no replication, no native protocol.
"""
