"""chDB connections: one per query at a time, kept with the settings they were last used with.

Queries on one chDB connection wait for one another; on connections of their own to the same path
they do not. Opening one more costs 0.2 ms and almost no memory, a SET 0.15 ms: a connection is
therefore reused first of all by requests that ask for the same database and settings.

A query that fails after its first rows leaves them in its connection, and the next query's result
would begin with them. A connection is therefore reused only after a query that ended well.

A query that may only read has a connection of its own, which is closed after it: whatever the
statement does to the connection ends with it.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import chdb

from embedded.clickhouse.access import (
    CLOSED_FUNCTIONS,
    READER_DEFAULTS,
    READER_SETTINGS,
    EngineAccess,
    Role,
    closed_system_tables,
)
from embedded.clickhouse.disk import KEEP_FREE, Disk
from embedded.clickhouse.errors import ENGINE_ERRORS, QueryError, from_engine

MAX_SESSIONS: Final = 256
# Queries of readers that run at one time; the others of `max_queries` are the product's.
_MAX_READERS: Final = 4
_FIRST_SESSION_SECONDS: Final = 60.0
# Settings that cannot be reset once they are set.
_ONE_WAY: Final = frozenset({"readonly", "allow_ddl"})
# What a server would write later, in the background, is written before the answer instead.
_IGNORED: Final = frozenset(
    {
        "async_insert",
        "wait_for_async_insert",
        # It is always so here.
        "cancel_http_readonly_queries_on_client_close",
    }
)


def quote(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quote_name(text: str) -> str:
    """A SQL identifier."""
    return "`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`"


def read_only() -> QueryError:
    """The error of a statement that does more than read if it may only read."""
    return QueryError(
        164,
        "Cannot execute query in readonly mode. For queries over HTTP, method GET implies "
        "readonly. You should use method POST for modifying queries",
        "READONLY",
    )


@dataclass(slots=True, eq=False)
class Link:
    """One chDB connection with the database and settings it has at the moment.

    `scratch` is a folder for what is too large for memory. `reads_only` connections take only
    statements that the engine classifies as reading.
    """

    chdb: Any
    scratch: Path
    database: str = "default"
    settings: dict[str, str] = field(default_factory=dict)
    reads_only: bool = False

    def run(self, sql: str) -> bytes:
        """Run a statement of our own; its result in TabSeparated."""
        try:
            return bytes(self.chdb.query(sql, "TabSeparated").bytes())
        except ENGINE_ERRORS as exc:
            raise from_engine(exc) from None

    def check(self, sql: bytes) -> None:
        """Check, by the engine's own parser, that `sql` is a statement this connection takes.

        Raises:
            QueryError: 62 if it is not exactly one statement; 164 if it does more than read, on a
                connection that only reads.
        """
        if self.classified(sql) != "READ_ONLY" and self.reads_only:
            raise read_only()

    def classified(self, sql: bytes) -> str:
        """The class of the statement `sql` by the engine's own parser: READ_ONLY, MUTATING, ...

        Raises:
            QueryError: 62 if it is not exactly one statement. Of a text that cannot be parsed to
                its end, the engine would run the statements before.
        """
        found = self.chdb._conn.classify_query(sql, "")
        if found["statement_count"] > 1:
            raise QueryError(62, "Multi-statements are not allowed", "SYNTAX_ERROR")
        if found["statement_count"] == 0:
            raise self._syntax_error(sql)
        name: str = found["query_class"].name
        return name

    def _syntax_error(self, sql: bytes) -> QueryError:
        """Why `sql` cannot be parsed. A streamed query is parsed as a single statement."""
        try:
            # After a comment, for the engine takes some texts for instructions to itself.
            self.chdb.send_query(b"/**/" + sql, "Null").cancel()
        except ENGINE_ERRORS as exc:
            error = from_engine(exc)
            if error.code == 62:
                return error
        return QueryError(62, "Syntax error: this is not a statement", "SYNTAX_ERROR")


def _closed(_: str | None) -> str:
    raise PermissionError("no function reads files here")


@dataclass(slots=True, eq=False)
class _Session:
    link: Link
    lock: threading.Lock
    until: float


class Engine:
    """The database in a folder, and the connections to it.

    Args:
        path: folder of the database; made if it does not exist.
        defaults: settings every query has unless it sets others.
        database: the database of requests that name none; made if it does not exist. (In chDB's
            own, `default`, every name may be that of a file.)
        views: the views of `database`, which are all that readers see.
        max_queries: queries that run at one time; more of them wait.
        max_memory: bytes the engine may use for all queries together.
    """

    def __init__(
        self,
        path: Path,
        defaults: Mapping[str, str],
        database: str = "default",
        views: Sequence[str] = (),
        max_queries: int = 32,
        max_memory: int = 4 << 30,
    ) -> None:
        self._defaults = dict(defaults)
        self._database = database
        self._arguments = {
            "max_server_memory_usage": str(max_memory),
            # Merges lag where every core is busy. Any number of them at once, each with
            # buffers of its own, would leave nothing for inserts and queries.
            "merges_mutations_memory_usage_soft_limit": str(max_memory // 4),
            **defaults,
        }
        self._path = path.resolve()
        # For results in transit; what a killed process left there is deleted.
        self.scratch: Final = path.resolve() / "results"
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        self._running = threading.BoundedSemaphore(max_queries)
        self._reading = threading.BoundedSemaphore(_MAX_READERS)
        self._lock = threading.Lock()
        self._idle: list[Link] = []
        self._sessions: dict[str, _Session] = {}
        # The engine ends with its last connection: this one is never given away.
        self._keeper = self._start([f"{quote_name(database)}.{quote_name(view)}" for view in views])
        self.create_database(database)
        for name in CLOSED_FUNCTIONS:
            chdb.create_function(name, _closed, ["String"], "String", on_null="pass")
        self.disk: Final = Disk(self._path, self._failed_writes)
        self.version = self._text("SELECT version()")
        self.timezone = self._text("SELECT timezone()")
        self.formats: Final = frozenset(
            self._text("SELECT lower(name) FROM system.formats WHERE is_output").split("\n")
        )
        self.known_settings = frozenset(self._text("SELECT name FROM system.settings").split("\n"))
        self.http_compression = self._text(
            "SELECT value FROM system.settings WHERE name = 'enable_http_compression'"
        )

    def _start(self, views: Sequence[str]) -> Link:
        """Start the engine with users and roles; its first connection."""
        folder = self._path / "config"
        closed: list[str] = []
        while True:
            config = EngineAccess(views, closed, KEEP_FREE).write(folder)
            self._address = f"{self._path}?{urlencode({'config-file': config, **self._arguments})}"
            link = self._open()
            # Which system tables there are is known only when the engine runs.
            names = link.run("SELECT name FROM system.tables WHERE database = 'system'")
            found = closed_system_tables(names.decode().split())
            if found == closed:
                return link
            link.chdb.close()
            closed = found

    def _open(self) -> Link:
        try:
            connection = chdb.connect(self._address)
        except ENGINE_ERRORS as exc:
            raise from_engine(exc) from None
        return Link(connection, self.scratch)

    def _text(self, sql: str) -> str:
        return self._keeper.run(sql).decode().strip()

    def _failed_writes(self) -> int:
        name = "WriteBufferFromFileDescriptorWriteFailed"
        return int(self._text(f"SELECT sum(value) FROM system.events WHERE event = '{name}'"))

    def create_database(self, name: str) -> None:
        """Create a database if it does not exist."""
        self._keeper.run(f"CREATE DATABASE IF NOT EXISTS {quote_name(name)}")

    def kill(self, mark: str) -> None:
        """Cancel the query whose text begins with `mark`, on any connection."""
        link = self._open()
        try:
            link.run(f"KILL QUERY WHERE startsWith(query, {quote(mark)}) ASYNC")
        finally:
            link.chdb.close()

    def close(self) -> None:
        """Close every connection; the engine writes down what it has and ends."""
        with self._lock:
            links = [*self._idle, *(s.link for s in self._sessions.values()), self._keeper]
            self._idle, self._sessions = [], {}
        for link in links:
            link.chdb.close()

    @contextmanager
    def link(
        self, database: str | None, settings: Mapping[str, str], *, keeps_state: bool = False
    ) -> Iterator[Link]:
        """A connection for one query, with `database` and `settings` in force.

        `keeps_state` says that the query itself changes the connection (SET, USE, a temporary
        table): it is closed afterwards, so that no other query sees the change.

        Raises:
            QueryError: an unknown database or setting, or a value that does not fit.
        """
        wanted = {k: v for k, v in settings.items() if k not in _IGNORED}
        database = database or self._database
        reusable = not keeps_state and not _ONE_WAY.intersection(wanted)
        with self._running:
            link = self._take(database, wanted)
            try:
                self._configure(link, database, wanted)
                yield link
            except BaseException:
                link.chdb.close()
                raise
            if reusable:
                with self._lock:
                    self._idle.append(link)
            else:
                link.chdb.close()

    @contextmanager
    def reading_link(
        self, role: Role, database: str | None, settings: Mapping[str, str]
    ) -> Iterator[Link]:
        """A connection for one query that only reads, with the rights of `role`.

        A reader chooses few settings; the engine refuses the others, as it does in the query.

        Raises:
            QueryError: an unknown or closed database or setting, or a value that does not fit.
        """
        wanted = {k: v for k, v in settings.items() if k not in _IGNORED}
        with ExitStack() as held:
            if role is Role.READER:
                held.enter_context(self._reading)
            held.enter_context(self._running)
            link = self._open()
            held.callback(link.chdb.close)
            if role is Role.READER:
                link.run(f"SET ROLE {Role.READER}")
                link.run(f"SET profile = '{Role.READER}'")
                chosen = {k: wanted.pop(k) for k in READER_SETTINGS & wanted.keys()}
                self._configure(link, database or self._database, dict(READER_DEFAULTS))
                self._configure(link, None, {**link.settings, **chosen})
                self._configure(link, None, {**link.settings, "readonly": "1"})
                self._configure(link, None, {**link.settings, **wanted})
            else:
                readonly = "1" if wanted.pop("readonly", "") == "1" else "2"
                self._configure(link, database or self._database, {**wanted, "readonly": readonly})
            link.reads_only = True
            yield link

    @contextmanager
    def session(
        self,
        session_id: str,
        timeout: float,
        database: str | None,
        settings: Mapping[str, str],
        *,
        keeps_state: bool = False,
    ) -> Iterator[Link]:
        """The connection of a session: what SET, USE and temporary tables did to it stays.

        Raises:
            QueryError: 373 if a query of the session is still running.
        """
        wanted = {k: v for k, v in settings.items() if k not in _IGNORED}
        session = self._session(session_id)
        try:
            with self._running:
                self._configure(session.link, database, wanted)
                try:
                    yield session.link
                except BaseException:
                    self._clean(session_id, session)
                    raise
                if keeps_state:
                    session.link.database = ""  # USE may have changed it
        finally:
            session.until = time.monotonic() + timeout
            session.lock.release()

    def _session(self, session_id: str) -> _Session:
        """The session, locked for the caller."""
        now = time.monotonic()
        closing: list[_Session] = []
        with self._lock:
            found = self._sessions.get(session_id)
            idle = {k: s for k, s in self._sessions.items() if not s.lock.locked()}
            gone = [k for k, s in idle.items() if s.until < now and s is not found]
            if found is None and not gone and len(self._sessions) >= MAX_SESSIONS and idle:
                gone.append(min(idle, key=lambda k: idle[k].until))
            closing = [self._sessions.pop(k) for k in gone]
            if found is None:
                link = self._open()
                self._configure(link, self._database, {})
                found = _Session(link, threading.Lock(), now + _FIRST_SESSION_SECONDS)
                self._sessions[session_id] = found
            locked = found.lock.acquire(blocking=False)
        for session in closing:
            session.link.chdb.close()
        if not locked:
            raise QueryError(
                373, f"Session {session_id} is locked by a concurrent client", "SESSION_IS_LOCKED"
            )
        return found

    def _clean(self, session_id: str, session: _Session) -> None:
        """Take what a failed query left in a session's connection, or end the session."""
        try:
            session.link.run("SELECT 1")
            clean = session.link.run("SELECT 1") == b"1\n"
        except QueryError:
            clean = False
        if not clean:
            with self._lock:
                self._sessions.pop(session_id, None)
            session.link.chdb.close()

    def _take(self, database: str, settings: Mapping[str, str]) -> Link:
        with self._lock:
            for at in range(len(self._idle) - 1, -1, -1):
                link = self._idle[at]
                if link.database == database and link.settings == settings:
                    return self._idle.pop(at)
            if self._idle:
                return self._idle.pop()
        return self._open()

    def _configure(self, link: Link, database: str | None, settings: dict[str, str]) -> None:
        if link.settings != settings:
            for name in link.settings.keys() - settings.keys():
                value = self._defaults.get(name)
                link.run(f"SET {name} = {'DEFAULT' if value is None else quote(value)}")
                del link.settings[name]
            for name, value in settings.items():
                if link.settings.get(name) == value:
                    continue
                if name not in self.known_settings:
                    raise QueryError(115, f"Unknown setting '{name}'", "UNKNOWN_SETTING")
                link.run(f"SET {name} = {quote(value)}")
                link.settings[name] = value
        if database is not None and link.database != database:
            link.run(f"USE {quote_name(database)}")
            link.database = database
