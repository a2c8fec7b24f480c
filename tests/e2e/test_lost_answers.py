"""An answer that a service loses costs no file and doubles none, whichever call it belongs to."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from embedded.stack import Stack
from tests.conftest import EVERYTHING
from tests.harness.client import Client
from tests.harness.lost_answers import LARGE, SMALL, differences, lose_each
from tests.harness.patient_client import PatientClient
from tests.harness.proxied_api import SERVICES, ProxiedApi

# LOST_ANSWERS=all loses the answer of every call; LOST_ANSWERS_SEED chooses other files and pauses.
ALL = os.environ.get("LOST_ANSWERS") == "all"
SEED = int(os.environ.get("LOST_ANSWERS_SEED", "1"))


@pytest.fixture(scope="module")
def api(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProxiedApi]:
    """An API on the services of the shared stack."""
    log = tmp_path_factory.mktemp("lost-answers") / "api.log"
    with ProxiedApi({**stack.endpoints, **EVERYTHING}, log) as started:
        yield started


@pytest.fixture
async def patient(api: ProxiedApi) -> AsyncIterator[PatientClient]:
    async with api.client() as http:
        yield PatientClient(http)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("service", SERVICES)
async def test_each_call_of_an_upload_may_lose_its_answer(
    client: Client, api: ProxiedApi, patient: PatientClient, service: str
) -> None:
    shapes = (*SMALL, *LARGE) if ALL else SMALL
    cases = [case async for case in lose_each(patient, api, shapes, [service], seed=SEED)]
    assert {case.shape for case in cases} == set(shapes)
    assert await differences(client, cases) == []
