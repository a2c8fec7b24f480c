"""When the client repeats a request."""

from __future__ import annotations

from itertools import islice

import httpx
import pytest

from csv_processor.client.errors import ApiError, Unavailable
from csv_processor.client.pace import pause_after, poll_pauses

AWAY = httpx.ConnectError("refused")


def test_pauses_grow_up_to_a_limit() -> None:
    pauses = [pause_after(AWAY, attempt, 0, 1000) for attempt in range(8)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (0.2, 5.0)
    polls = list(islice(poll_pauses(), 40))
    assert polls == sorted(polls)
    assert polls[-1] == 1.0


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_service_that_is_unavailable_is_asked_again_when_it_says(status: int) -> None:
    assert pause_after(ApiError(status, {}, 3.0), 0, 0, 60) == 3.0
    assert pause_after(ApiError(status, {}), 0, 0, 60) == 0.2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 500])
def test_a_request_that_is_rejected_is_not_repeated(status: int) -> None:
    rejected = ApiError(status, {"code": "some_code", "title": "T", "detail": "D"})
    with pytest.raises(ApiError, match="T: D") as caught:
        pause_after(rejected, 0, 0, 60)
    assert (caught.value.code, caught.value.status) == ("some_code", status)


@pytest.mark.parametrize("failure", [AWAY, ApiError(503, {"title": "Away"}, 2.0)])
def test_patience_ends(failure: Exception) -> None:
    assert pause_after(failure, 0, 57.9, 60) <= 2.0
    with pytest.raises(Unavailable):
        pause_after(failure, 0, 59.9, 60)
