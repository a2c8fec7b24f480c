"""Errors of the engine as ClickHouse's HTTP interface shows them: text, code and HTTP status.

Which error has which status follows ClickHouse's `exceptionCodeToHTTPStatus`.
"""

from __future__ import annotations

import re
from typing import Final

from chdb import ChdbError

_BY_NAME: Final[dict[int, str]] = {
    400: "BAD_ARGUMENTS CANNOT_COMPILE_REGEXP CANNOT_PARSE_TEXT CANNOT_PARSE_ESCAPE_SEQUENCE "
    "CANNOT_PARSE_QUOTED_STRING CANNOT_PARSE_DATE CANNOT_PARSE_DATETIME CANNOT_PARSE_NUMBER "
    "CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING CANNOT_PARSE_IPV4 CANNOT_PARSE_IPV6 CANNOT_PARSE_UUID "
    "CANNOT_PARSE_INPUT_ASSERTION_FAILED DUPLICATE_COLUMN ILLEGAL_COLUMN THERE_IS_NO_COLUMN "
    "UNKNOWN_ELEMENT_IN_AST UNKNOWN_TYPE_OF_AST_NODE TOO_DEEP_AST TOO_BIG_AST SYNTAX_ERROR "
    "UNEXPECTED_AST_STRUCTURE INCORRECT_DATA TYPE_MISMATCH VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE",
    401: "REQUIRED_PASSWORD",
    403: "UNKNOWN_USER WRONG_PASSWORD AUTHENTICATION_FAILED SET_NON_GRANTED_ROLE ACCESS_DENIED",
    404: "UNKNOWN_TABLE UNKNOWN_FUNCTION UNKNOWN_IDENTIFIER UNKNOWN_TYPE UNKNOWN_STORAGE "
    "UNKNOWN_DATABASE UNKNOWN_SETTING UNKNOWN_DIRECTION_OF_SORTING UNKNOWN_AGGREGATE_FUNCTION "
    "UNKNOWN_FORMAT UNKNOWN_DATABASE_ENGINE UNKNOWN_TYPE_OF_QUERY UNKNOWN_ROLE",
    408: "TIMEOUT_EXCEEDED",
    411: "HTTP_LENGTH_REQUIRED",
    413: "QUERY_IS_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    501: "NOT_IMPLEMENTED",
    503: "SOCKET_TIMEOUT CANNOT_OPEN_FILE CANNOT_SCHEDULE_TASK",
}
_STATUS: Final = {name: status for status, names in _BY_NAME.items() for name in names.split()}
_MESSAGE: Final = re.compile(
    r"(?:Code: (\d+)\. )?(?:DB::)?Exception: (.*?)(?: \((?:version|official)[^()]*(?:\([^()]*\))?\))?$",
    re.DOTALL,
)
_NESTED: Final = re.compile(r"^Code: (\d+)\. DB::Exception: ", re.DOTALL)
_VERSION: Final = re.compile(r" \(version [^()]*\)$")
# What chDB raises: its own error, a plain one from an insert, or a failure to make its text.
ENGINE_ERRORS: Final = (ChdbError, RuntimeError, UnicodeDecodeError)
_NAME: Final = re.compile(r"\(([A-Z][A-Z0-9_]+)\)$")


class QueryError(Exception):
    """A query that ends in an error, with the text and code a ClickHouse server would give."""

    def __init__(self, code: int, message: str, name: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.name = name

    @property
    def status(self) -> int:
        """The HTTP status ClickHouse answers this error with."""
        return _STATUS.get(self.name, 500)

    def text(self, version: str) -> str:
        """The line a ClickHouse server of that version writes."""
        name = f" ({self.name})" if self.name else ""
        return f"Code: {self.code}. DB::Exception: {self.message}{name} (version {version} (official build))\n"


def from_engine(error: BaseException) -> QueryError:
    """The engine's own words as a `QueryError`; 1002 (UNKNOWN_EXCEPTION) if it names no code."""
    text = _text_of(error)
    start = text.find("Code: ")
    match = _MESSAGE.match(text[max(start, 0) :])
    if match is None or match[1] is None:
        return QueryError(1002, text.strip(), "UNKNOWN_EXCEPTION")
    code, message = int(match[1]), match[2].strip()
    # Some errors come wrapped in themselves: Code: 115. ... Code: 115. ... (NAME) (version) (NAME)
    name = ""
    while named := _NAME.search(message):
        name = named[1]
        message = _VERSION.sub("", message[: named.start()].rstrip())
    while _NESTED.match(message):
        message = _NESTED.sub("", message)
    # A function written in Python adds the place of its failure.
    return QueryError(code, message.partition("\n\nAt:\n")[0], name)


def _text_of(error: BaseException) -> str:
    """The text of an error, also if it quotes bytes that are not UTF-8.

    Python's binding then fails to make the text, and raises that failure instead.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, UnicodeDecodeError):
            return bytes(cause.object).decode("utf-8", "replace")
        cause = cause.__cause__ or cause.__context__
    return str(error)
