"""Send a small CSV file (at most 1 MB) as a message: `send_inline.py FILE [SOURCE]`."""

import asyncio
import os
import sys
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
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "example"))
