"""The stack without Docker: processes, ports, and the stand-ins for Kafka, S3 and ClickHouse.

Belongs here: starting, watching and stopping them. Does not: code of the API or the workers, which
run here unchanged.
"""
