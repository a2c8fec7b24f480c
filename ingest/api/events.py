"""Server-sent events: one file until it is terminal, and all files while a client listens.

Events tell the present state, so a stream that broke is resumed without a history: where the
client's `Last-Event-ID` is that of the present state there is nothing to tell it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from ingest.auth.scopes import READ, Caller, CallerDep
from ingest.background.change_feed import Change, Subscription, done_id
from ingest.dependencies import Dependencies, Deps
from ingest.files.documents import whole_document
from ingest.http import examples
from ingest.http.errors import unknown_file
from ingest.http.openapi import events, nothing
from schemas.api_keys import Scope
from schemas.errors import Unavailable
from schemas.file_document import Document, encode
from schemas.instants import utc_now
from sinks.queries import file_by_id

router = APIRouter(prefix="/api/v1", tags=["events"])

# Proxies close connections that are silent for long, some after 30 seconds.
_HEARTBEAT_SECONDS = 15.0
# How often the key of a stream is looked at, and how old what is known of keys may be then. Together
# they are below the 3 seconds in which a revoked key stops working.
_KEY_SECONDS, _KEY_FRESH_SECONDS = 1.0, 1.5
_HEARTBEAT = b": still here\n\n"
# The first bytes, so that the answer is through to the client; how soon it shall come back.
_OPENING = format_sse_event(retry=2000, comment="open")
# `no` keeps nginx, and what behaves like it, from gathering the stream.
_HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
# A list is usually read a moment before its stream is opened.
_JUST_BEFORE = timedelta(seconds=10)
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class EventStream(StreamingResponse):
    """FastAPI's own is for calls that yield; these decide first how they answer."""

    media_type = "text/event-stream"


LastEventId = Annotated[
    str | None, Header(max_length=200, description="`id` of the last event that was received.")
]


@router.get(
    "/files/{file_id}/events",
    dependencies=[READ],
    summary="Follow a file",
    response_class=EventStream,
    responses={
        **events(examples.event("done", examples.FILE, "done-1"), "The events."),
        **nothing(204, "The client has the terminal document already."),
    },
)
async def follow_file(
    file_id: str, deps: Deps, caller: CallerDep, last_event_id: LastEventId = None
) -> Response:
    """`progress` with the file document as far as it is known, again and again; then `done` with
    the terminal one, or `deleted`; then the end of the stream."""
    record = await file_by_id(deps.database, file_id)
    if record is None:
        raise unknown_file(file_id)
    if record.status != "waiting" and last_event_id == done_id(record):
        return Response(status_code=204, headers=_HEADERS)  # a browser does not reconnect then
    return EventStream(_file_events(deps, caller, file_id, last_event_id), headers=_HEADERS)


@router.get(
    "/events",
    dependencies=[READ],
    summary="Follow all files",
    response_class=EventStream,
    responses=events(examples.event("file", examples.LISTED, "1714564800000000"), "The events."),
)
async def follow_files(
    deps: Deps, caller: CallerDep, last_event_id: LastEventId = None
) -> Response:
    """`file` with a file as the list of files shows it, each time one is added or changes; `deleted`
    when one is deleted; `reset` if too much changed to list it: request the list again."""
    since = _moment(last_event_id) or utc_now() - _JUST_BEFORE
    # Queried before the response begins, so that an unavailable database is an error response.
    missed = await deps.change_feed.changed_since(since)
    return EventStream(_list_events(deps, caller, missed), headers=_HEADERS)


async def _file_events(
    deps: Dependencies, caller: Caller, file_id: str, last: str | None
) -> AsyncIterator[bytes]:
    yield _OPENING
    with deps.change_feed.file(file_id) as subscription:
        async for changes in _until_ended(subscription, deps, caller):
            if not changes:
                yield _HEARTBEAT
            for change in changes:
                if change.event_id == last:
                    continue
                last = change.event_id
                record = change.record
                if record is None:
                    yield _deleted_event(file_id, last)
                    return
                if record.status != "waiting":
                    try:
                        document = await whole_document(deps.additions, deps.results, record)
                    except Unavailable:
                        return  # the client reconnects, and has not received the end
                    yield _event("done", document, last)
                    return
                yield format_sse_event(event="progress", data_str=change.listed, id=last)


async def _list_events(
    deps: Dependencies, caller: Caller, missed: list[Change] | None
) -> AsyncIterator[bytes]:
    yield _OPENING
    with deps.change_feed.all() as subscription:
        if missed is None:
            yield _event("reset", {}, None)
        for change in missed or ():
            yield _list_event(change, None)
        async for changes in _until_ended(subscription, deps, caller):
            if subscription.too_many:
                subscription.too_many = False
                yield _event("reset", {}, None)
            until = subscription.complete_until
            yield b"".join(_list_event(change, until) for change in changes) or _HEARTBEAT


def _list_event(change: Change, complete_until: datetime | None) -> bytes:
    # Everything before this moment was sent: a client that reconnects missed what is after it.
    event_id = None if complete_until is None else str(round(complete_until.timestamp() * 1e6))
    if change.listed is None:
        return _deleted_event(change.file_id, event_id)
    return format_sse_event(event="file", data_str=change.listed, id=event_id)


def _deleted_event(file_id: str, event_id: str | None) -> bytes:
    return _event("deleted", {"file_id": file_id}, event_id)


async def _until_ended(
    subscription: Subscription, deps: Dependencies, caller: Caller
) -> AsyncIterator[list[Change]]:
    """Changes as they come, none at each heartbeat; until the process stops, or the key of the
    stream opens nothing any more."""
    quiet = 0.0
    # Without a key there is none to look at.
    step = _HEARTBEAT_SECONDS if caller.key is None else _KEY_SECONDS
    while not subscription.ended:
        changes = await subscription.changes(step)
        if not await _may_read(deps, caller):
            return
        quiet = 0.0 if changes else quiet + step
        if changes or (quiet >= _HEARTBEAT_SECONDS and not subscription.ended):
            quiet = 0.0
            yield changes


async def _may_read(deps: Dependencies, caller: Caller) -> bool:
    """Whether the key of a stream is as good as when the stream was opened."""
    if caller.key is None:
        return True
    try:
        key = await deps.keys.find(caller.token, _KEY_FRESH_SECONDS)
    except Unavailable:
        return False  # as for requests: keys that cannot be checked open nothing
    return key is not None and key.allows(Scope.READ)


def _event(name: str, document: Document, event_id: str | None) -> bytes:
    # JSON has no line breaks in it, so this is one line of data.
    return format_sse_event(event=name, data_str=encode(document).decode(), id=event_id)


def _moment(event_id: str | None) -> datetime | None:
    """The moment in an id of the list's stream; None if it is another kind of id."""
    if event_id is None or not (event_id.isascii() and event_id.isdecimal() and len(event_id) < 17):
        return None
    moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(event_id))
    return moment if _EARLIEST < moment < _LATEST else None
