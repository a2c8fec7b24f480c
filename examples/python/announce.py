"""Announce a file that is in the store already."""

import argparse
import asyncio
import json
import os

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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bucket")
    parser.add_argument("object_key")
    parser.add_argument("filename", nargs="?", help="if it is not the last part of the key")
    given = parser.parse_args()
    asyncio.run(main(given.bucket, given.object_key, given.filename))
