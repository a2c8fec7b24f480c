"""Listeners of a bell hear rings, and only those since they last asked."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest

from broker.bell import Bell, BellListener


async def test_a_ring_is_heard_by_all_listeners(tmp_path: Path) -> None:
    listeners = [BellListener(tmp_path / "bell") for _ in range(2)]
    heard = [asyncio.create_task(listener.heard(30)) for listener in listeners]
    await asyncio.sleep(0)
    Bell(tmp_path / "bell").ring()
    assert await asyncio.gather(*heard) == [True, True]
    for listener in listeners:
        listener.forget()
    assert [await listener.heard(0.01) for listener in listeners] == [False, False]
    for listener in listeners:
        listener.close()
    assert list((tmp_path / "bell").iterdir()) == []


async def test_a_ring_between_question_and_pause_is_not_lost(tmp_path: Path) -> None:
    listener = BellListener(tmp_path)
    listener.forget()
    Bell(tmp_path).ring()
    assert await listener.heard(30)
    listener.close()


async def test_rings_that_are_not_listened_for_fill_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broker.bell._QUIET_SECONDS", 0.0)
    listener, bell = BellListener(tmp_path), Bell(tmp_path)
    for _ in range(70_000):
        bell.ring()
    assert await listener.heard(30)
    listener.forget()
    assert not await listener.heard(0.01)
    bell.ring()
    assert await listener.heard(30)
    listener.close()


def test_the_pipe_of_a_process_that_died_is_removed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "1-0.bell")
    Bell(tmp_path).ring()
    assert list(tmp_path.iterdir()) == []


async def test_a_ringer_without_descriptors_removes_no_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = BellListener(tmp_path)

    def too_many(*_: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", too_many)
        Bell(tmp_path).ring()
    Bell(tmp_path).ring()
    assert await listener.heard(30)
    listener.close()


def test_without_a_folder_or_listeners_nothing_is_done(tmp_path: Path) -> None:
    Bell(None).ring()
    Bell(tmp_path / "none").ring()
    assert list(tmp_path.iterdir()) == []
