"""Whether a process can work: named checks, each asked at most once a second.

A check is required, or it is not. The process is *ready* if all checks pass, *degraded* if only
checks that are not required fail, and *not ready* otherwise. Only *not ready* takes a process out
of a load balancer, so a check is required only if the calls that the process is there for cannot
be answered without it. What every process would report alike, and what no other process does
better (no worker is running), degrades: taking all processes away would turn a delay into an
outage.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.errors import Service, Unavailable

_LOG = logging.getLogger(__name__)
_SECONDS = 4.0
_FAILED_MAX_AGE = 1.0


class CheckFailed(Exception):  # noqa: N818
    """A check that fails for another reason than a service that is unavailable."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Check:
    """One thing a process needs.

    Args:
        name: its name in the body of `/health/ready`, and in metrics.
        ask: returns if all is well, perhaps with a text for the body; raises `Unavailable` or
            `CheckFailed` if not. It is given up after four seconds.
        required: whether its failure makes the process *not ready*.
        max_age: seconds that a positive answer counts for; a negative one counts for a second at
            the most.
    """

    name: str
    ask: Callable[[], Awaitable[object]]
    required: bool = True
    max_age: float = 1.0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a check fails; `error` if a service is unavailable."""

    reason: str
    error: Unavailable | None = None


def service_checks(
    pings: Mapping[Service, Callable[[], Awaitable[object]]], max_age: float = 1.0
) -> list[Check]:
    """Required checks, one for each service; a ping raises `Unavailable` if its service is unavailable."""
    return [Check(service.value, ping, max_age=max_age) for service, ping in pings.items()]


class Readiness:
    """Asks every check and remembers its answer for a while."""

    def __init__(self, checks: Iterable[Check]) -> None:
        self._checks = {check.name: _Asked(check) for check in checks}

    async def failures(self) -> dict[str, Failure | None]:
        """Every check by name with its failure, None if it passes."""
        found = await asyncio.gather(*(check.state() for check in self._checks.values()))
        return dict(zip(self._checks, found, strict=True))

    async def document(self) -> tuple[bool, dict[str, Any]]:
        """Whether no required check fails, and the body of `/health/ready`."""
        failures = await self.failures()
        failed = {name for name, failure in failures.items() if failure is not None}
        ready = not any(self._checks[name].check.required for name in failed)
        status = "not ready" if not ready else "degraded" if failed else "ready"
        parts = {
            name: {
                "ready": failure is None,
                "required": self._checks[name].check.required,
                "reason": failure.reason if failure else None,
                "detail": None if failure else self._checks[name].detail,
            }
            for name, failure in failures.items()
        }
        return ready, {"status": status, "parts": parts}

    def forget(self) -> None:
        """Ask again the next time: something was just seen to fail."""
        for check in self._checks.values():
            check.forget()

    async def require(self, *services: Service) -> None:
        """Raise `Unavailable` for the first of `services` that is unavailable."""
        states = await asyncio.gather(
            *(self._checks[service.value].state() for service in services)
        )
        for service, state in zip(services, states, strict=True):
            if state is not None:
                raise state.error or Unavailable(service, state.reason)


class _Asked:
    """A check with its last answer."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self._asking: asyncio.Task[Failure | None] | None = None
        self._state: Failure | None = None
        self._asked_at = float("-inf")
        self.detail: str | None = None

    async def state(self) -> Failure | None:
        max_age = self.check.max_age
        if self._state is not None:
            max_age = min(max_age, _FAILED_MAX_AGE)
        if time.monotonic() - self._asked_at <= max_age:
            return self._state
        # All callers that ask meanwhile share the question that is being asked.
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(self._answered)
        return await asyncio.shield(self._asking)

    def forget(self) -> None:
        self._asked_at = float("-inf")

    async def _ask(self) -> Failure | None:
        try:
            async with asyncio.timeout(_SECONDS):
                answer = await self.check.ask()
                self.detail = answer if isinstance(answer, str) else None
        except Unavailable as exc:
            return Failure(exc.reason, exc)
        except CheckFailed as exc:
            return Failure(exc.reason)
        except TimeoutError:
            return Failure(f"no answer within {_SECONDS:.0f} seconds")
        except Exception as exc:  # noqa: BLE001 - a bug in a check must not look like readiness
            _LOG.error("the check %s failed", self.check.name, exc_info=exc)
            return Failure(f"the check failed: {type(exc).__name__}: {exc}")
        return None

    def _answered(self, task: asyncio.Task[Failure | None]) -> None:
        self._asking = None
        if not task.cancelled():
            self._state, self._asked_at = task.result(), time.monotonic()
