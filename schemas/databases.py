"""The two databases of the product.

CLICKHOUSE_URL names the public one, which has the views (`schemas.views`) and nothing else. All tables
are in the internal one. The product's connections are to the internal one, so that its statements name
tables without their database, and views with that of `Database.view`.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote, urlsplit

_SUFFIX: Final = "_internal"


def public_database(url: str) -> str:
    """The database that an address of ClickHouse names: http://user:password@host:port/database."""
    return unquote(urlsplit(url).path.strip("/"))


def internal_database(public: str) -> str:
    """The database with the tables under the views of `public`."""
    return f"{public}{_SUFFIX}"


def public_of(internal: str) -> str | None:
    """The database whose internal one `internal` would be by its name; None if it is none's."""
    public = internal.removesuffix(_SUFFIX)
    return public if public and public != internal else None
