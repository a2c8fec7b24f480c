"""Where raw files lie: one protocol, S3 (MinIO) and folder implementations chosen by URL."""
