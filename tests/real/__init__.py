"""The same tests on the real programs: Apache Kafka from its jars, MinIO from its own build."""
