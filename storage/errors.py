"""What obstore raises, said in the product's own three kinds of failure."""

from __future__ import annotations

import re

from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    InvalidPathError,
    PermissionDeniedError,
    UnauthenticatedError,
)

from schemas.errors import Service, Unavailable
from schemas.events import ObjectRef
from storage.base import AccessDenied, ObjectMissing

# obstore appends a Debug dump of the whole error after an empty line.
_FIRST_PARAGRAPH = re.compile(r"\A(.*?)(?:\n\n|\Z)", re.DOTALL)
# ENOTDIR, EISDIR, ENAMETOOLONG: a path no object of a folder can have.
# Redirects and 4xx say something of the request: a bucket of another region, a key that is too
# long. 408 and 429 are the store's own trouble, 401, 403, 404, 409 and 412 have types of their own.
_REFUSED = re.compile(r"status code: 4(?!08|29)\d\d|Received redirect")
_NO_SUCH_PATH = re.compile(r"\(os error (?:20|21|36)\)")
# What it may raise. OSError is the base of what LocalStore passes on (FileNotFoundError too).
STORE_ERRORS: tuple[type[Exception], ...] = (BaseError, OSError)


def translate(error: Exception, ref: ObjectRef, *, reading: bool) -> Exception:
    """The exception to raise for `error`, one of `STORE_ERRORS`."""
    missing = isinstance(error, FileNotFoundError | InvalidPathError)
    if missing or _NO_SUCH_PATH.search(str(error)):
        # No store holds an object under a path it calls invalid.
        if reading:
            return ObjectMissing(ref)
        return Unavailable(
            Service.STORE, f"bucket {ref.bucket} does not exist or cannot hold {ref.key}"
        )
    if isinstance(error, PermissionDeniedError | UnauthenticatedError | PermissionError):
        if reading:
            return AccessDenied(ref)
        return Unavailable(
            Service.STORE, f"access to bucket {ref.bucket} is denied", retry_after=30
        )
    if isinstance(error, AlreadyExistsError):
        return Unavailable(Service.STORE, f"{ref.bucket}/{ref.key} is being written by another")
    if reading and _REFUSED.search(str(error)):
        return AccessDenied(ref, f"the store refuses the request: {reason(error)}")
    return Unavailable(Service.STORE, reason(error))


def reason(error: Exception) -> str:
    """The part of an obstore message that a person can use, in one line."""
    match = _FIRST_PARAGRAPH.match(str(error))
    text = " ".join((match.group(1) if match else str(error)).split())
    return text[:300] or type(error).__name__
