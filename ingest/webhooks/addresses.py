"""Where webhooks may be sent to: addresses of the internet, and networks that the settings name.

A name is resolved here, every address is checked, and the connection is made to an address that was
checked: a name that resolves to something else a moment later (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any, Final
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

# IPv4 addresses inside of IPv6 ones (RFC 6052).
_NAT64: Final = ip_network("64:ff9b::/96")
# All of IPv6 that the internet has (RFC 4291). Outside of it are more ways to write or to reach private
# addresses: ::7f00:1, 64:ff9b:1::/48 (RFC 8215), fec0::/10.
_INTERNET_6: Final = ip_network("2000::/3")
# Which `is_global` does not know, depending on the version of Python: for protocols, relays, documents.
_NO_INTERNET: Final = (
    ip_network("192.0.0.0/24"),
    ip_network("192.88.99.0/24"),
    ip_network("3fff::/20"),
)


class Forbidden(OSError):  # noqa: N818
    """The address is one that webhooks are not sent to."""


class Allowed:
    """Decides on addresses.

    Args:
        networks: those that are allowed although they are not of the internet.
    """

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = tuple(networks)

    def check(self, address: str, scheme: str) -> None:
        """Check that a message may be sent to an address.

        Raises:
            Forbidden: it is private, or of this machine, or the message would go through the
                internet unencrypted.
        """
        ip = _embedded(ip_address(address.partition("%")[0]))
        if any(ip in network for network in self._networks if network.version == ip.version):
            return
        if not _is_of_the_internet(ip):
            raise Forbidden(
                f"{ip} is a private address or one of this machine; "
                "WEBHOOK_NETWORKS can allow its network"
            )
        if scheme != "https":
            raise Forbidden(f"{ip} is reached through the internet, where only https is allowed")

    async def check_url(self, url: str) -> None:
        """Check an address of the web before it is saved. A name that does not resolve now passes:
        it is checked again whenever a message is sent.

        Raises:
            Forbidden
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        try:
            found = [ip_address(host).compressed]
        except ValueError:
            try:
                found = [str(one["host"]) for one in await resolve(host, parts.port or 0)]
            except OSError:
                return
        for address in found:
            self.check(address, parts.scheme)


class CheckedResolver(AbstractResolver):
    """Resolves names, and answers only if every address is allowed."""

    def __init__(self, allowed: Allowed, scheme: str) -> None:
        self._allowed, self._scheme = allowed, scheme

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of `host`.

        Raises:
            Forbidden: one of them is not allowed.
            OSError: it has none.
        """
        found = await resolve(host, port, family)
        for one in found:
            self._allowed.check(str(one["host"]), self._scheme)
        return found

    async def close(self) -> None:
        """Nothing is held."""


async def resolve(
    host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
) -> list[ResolveResult]:
    """All addresses of a name, as the system resolves it.

    Raises:
        OSError: it has none.
    """
    loop = asyncio.get_running_loop()
    found: list[Any] = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=family)
    return [
        ResolveResult(
            hostname=host,
            host=address[0],
            port=port,
            family=kind,
            proto=proto,
            flags=socket.AI_NUMERICHOST,
        )
        for kind, _, proto, _, address in found
        if kind in (socket.AF_INET, socket.AF_INET6)
    ]


def networks_of(text: str) -> tuple[Network, ...]:
    """Networks separated by commas, such as `10.0.0.0/8, fd00::/8`.

    Raises:
        ValueError: one of them is none.
    """
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _is_of_the_internet(ip: Address) -> bool:
    if not ip.is_global or ip.is_multicast or any(ip in network for network in _NO_INTERNET):
        return False
    return isinstance(ip, IPv4Address) or ip in _INTERNET_6


def _embedded(ip: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return ip.ipv4_mapped
        if ip.sixtofour is not None:
            return ip.sixtofour
        if ip.teredo is not None:
            return ip.teredo[1]
        if ip in _NAT64:
            return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip
