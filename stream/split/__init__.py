"""The second stage: splits a file into batches of whole records. An agent on `files.uploaded`, on all workers.

Small files (one batch) are handled many at a time and processed where they were read; large ones
are read as a stream and cut into batches by reference, a few seconds at a time; compressed ones are
expanded, cut and processed in one go.
"""
