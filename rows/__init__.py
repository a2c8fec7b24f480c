"""What a row is: dialect, records, parsing, validation, error codes. Pure; no I/O.

The public surface, used by split, process and the dry run:

    sniff(head, options, complete)  -> DialectSpec          rows.sniff.dialect
    RecordSplitter(...).feed / finish  -> batches of records   rows.split.splitter
    parse_batch(data, ...)          -> BatchOutcome         rows.parse
    merge_partials(partials)        -> one row per sensor   rows.merge
"""
