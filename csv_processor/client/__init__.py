"""A client of the HTTP API: `Client`, and `AsyncClient` for programs with an event loop.

    from csv_processor.client import Client

    with Client("http://127.0.0.1:8000") as client:
        file = client.wait(client.upload("plant-7.csv", timezone="Europe/Berlin"))
        print(file.status, file.row_count, file.invalid_count)
        table = client.readings(file).to_pandas()

Both have the same methods with the same arguments. A request is repeated while the service is
unavailable, for up to `patience` seconds; an upload has an idempotency key, so that a repeated one
is the same file.
"""

from csv_processor.client.asynchronous import AsyncClient
from csv_processor.client.errors import ApiError, ClientError, Unavailable, WaitTimeout
from csv_processor.client.models import Event, File, InvalidRow, Profile, Sensor
from csv_processor.client.readings import Readings
from csv_processor.client.synchronous import Client

__all__ = [
    "ApiError",
    "AsyncClient",
    "Client",
    "ClientError",
    "Event",
    "File",
    "InvalidRow",
    "Profile",
    "Readings",
    "Sensor",
    "Unavailable",
    "WaitTimeout",
]
