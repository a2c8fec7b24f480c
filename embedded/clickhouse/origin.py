"""Which requests a browser may have sent, and for which page.

A page from elsewhere can make a browser on this machine send requests to a port of it: as a form or
an image, which `Origin` and `Sec-Fetch-Site` tell, or under a name of its own that leads to
127.0.0.1 (DNS rebinding), which `Host` shows. None of them carries a password; they are refused
before anything of them is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from runtime.settings.addresses import is_loopback

# What browsers send with requests that a person or a page of the same origin made.
_OWN: Final = frozenset({"none", "same-origin"})


class Origins:
    """Args:
    host: the address that is listened on; only on loopback is it known by which names.
    """

    def __init__(self, host: str) -> None:
        self._loopback = is_loopback(host)

    def refusal(self, headers: Mapping[str, str]) -> str | None:
        """Why a request with these headers is refused; None if it is not."""
        host = headers.get("host", "")
        if self._loopback and not is_loopback(_hostname(host)):
            return f"The Host header {host[:100]!r} is not a loopback name"
        origin = headers.get("origin")
        if origin is not None and origin.lower() != f"http://{host.lower()}":
            return f"Cross-origin request from {origin[:100]!r}"
        site = headers.get("sec-fetch-site", "none").lower()
        if site not in _OWN:
            return f"Cross-site request (Sec-Fetch-Site: {site[:100]})"
        return None


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
