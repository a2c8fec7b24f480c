"""Lost answers: the n-th call of an upload is done, and its response is lost.

    with ProxiedApi(env, log) as api:
        cases = [case async for case in lose_each(client, api, SMALL)]
    wrong = await differences(client, cases)

For each service and each way of uploading, the first
call of an upload is lost, then the second of another upload, and so on until an upload makes no
more calls. Every file must exist once and be exact, and no record of a failure may be left.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from tests.harness import verification
from tests.harness.client import Client
from tests.harness.oracle import Expected, expect
from tests.harness.patient_client import PatientClient, Way
from tests.harness.proxied_api import SERVICES, ProxiedApi
from tests.harness.sensor_files import SensorFile, generate
from tests.harness.waiting import until

# How long a service refuses connections after it lost an answer.
_REFUSES: Final = (0.0, 0.3, 1.5)
_KINDS: Final = ("dirty", "quoted", "clean", "crlf")


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to upload, and how large the file is."""

    way: Way
    rows: int

    def __str__(self) -> str:
        return f"{self.way} of {self.rows} rows"


# Small files are held by the API until their hash is known, larger ones go to the store at once.
SMALL: Final = tuple(Shape(way, 40) for way in ("multipart", "raw", "tus"))
LARGE: Final = tuple(Shape(way, 40_000) for way in ("multipart", "raw", "tus"))


@dataclass(frozen=True, slots=True)
class Case:
    """An upload of which an answer was lost."""

    service: str
    shape: Shape
    nth: int
    lost: str
    file: SensorFile
    file_id: str
    requests: int

    def __str__(self) -> str:
        said = " ".join(self.lost.split())[:160]
        return f"{self.shape}: call {self.nth} of the {self.service} lost ({said})"


async def lose_each(
    client: PatientClient,
    api: ProxiedApi,
    shapes: Sequence[Shape],
    services: Iterable[str] = SERVICES,
    *,
    seed: int = 1,
    every: int = 1,
    say: Callable[[str], None] = print,
) -> AsyncIterator[Case]:
    """Upload a file for each call that an upload of each shape makes to each service, and lose the
    answer of that call.

    Args:
        seed: decides the files, and how long a service refuses connections afterwards.
        every: lose the answers of every so many calls only; which, the seed decides.
    """
    for service, shape in itertools.product(services, shapes):
        # Files of their own: known bytes would be duplicates.
        random_ = random.Random(f"lost answers {seed} {service} {shape}")
        proxy = api.proxy(service)
        for nth in itertools.count(1 + random_.randrange(every), every):
            file_seed = random_.randrange(1 << 40)
            made = generate(random_.choice(_KINDS), shape.rows, file_seed)
            file = SensorFile(f"lost-{seed}-{service}-{shape.way}-{nth}-{made.name}", made.data)
            proxy.lose(nth, refuse_seconds=random_.choice(_REFUSES))
            key = f"{file.name} {file_seed}" if random_.random() < 0.5 else None
            sent = await client.upload(shape.way, file.name, file.data, key=key)
            reached = len(proxy.calls) >= nth
            if reached:
                # It may be a call of a background task, whose answer comes later than the upload's.
                await until(partial(getattr, proxy, "lost"), "the call is answered")
            lost = proxy.lost
            proxy.behave()
            if lost is None:
                break
            case = Case(service, shape, nth, lost, file, sent.file_id, sent.requests)
            say(f"{case}; {case.requests} requests")
            yield case


async def differences(client: Client, cases: Sequence[Case]) -> list[str]:
    """What is wrong with the files of `cases` once all have ended, in sentences."""
    found = await asyncio.gather(*(_differences(client, case) for case in cases))
    return [f"{case}: {text}" for case, wrong in zip(cases, found, strict=True) for text in wrong]


async def _differences(client: Client, case: Case) -> list[str]:
    expected: Expected = expect(case.file.data)
    await client.ended(case.file_id)
    wrong = await verification.one_file(client, case.file_id, expected)
    # By name: a second file, or a record of a failed attempt, is listed beside the first.
    listed = await client.sql(
        "SELECT file_id, status FROM csv_processor.files WHERE filename = {name:String}",
        name=case.file.name,
    )
    return wrong if len(listed) == 1 else [*wrong, f"it is there {len(listed)} times: {listed}"]
