"""Object stores: one protocol, with implementations for S3 (MinIO) and folders, chosen by URL.

Belongs here: access to stored bytes. Does not: keys of objects (`schemas.object_keys`), and what
the bytes mean (`rows`).
"""
