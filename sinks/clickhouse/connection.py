"""One way to ClickHouse: threads, connections, and what its errors mean.

clickhouse-connect blocks, so every call runs on a small pool of threads of its own. The client has
no session, which lets all threads share it and its connections. Its asynchronous form takes the same
CPU per query, but a call that is cancelled breaks off an insert that is being sent; a thread ends it.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, Error
from clickhouse_connect.driver.httputil import get_pool_manager_options
from urllib3 import BaseHTTPResponse, PoolManager
from urllib3.exceptions import HTTPError, ProtocolError

from schemas.clickhouse_settings import NOT_COMPILED
from schemas.databases import internal_database, public_database
from schemas.errors import Service, Unavailable
from sinks.clickhouse import cluster

T_ = TypeVar("T_")

# Settings of an insert of JSON lines. It is answered when its rows are in a part on disk, not in a
# queue of the server.
DURABLE: Final = {"async_insert": 0, "wait_end_of_query": 1}
JSON_LINES: Final = DURABLE | {
    "date_time_input_format": "best_effort",
    "input_format_skip_unknown_fields": 0,
}

# Codes of ClickHouse that say: not now. Everything else says: not this.
_OVERLOADED: Final = frozenset(
    {
        159,  # TIMEOUT_EXCEEDED
        201,  # QUOTA_EXCEEDED
        202,  # TOO_MANY_SIMULTANEOUS_QUERIES
        203,  # NO_FREE_CONNECTION
        241,  # MEMORY_LIMIT_EXCEEDED
        243,  # NOT_ENOUGH_SPACE
        252,  # TOO_MANY_PARTS
        364,  # RECEIVED_ERROR_TOO_MANY_REQUESTS
        439,  # CANNOT_SCHEDULE_TASK
        574,  # DISTRIBUTED_TOO_MANY_PENDING_BYTES
        692,  # TOO_MANY_MUTATIONS
        700,  # USER_SESSION_LIMIT_EXCEEDED
        745,  # SERVER_OVERLOADED
        749,  # TCP_CONNECTION_LIMIT_REACHED
        762,  # HTTP_CONNECTION_LIMIT_REACHED
    }
)
_AWAY: Final = frozenset(
    {
        198,  # DNS_ERROR
        209,  # SOCKET_TIMEOUT
        210,  # NETWORK_ERROR
        225,  # NO_ZOOKEEPER
        236,  # ABORTED: the server shuts down
        242,  # TABLE_IS_READ_ONLY
        254,  # NO_ACTIVE_REPLICAS
        265,  # NO_AVAILABLE_REPLICA
        279,  # ALL_CONNECTION_TRIES_FAILED
        285,  # TOO_FEW_LIVE_REPLICAS
        286,  # UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
        289,  # REPLICA_IS_NOT_IN_QUORUM
        319,  # UNKNOWN_STATUS_OF_INSERT
        369,  # ALL_REPLICAS_ARE_STALE
        394,  # QUERY_WAS_CANCELLED
        473,  # DEADLOCK_AVOIDED: another statement had a table locked for too long
        516,  # AUTHENTICATION_FAILED: the password was changed and this process has the old one
        519,  # NO_REMOTE_SHARD_AVAILABLE
        696,  # ASYNC_LOAD_CANCELED: the server shuts down while it loads tables
        722,  # ASYNC_LOAD_WAIT_FAILED
        733,  # TABLE_IS_BEING_RESTARTED
        735,  # QUERY_WAS_CANCELLED_BY_CLIENT
        999,  # KEEPER_EXCEPTION
    }
)
# Codes of what the machine under the database lacks: room on a disk that fills up in the middle of
# an insert, files, memory, threads. No statement is at fault.
_MACHINE: Final = frozenset(
    {
        74,  # CANNOT_READ_FROM_FILE_DESCRIPTOR
        75,  # CANNOT_WRITE_TO_FILE_DESCRIPTOR
        76,  # CANNOT_OPEN_FILE
        77,  # CANNOT_CLOSE_FILE
        87,  # CANNOT_SEEK_THROUGH_FILE
        88,  # CANNOT_TRUNCATE_FILE
        95,  # CANNOT_READ_FROM_SOCKET
        96,  # CANNOT_WRITE_TO_SOCKET
        172,  # CANNOT_CREATE_DIRECTORY
        173,  # CANNOT_ALLOCATE_MEMORY
        204,  # CANNOT_FSYNC
        214,  # CANNOT_STATVFS
        272,  # CANNOT_IO_SUBMIT
        273,  # CANNOT_IO_GETEVENTS
        294,  # CANNOT_WRITE_TO_FILE
        400,  # CANNOT_STAT
        424,  # CANNOT_LINK
        425,  # SYSTEM_ERROR
        458,  # CANNOT_UNLINK
        499,  # S3_ERROR: the disk is a bucket
        531,  # CANNOT_FSTAT
        586,  # CANNOT_CREATE_FILE
        641,  # CANNOT_APPEND_TO_FILE
        777,  # MEMORY_RESERVATION_KILLED
        778,  # MEMORY_RESERVATION_FAILED
        1000,  # POCO_EXCEPTION, of files and sockets
        1001,  # STD_EXCEPTION, of std::filesystem and std::bad_alloc
    }
)
# Codes that say: not as long as the database is set up like this. They concern no file; work waits
# until it is mended.
_MIGRATE: Final = "run `csv-processor migrate` of this version (`--check` says what is missing)"
_GRANT: Final = "grant the user in CLICKHOUSE_URL what deploy/clickhouse/users.sql lists"
_LOG_IN: Final = "check user and password in CLICKHOUSE_URL"
_SET_UP: Final[Mapping[int, str]] = {
    16: _MIGRATE,  # NO_SUCH_COLUMN_IN_TABLE
    47: _MIGRATE,  # UNKNOWN_IDENTIFIER
    60: _MIGRATE,  # UNKNOWN_TABLE
    81: _MIGRATE,  # UNKNOWN_DATABASE
    164: _GRANT,  # READONLY
    192: _LOG_IN,  # UNKNOWN_USER
    193: _LOG_IN,  # WRONG_PASSWORD
    194: _LOG_IN,  # REQUIRED_PASSWORD
    291: _GRANT,  # DATABASE_ACCESS_DENIED
    497: _GRANT,  # ACCESS_DENIED
    511: _GRANT,  # UNKNOWN_ROLE
}
_HTTP_STATUS: Final = re.compile(r"HTTP status (\d{3})")
_PASSING_STATUS: Final = frozenset({408, 429})


class Refused(Exception):  # noqa: N818
    """ClickHouse refused a statement for good: a fault of the product or of the set-up.

    `code` is ClickHouse's number for it (60 an unknown table, 62 a syntax error, ...).
    """

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason)
        self.code = code


class NotSetUp(Unavailable, Refused):
    """The database rejects a statement because of how it is set up; the reason says what to do.

    To who works on files that is an unavailable service: waiting helps, once it is mended. To
    who sets up the database it is a refusal, which it is not worth trying again.
    """

    def __init__(self, reason: str, code: int) -> None:
        Unavailable.__init__(
            self, Service.CLICKHOUSE, f"{reason}; {_SET_UP[code]}", retry_after=10.0
        )
        self.code = code


def translate(error: Exception) -> Exception:
    """What an error of clickhouse-connect or of its transport means to us."""
    if isinstance(error, ClickHouseError):
        code = error.code if isinstance(error, Error) else None
        if code in _OVERLOADED or code in _MACHINE:
            return Unavailable(Service.CLICKHOUSE, str(error), retry_after=5.0)
        if code in _AWAY or (code is None and _is_transport(error)):
            return Unavailable(Service.CLICKHOUSE, str(error))
        if code is not None and code in _SET_UP:
            return NotSetUp(str(error), code)
        return Refused(str(error), code)
    if isinstance(error, HTTPError | OSError):
        return Unavailable(Service.CLICKHOUSE, f"{type(error).__name__}: {error}")
    return error


def _is_transport(error: ClickHouseError) -> bool:
    status = _HTTP_STATUS.search(str(error))
    if status is not None:
        # An error of the database has a code: one of a server that has none is a proxy's, or broke
        # off before its code.
        return int(status[1]) >= 500 or int(status[1]) in _PASSING_STATUS
    chain: BaseException | None = error
    while chain is not None:
        if isinstance(chain, HTTPError | OSError):
            return True
        chain = chain.__cause__ or chain.__context__
    # What is left without a code is an answer that broke off, or a fault of the client itself.
    return type(error).__name__ in ("OperationalError", "StreamFailureError")


class _WholeHeads(PoolManager):
    """Connections that take no answer whose head broke off.

    `http.client` takes the end of a connection for the end of the head. What is left then has no
    length, so its body ends where the connection does: at once. That is a result without rows.
    """

    def urlopen(  # type: ignore[override] # the base has other names for the rest
        self, method: str, url: str, redirect: bool = True, **kwargs: Any
    ) -> BaseHTTPResponse:
        """See `urllib3.PoolManager.urlopen`.

        Raises:
            ProtocolError: the answer neither has a length nor is sent in chunks.
        """
        answer = super().urlopen(method, url, redirect, **kwargs)
        if not getattr(answer, "chunked", False) and answer.length_remaining is None:
            answer.close()
            raise ProtocolError("The answer broke off in its head")
        return answer


class Connection:
    """Runs blocking work against one ClickHouse address on threads of its own.

    The client is made at first use and made again until that succeeds, so a process may start
    before its database.

    Args:
        url: http://user:password@host:port/database, of the public database; unqualified names are
            those of the internal one (`schemas.databases`).
        threads: concurrent calls; more wait for a thread.
        timeout: seconds that a call may wait for bytes of an answer.
        use_database: False if the databases may not exist yet.
    """

    def __init__(
        self,
        url: str,
        *,
        threads: int = 4,
        connect_timeout: int = 5,
        timeout: int = 60,
        use_database: bool = True,
    ) -> None:
        parts = urlsplit(url)
        self.public: Final = public_database(url)
        self.database: Final = internal_database(self.public)
        self._url = parts
        self._use_database = use_database
        self._on_cluster = cluster.Cluster.of(url) is not None
        self._timeouts = connect_timeout, timeout
        self._threads = threads
        self._client: Client | None = None
        self._lock = threading.Lock()
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="clickhouse")

    async def run(self, work: Callable[[Client], T_]) -> T_:
        """Result of `work` on one of the threads.

        Raises:
            Unavailable: the database is unavailable or overloaded.
            Refused: the database rejected the statement.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._call, work)

    async def close(self) -> None:
        """Wait for calls in progress, then close threads and connections."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._executor.shutdown)
        if self._client is not None:
            self._client.close()
            self._client = None

    def _call(self, work: Callable[[Client], T_]) -> T_:
        try:
            return work(self._connected())
        except (ClickHouseError, HTTPError, OSError) as exc:
            raise translate(exc) from exc

    def _ca_cert(self) -> str | None:
        """The `ca_cert` of the address, as in clickhouse-connect's own."""
        return dict(parse_qsl(self._url.query)).get("ca_cert")

    def _connected(self) -> Client:
        with self._lock:
            if self._client is None:
                connect, read = self._timeouts
                self._client = clickhouse_connect.get_client(
                    interface=self._url.scheme,
                    host=self._url.hostname or "",
                    port=self._url.port or (8443 if self._url.scheme == "https" else 8123),
                    username=unquote(self._url.username or "default"),
                    password=unquote(self._url.password or ""),
                    database=self.database if self._use_database else None,
                    connect_timeout=connect,
                    send_receive_timeout=read,
                    settings={**NOT_COMPILED, **(cluster.settings() if self._on_cluster else {})},
                    autogenerate_session_id=False,
                    tz_mode="aware",
                    # The address may hold a password; what ClickHouse says is enough.
                    show_clickhouse_errors="scrub",
                    pool_mgr=_WholeHeads(
                        **get_pool_manager_options(
                            maxsize=self._threads, retries=0, ca_cert=self._ca_cert()
                        )
                    ),
                )
            return self._client
