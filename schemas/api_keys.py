"""API keys: what they allow, how they look, and how a secret is kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from typing import Final

# csvp_ID_SECRET: the id finds the key and may be shown, the secret is 256 random bits.
_TOKEN: Final = re.compile(r"csvp_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


@unique
class Scope(StrEnum):
    """What a key may do. `admin` may do everything."""

    UPLOAD = "upload"
    READ = "read"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """What a key may use; None is without a limit. Days and minutes are those of UTC."""

    files_per_day: int | None = None
    bytes_per_day: int | None = None
    requests_per_minute: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key in its present state; of its secrets only the SHA-256."""

    key_id: str
    name: str
    scopes: frozenset[Scope]
    secret_sha256: str
    created_at: datetime
    quotas: Quotas = Quotas()
    # The secret before the last rotation, valid until `previous_until`.
    previous_sha256: str = ""
    previous_until: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> str:
        """`active`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        expired = self.expires_at is not None and now >= self.expires_at
        return "expired" if expired else "active"

    def allows(self, scope: Scope) -> bool:
        """Whether the key has `scope`."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def opens_with(self, secret: str, now: datetime) -> bool:
        """Whether `secret` is that of the key, and the key is valid at `now`."""
        if self.state(now) != "active":
            return False
        found = secret_sha256(secret)
        if hmac.compare_digest(found, self.secret_sha256):
            return True
        rotated = self.previous_until is not None and now < self.previous_until
        return rotated and hmac.compare_digest(found, self.previous_sha256)


def is_own(owner: str | None, holder: str | None) -> bool:
    """Whether the holder of the key with id `holder` uploaded what has the owner `owner`.

    What was uploaded without a key belongs to no holder.
    """
    return owner is not None and owner == holder


def new_key(
    name: str,
    scopes: Iterable[Scope],
    now: datetime,
    *,
    quotas: Quotas = Quotas(),
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is not stored anywhere."""
    secret = new_secret()
    key = ApiKey(
        key_id=new_key_id(),
        name=name,
        scopes=frozenset(scopes),
        secret_sha256=secret_sha256(secret),
        quotas=quotas,
        created_at=now,
        expires_at=expires_at,
    )
    return key, secret


def new_key_id() -> str:
    """An unused id."""
    return secrets.token_hex(6)


def new_secret() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(32)


def secret_sha256(secret: str) -> str:
    """What is kept of a secret: random bits need no slow hash, there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_of(key_id: str, secret: str) -> str:
    """What a client sends."""
    return f"csvp_{key_id}_{secret}"


def read_token(token: str) -> tuple[str, str] | None:
    """(id, secret) of what a client sent; None if it is not a key."""
    found = _TOKEN.fullmatch(token)
    return (found[1], found[2]) if found else None
