"""Upload a file, wait until it is processed, print its results. Needs httpx.

CSV_PROCESSOR_API and CSV_PROCESSOR_KEY name the API and its key.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import httpx

API = os.environ.get("CSV_PROCESSOR_API", "http://127.0.0.1:8000")
KEY = os.environ.get("CSV_PROCESSOR_KEY")


def main(path: Path) -> int:
    headers = {"Authorization": f"Bearer {KEY}"} if KEY else {}
    with httpx.Client(base_url=API, headers=headers, timeout=60) as client:
        with path.open("rb") as file:
            response = client.post("/api/v1/files", files={"file": (path.name, file)})
        response.raise_for_status()
        document = response.json()
        while document["status"] == "waiting":
            time.sleep(0.2)
            document = client.get(document["links"]["self"]).json()
        print(f"{document['filename']}: {document['status']}")
        for sensor in client.get(document["links"]["sensors"]).json()["items"]:
            print(f"{sensor['sensor_id']}: {sensor['row_count']} rows, mean {sensor['mean_value']}")
        for row in document["invalid_rows"]:
            print(f"line {row['line']}: {row['code']}: {row['error']}")
    return 0 if document["status"] == "processed" else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Upload a file and print its results.")
    parser.add_argument("file", type=Path)
    sys.exit(main(parser.parse_args().file))
