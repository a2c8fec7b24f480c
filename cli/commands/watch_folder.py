"""`watch FOLDER`: every file that is put into a folder is sent, once it is complete, and once."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli import render
from cli.client import Api, ApiAway, ApiRefused, document
from cli.commands.upload import send
from cli.context import print_body, the_api
from cli.contexts import state_folder
from cli.exit_codes import OTHER, CommandError, code_of, worst
from cli.format import many
from cli.inputs import shown_name, sources
from cli.progress import bars
from cli.terminal import complain, note, say
from cli.wait import until_terminal

# Name of the journal that earlier versions kept in the folder itself.
FORMER_JOURNAL = ".csv-processor-sent"
_LOOK_SECONDS = 0.5
_AWAY_SECONDS = 3.0
# What could not be sent for a reason that is none of the file's, or not be read, is tried again.
_AGAIN_SECONDS = 30.0
# Statuses that say that a file cannot be accepted; others are of the key, the address or the API.
_OF_THE_FILE = (400, 409, 413, 415, 422)
_BAD_KEY = 401
# What browsers, rsync and FTP servers call a file that is still on its way.
_UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart", ".download")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A version of a file: another stamp means another file."""

    name: str
    size: int
    mtime_ns: int


@dataclass(slots=True)
class Settling:
    """Decides which files are complete: unchanged for `seconds` over repeated scans."""

    seconds: float
    _since: dict[Stamp, float] = field(default_factory=dict)

    def complete(self, stamps: Iterable[Stamp], now: float) -> list[Stamp]:
        """Those of `stamps` (all there are now) that are complete, by name; `now` in seconds."""
        self._since = {stamp: self._since.get(stamp, now) for stamp in stamps}
        ready = [stamp for stamp, since in self._since.items() if now - since >= self.seconds]
        return sorted(ready, key=lambda stamp: stamp.name)


def journal_path(folder: Path) -> Path:
    """Where it is recorded what was sent of a folder: not in the folder, which is its sender's."""
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return state_folder() / "watched" / f"{name}.jsonl"


class Journal:
    """What was sent of a folder: a line of JSON per file, after one that names the folder."""

    def __init__(self, folder: Path) -> None:
        self._path = journal_path(folder)
        self._folder = folder.resolve()
        self._sent: set[Stamp] = set()
        for path in (folder / FORMER_JOURNAL, self._path):
            try:
                lines = path.read_text().splitlines()
            except FileNotFoundError:
                continue
            for line in lines:
                try:
                    entry = json.loads(line)
                    self._sent.add(Stamp(entry["name"], entry["size"], entry["mtime_ns"]))
                except (ValueError, KeyError, TypeError):
                    # The line of the folder; or one that a crash cut off: the file is sent again,
                    # and is known to the API.
                    continue

    def __contains__(self, stamp: Stamp) -> bool:
        return stamp in self._sent

    def add(self, stamp: Stamp, file_id: str | None) -> None:
        """Record that `stamp` was sent as `file_id`; None if the API rejected it."""
        self._sent.add(stamp)
        entry = {"name": stamp.name, "size": stamp.size, "mtime_ns": stamp.mtime_ns}
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._path.open("a") as file:
            if file.tell() == 0:
                file.write(json.dumps({"folder": str(self._folder)}) + "\n")
            file.write(json.dumps(entry | {"file_id": file_id}) + "\n")


@dataclass(slots=True)
class Watched:
    """What has become of the files of a folder since `watch` began."""

    sent: list[str] = field(default_factory=list)
    known: int = 0
    refused: int = 0

    def add(self, file_id: str | None, *, new: bool = True) -> None:
        """Count a file that was sent as `file_id`; None if the API rejected it."""
        if file_id is None:
            self.refused += 1
            return
        self.known += not new
        self.sent.append(file_id)

    def __str__(self) -> str:
        parts = [many(len(self.sent), "file") + " sent"]
        if self.known:
            parts.append(f"{self.known:,} of them sent before")
        if self.refused:
            parts.append(f"{self.refused:,} rejected")
        return ", ".join(parts)


def stamps(folder: Path) -> list[Stamp]:
    """The files of a folder that can be meant: no hidden ones, none that is marked as unfinished."""
    found = []
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name.lower().endswith(_UNFINISHED):
            continue
        try:
            if path.is_file() and (stat := path.stat()).st_size:
                found.append(Stamp(path.name, stat.st_size, stat.st_mtime_ns))
        except FileNotFoundError:
            continue  # taken away in this moment
    return found


def watch_folder(
    folder: Path,
    *,
    settle: float,
    once: bool,
    timeout: float | None = None,
    as_json: bool,
) -> int:
    """Send what is complete in `folder`, until stopped; with `once` until nothing is left to send and
    what was sent is processed.

    Exit code: that of the files, as for an upload; 1 if the API rejected one.
    """
    watched = Watched()
    try:
        journal = Journal(folder)
        if not once:
            note(f"watching {folder}; Ctrl-C ends it")
        with the_api(as_json) as api:
            _send_all(api, folder, journal, watched, settle=settle, once=once, as_json=as_json)
            return _result(api, watched, timeout, as_json)
    except KeyboardInterrupt:
        note(str(watched))
        raise
    except OSError as exc:
        raise CommandError(f"{exc.filename or folder}: {exc.strerror or exc}") from exc


def _send_all(
    api: Api,
    folder: Path,
    journal: Journal,
    watched: Watched,
    *,
    settle: float,
    once: bool,
    as_json: bool,
) -> None:
    """Send what becomes complete; with `once` until nothing is left."""
    settling = Settling(settle)
    later: dict[Stamp, float] = {}
    while True:
        new = [stamp for stamp in stamps(folder) if stamp not in journal]
        later = {stamp: at for stamp, at in later.items() if stamp in new}
        for stamp in settling.complete(new, time.monotonic()):
            if stamp in later and (once or time.monotonic() < later[stamp]):
                continue
            try:
                _send(api, folder, stamp, journal, watched, as_json)
            except (ApiAway, ApiRefused) as away:
                if isinstance(away, ApiAway) or away.status == _BAD_KEY:
                    if once:
                        raise
                    complain(away.what, f"looking again in {_AWAY_SECONDS:.0f} s")
                    time.sleep(_AWAY_SECONDS)
                    break
                _put_off(stamp, away, later, watched, once=once)
            except CommandError as unreadable:
                # It may have been taken away since it was seen.
                if (folder / stamp.name).exists():
                    _put_off(stamp, unreadable, later, watched, once=once)
        if once and not any(
            stamp not in journal and stamp not in later for stamp in stamps(folder)
        ):
            return
        time.sleep(min(_LOOK_SECONDS, max(settle, 0.02)))


def _put_off(
    stamp: Stamp, why: CommandError, later: dict[Stamp, float], watched: Watched, *, once: bool
) -> None:
    """Send the others first."""
    later[stamp] = time.monotonic() + _AGAIN_SECONDS
    again = why.do if once else f"trying again in {_AGAIN_SECONDS:.0f} s"
    complain(f"{shown_name(stamp.name)}: {why.what}", again)
    if once:
        watched.add(None)


def _send(
    api: Api, folder: Path, stamp: Stamp, journal: Journal, watched: Watched, as_json: bool
) -> None:
    (source,) = sources([str(folder / stamp.name)])
    try:
        with bars(quiet=as_json) as shown:
            body, new = send(api, source, {}, None, shown.file(source.filename, stamp.size))
    except ApiRefused as refused:
        if refused.status not in _OF_THE_FILE:
            raise
        complain(f"{source.filename}: {refused.what}", refused.do)
        journal.add(stamp, None)
        watched.add(None)
        return
    file_id = str(document(body).get("file_id"))
    journal.add(stamp, file_id)
    watched.add(file_id, new=new)
    if as_json:
        print_body(body)
    else:
        say(f"{file_id}  {source.filename}" + ("" if new else "  (sent before)"))


def _result(api: Api, watched: Watched, timeout: float | None, as_json: bool) -> int:
    """Wait for the files that were sent, and show what has become of them; the exit code."""
    codes = [OTHER] if watched.refused else []
    found: list[dict[str, Any]] = []
    for file_id in watched.sent:
        body = until_terminal(api, file_id, lambda _: None, timeout)
        found.append(document(body))
        if as_json:
            print_body(body)
    if found and not as_json:
        say("\n".join(render.files_lines(found)))
        say(render.summary(found))
    return worst([*codes, *(code_of(doc.get("status")) for doc in found)])
