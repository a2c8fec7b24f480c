"""Kafka clients on aiokafka: access, topics, producer. Consumers of the stream are in `stream.engine`."""
