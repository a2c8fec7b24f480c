"""Where webhooks may not be sent to, however the address is written."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from ingest.webhooks.addresses import Allowed, CheckedResolver, Forbidden, networks_of
from ingest.webhooks.sender import Sender

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "::7f00:1",
    "::ffff:0:127.0.0.1",
    "64:ff9b:1::7f00:1",
    "fec0::1",
    "5f00::1",
    "3fff::1",
    "192.0.0.8",
    "192.88.99.1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(address: str) -> None:
    with pytest.raises(Forbidden, match="private"):
        Allowed().check(address, "https")


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_addresses_of_the_internet_are_allowed_with_https_only(address: str) -> None:
    Allowed().check(address, "https")
    with pytest.raises(Forbidden, match="https"):
        Allowed().check(address, "http")


def test_a_network_of_the_settings_is_allowed_and_no_other() -> None:
    allowed = Allowed(networks_of("10.0.0.0/8, fd00::/8"))
    for address in ("10.1.2.3", "fd00::1", "::ffff:10.0.0.1"):
        allowed.check(address, "http")
    with pytest.raises(Forbidden):
        allowed.check("192.168.1.1", "https")


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1"])
async def test_other_spellings_of_this_machine_are_refused(host: str) -> None:
    outcome = await _send(f"https://{host}:9/")
    assert outcome.status is None
    refusals = ("private", "InvalidUrl", "was not found")
    assert any(refusal in outcome.error for refusal in refusals)


async def _send(url: str) -> Any:
    sender = Sender(Allowed(), 5)
    try:
        return await sender.send(url, "msg_1", "{}", [])
    finally:
        await sender.close()


@pytest.mark.parametrize("url", ["https://127.0.0.1:9/", "https://[::1]:9/", "http://10.0.0.1/"])
async def test_an_address_instead_of_a_name_is_checked_too(url: str) -> None:
    assert "private" in (await _send(url)).error


async def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = ["93.184.216.34", "10.0.0.1"]

    async def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in answers]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo, raising=False)
    with pytest.raises(Forbidden):
        await CheckedResolver(Allowed(), "https").resolve("both.example.com", 443)


async def test_the_connection_is_made_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that resolves to another address a moment later is asked for once only."""
    asked = 0
    loop = asyncio.get_running_loop()
    real = loop.getaddrinfo

    async def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal asked
        if host != "rebinding.example.com":
            return await real(host, *args, **kwargs)
        asked += 1
        # First an address that is allowed but where nothing listens, then this machine.
        address = "127.0.0.2" if asked == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 9))]

    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo, raising=False)
    sender = Sender(Allowed(networks_of("127.0.0.2/32")), 5)
    outcome = await sender.send("http://rebinding.example.com:9/", "msg_1", "{}", [])
    await sender.close()
    assert outcome.status is None
    assert asked == 1
