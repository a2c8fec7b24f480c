"""An answer that a service loses costs no file and doubles none, whichever call it belongs to."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from embedded.stack import Stack
from tests.conftest import EVERYTHING
from tests.harness.client import Client
from tests.harness.lost_answers import LARGE, SERVICES, SMALL, Proxies, differences, lose_each
from tests.harness.patient_client import PatientClient
from tests.harness.services import Service, free_port

# LOST_ANSWERS=all loses the answer of every call; LOST_ANSWERS_SEED chooses other files and pauses.
ALL = os.environ.get("LOST_ANSWERS") == "all"
SEED = int(os.environ.get("LOST_ANSWERS_SEED", "1"))


@dataclass(frozen=True, slots=True)
class Faulty:
    """An API on the services of the shared stack that reaches them through proxies."""

    proxies: Proxies
    api: Service


@pytest.fixture(scope="module")
def faulty(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    endpoints = stack.endpoints
    folder: Path = tmp_path_factory.mktemp("lost-answers")
    with Proxies(endpoints) as proxies:
        port = free_port()
        env = {**endpoints, **EVERYTHING, **proxies.env, "API_PORT": str(port)}
        api = Service([sys.executable, "-m", "ingest.server"], port, env, folder / "api.log")
        api.start()
        try:
            yield Faulty(proxies, api)
        finally:
            api.kill()


@pytest.fixture
async def patient(faulty: Faulty) -> AsyncIterator[PatientClient]:
    address = f"http://127.0.0.1:{faulty.api.port}"
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        yield PatientClient(http)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("service", SERVICES)
async def test_each_call_of_an_upload_may_lose_its_answer(
    client: Client, faulty: Faulty, patient: PatientClient, service: str
) -> None:
    shapes = (*SMALL, *LARGE) if ALL else SMALL
    cases = [
        case async for case in lose_each(patient, faulty.proxies, shapes, [service], seed=SEED)
    ]
    assert {case.shape for case in cases} == set(shapes)
    assert await differences(client, cases) == []
