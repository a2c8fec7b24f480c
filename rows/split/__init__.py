"""Text into batches of whole records. What is in a record is parsed in `rows.parse`."""
