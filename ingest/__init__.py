"""The HTTP API and nothing else. Kafka clients are in `broker`, the command line is in `cli`."""
