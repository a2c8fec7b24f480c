"""Who may call what. Each route names the scope it needs, beside its path:

    @router.get("/files", dependencies=[READ])

An app with a route that names none does not start. A call that is allowed is also checked for
parameters that its route does not know.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Protocol
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from ingest.auth.api_keys import ApiKeyStore
from ingest.http.drain import drain
from ingest.http.errors import Problem, not_owner, unknown_file
from ingest.http.parameters import check_query
from runtime.metrics import REFUSED
from runtime.settings import ApiSettings
from runtime.settings.addresses import is_loopback
from schemas.api_keys import ApiKey, Scope, is_own
from schemas.file_record import FileRecord

_BEARER = HTTPBearer(
    scheme_name="key", auto_error=False, description="An API key: `Authorization: Bearer KEY`."
)
_HEADER = APIKeyHeader(name="X-API-Key", scheme_name="X-API-Key", auto_error=False)
# Routes that reveal only whether the process is alive and ready.
OPEN = frozenset({"/health/live", "/health/ready"})


class AccessDependencies(Protocol):
    """What has to be known to let a request in (`ingest.dependencies.Dependencies`)."""

    @property
    def settings(self) -> ApiSettings: ...
    @property
    def keys(self) -> ApiKeyStore: ...


async def _deps(request: Request) -> AccessDependencies:
    deps: AccessDependencies = request.app.state.deps
    return deps


Deps = Annotated[AccessDependencies, Depends(_deps)]


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of a request; without a key if none is needed."""

    key: ApiKey | None
    # What was sent, to be checked again by what lasts longer than a request usually does.
    token: str = field(default="", repr=False)

    @property
    def holder(self) -> str | None:
        """Whose request it is: the id of the key; None without one."""
        return None if self.key is None else self.key.key_id

    def owns(self, owner: str | None) -> bool:
        """Whether the caller may change what was uploaded with the key `owner`: what was uploaded
        without a key is for `admin` only, unless no keys are needed."""
        return self.is_admin or is_own(owner, self.holder)

    @property
    def is_admin(self) -> bool:
        """Whether the caller may change everything."""
        return self.key is None or self.key.allows(Scope.ADMIN)

    def check_owner(self, record: FileRecord) -> None:
        """Check that the caller may change a file.

        Raises:
            Problem: 403 `not_owner`; 404 for a caller who may not even know that the file exists.
        """
        if self.owns(record.owner):
            return
        if self.key is not None and not self.key.allows(Scope.READ):
            raise unknown_file(record.file_id)
        raise not_owner(record.file_id)


async def _allow(
    request: Request,
    needed: SecurityScopes,
    deps: Deps,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    header: Annotated[str | None, Depends(_HEADER)],
) -> None:
    """Let the request through, or raise what is answered instead."""
    try:
        request.state.caller = await _caller(
            request, needed, deps, bearer.credentials if bearer else header
        )
        check_query(request)
    except Problem as problem:
        if problem.status != 400:
            REFUSED.labels(problem.code).inc()
        # Many clients look for an answer only when they have sent everything.
        await drain(request)
        raise


async def _caller(
    request: Request, needed: SecurityScopes, deps: Deps, token: str | None
) -> Caller:
    if not deps.settings.keys_needed:
        _check_origin(request, deps.settings.api_host)
        return Caller(None)
    if not token:
        raise _unauthorized("missing_api_key", "This call needs an API key.")
    key = await deps.keys.find(token)
    if key is None:
        raise _unauthorized(
            "invalid_api_key", "The API key does not exist, or it is revoked or expired."
        )
    for name in needed.scopes:
        if not key.allows(Scope(name)):
            has = ", ".join(sorted(key.scopes)) or "none"
            raise Problem(
                "insufficient_scope",
                f"This call needs a key with the scope {name}; this one has {has}.",
                needed=name,
            )
    deps.keys.usage.request(key)
    return Caller(key, token)


def _unauthorized(code: str, detail: str) -> Problem:
    how = "Send `Authorization: Bearer KEY`; `csv-processor keys create` makes one."
    return Problem(code, f"{detail} {how}", headers={"WWW-Authenticate": 'Bearer realm="csv"'})


def _check_origin(request: Request, api_host: str) -> None:
    """Reject cross-origin requests and DNS rebinding on an API without keys.

    Without keys, any web page opened on this machine could send requests to the port: by a form
    (recognised by its Origin), or under a name that resolves to 127.0.0.1 (recognised by Host).
    """
    host = _hostname(f"//{request.headers.get('host', '')}")
    if is_loopback(api_host) and not is_loopback(host):
        raise _cross_origin(f"Host header {host!r} is not a loopback name.")
    origin = request.headers.get("origin")
    if origin is not None:
        source = _hostname(origin)
        if source != host and not (is_loopback(source) and is_loopback(host)):
            raise _cross_origin(f"The request was sent by a page of {origin[:100]!r}.")


def _cross_origin(why: str) -> Problem:
    return Problem("cross_origin_request", why)


def _hostname(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


async def _open(request: Request) -> None:
    """Allow every caller."""
    check_query(request)


# For the routes of `OPEN`.
ANYONE = Depends(_open)
READ = Security(_allow, scopes=[Scope.READ.value])
UPLOAD = Security(_allow, scopes=[Scope.UPLOAD.value])
ADMIN = Security(_allow, scopes=[Scope.ADMIN.value])


async def _caller_of(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


# The caller, in a route that names its scope.
CallerDep = Annotated[Caller, Depends(_caller_of)]


def scopes_of(dependant: Dependant) -> set[str]:
    """The scopes that a route names, or a router that it is in."""
    own = dependant.own_oauth_scopes or () if dependant.call is _allow else ()
    return set(own).union(*(scopes_of(inner) for inner in dependant.dependencies))


def require_scopes(app: FastAPI) -> None:
    """Reject an app with a route that requires no scope by oversight.

    Raises:
        RuntimeError: naming the routes without a scope.
    """
    bare = []
    # As OpenAPI's own description finds them: routers in routers included.
    for route in iter_route_contexts(app.routes):
        declared = isinstance(route.original_route, APIRoute) and route.path not in OPEN
        if declared and not scopes_of(route.dependant):
            bare.append(f"{sorted(route.methods or ())} {route.path}")
    if bare:
        raise RuntimeError(f"routes without a scope (see ingest/auth/scopes.py): {', '.join(bare)}")
