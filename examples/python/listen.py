"""Print what became of each file, as it ends: `listen.py [FILENAME]` stops after that file."""

import asyncio
import json
import os
import sys

from aiokafka import AIOKafkaConsumer

SERVERS = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "localhost:9094")


async def main(until: str | None) -> None:
    # A consumer group of its own keeps its offsets; a file may be published twice, with the same file_id.
    async with AIOKafkaConsumer(
        "files.results",
        bootstrap_servers=SERVERS,
        group_id=os.environ.get("GROUP", "example-listener"),
        auto_offset_reset="earliest",
    ) as consumer:
        async for message in consumer:
            document = json.loads(message.value)
            rows = (document["aggregations"] or {}).get("row_count", 0)
            print(
                f"{document['file_id']} {document['filename']} {document['status']}: "
                f"{rows} valid, {document['invalid_count']} invalid"
            )
            if document["filename"] == until:
                return


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
