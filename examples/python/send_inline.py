"""Send a small CSV file (at most 1 MB) as a message."""

import argparse
import asyncio
import os
from pathlib import Path

from aiokafka import AIOKafkaProducer

SERVERS = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "localhost:9094")


async def main(path: Path, source: str) -> None:
    # Idempotent, so that a repetition after a lost answer is not a second file.
    async with AIOKafkaProducer(
        bootstrap_servers=SERVERS,
        enable_idempotence=os.environ.get("KAFKA_FLAVOUR", "kafka") == "kafka",
        max_request_size=2 << 20,
    ) as producer:
        sent = await producer.send_and_wait(
            "files.inline",
            path.read_bytes(),
            key=source.encode(),
            headers=[("filename", path.name.encode())],
        )
    print(f"{sent.topic}/{sent.partition}/{sent.offset}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("source", nargs="?", default="example", help="the key of the message")
    given = parser.parse_args()
    asyncio.run(main(given.file, given.source))
