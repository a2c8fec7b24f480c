"""Announce a file that is in the store already: `announce.py BUCKET OBJECT_KEY [FILENAME]`."""

import asyncio
import json
import os
import sys

from aiokafka import AIOKafkaProducer

SERVERS = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "localhost:9094")


async def main(bucket: str, object_key: str, filename: str | None) -> None:
    said = {"bucket": bucket, "object_key": object_key}
    if filename:
        said["filename"] = filename
    async with AIOKafkaProducer(bootstrap_servers=SERVERS) as producer:
        sent = await producer.send_and_wait(
            "files.announced", json.dumps(said).encode(), key=object_key.encode()
        )
    print(f"{sent.topic}/{sent.partition}/{sent.offset}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None))
