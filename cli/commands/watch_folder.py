"""`watch FOLDER`: every file that is put into a folder is sent, once it is complete, and once."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cli.client import Api, ApiAway, ApiRefused, document
from cli.commands.upload import send
from cli.context import print_body, the_api
from cli.exit_codes import OTHER, CommandError
from cli.inputs import sources
from cli.progress import bars
from cli.terminal import complain, note, say

JOURNAL = ".csv-processor-sent"
_LOOK_SECONDS = 0.5
_AWAY_SECONDS = 3.0
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


class Journal:
    """What was sent of a folder, kept in it: a line of JSON per file."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / JOURNAL
        self._sent: set[Stamp] = set()
        try:
            lines = self._path.read_text().splitlines()
        except FileNotFoundError:
            lines = []
        for line in lines:
            try:
                entry = json.loads(line)
                self._sent.add(Stamp(entry["name"], entry["size"], entry["mtime_ns"]))
            except (ValueError, KeyError, TypeError):
                continue  # cut off by a crash: the file is sent again, and is known to the API

    def __contains__(self, stamp: Stamp) -> bool:
        return stamp in self._sent

    def add(self, stamp: Stamp, file_id: str | None) -> None:
        """Record that `stamp` was sent as `file_id`; None if the API rejected it."""
        self._sent.add(stamp)
        entry = {"name": stamp.name, "size": stamp.size, "mtime_ns": stamp.mtime_ns}
        with self._path.open("a") as file:
            file.write(json.dumps(entry | {"file_id": file_id}) + "\n")


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
    as_json: bool,
) -> int:
    """Send what is complete in `folder`, until stopped; with `once` until nothing is left to send.

    Exit code: 0, or 1 where the API refused a file.
    """
    try:
        journal = Journal(folder)
        settling = Settling(settle)
        code = 0
        if not once:
            note(f"watching {folder}; Ctrl-C ends it")
        with the_api(as_json) as api:
            while True:
                new = [stamp for stamp in stamps(folder) if stamp not in journal]
                for stamp in settling.complete(new, time.monotonic()):
                    try:
                        code |= _send(api, folder, stamp, journal, as_json)
                    except ApiAway as away:
                        if once:
                            raise
                        complain(away.what, f"looking again in {_AWAY_SECONDS:.0f} s")
                        time.sleep(_AWAY_SECONDS)
                        break
                if once and not any(stamp not in journal for stamp in stamps(folder)):
                    return code
                time.sleep(min(_LOOK_SECONDS, max(settle, 0.02)))
    except OSError as exc:
        raise CommandError(f"{exc.filename or folder}: {exc.strerror or exc}") from exc


def _send(api: Api, folder: Path, stamp: Stamp, journal: Journal, as_json: bool) -> int:
    (source,) = sources([str(folder / stamp.name)])
    try:
        with bars(quiet=as_json) as shown:
            body, new = send(api, source, {}, None, shown.file(stamp.name, stamp.size))
    except ApiRefused as refused:
        complain(f"{stamp.name}: {refused.what}", refused.do)
        journal.add(stamp, None)
        return OTHER
    file_id = str(document(body).get("file_id"))
    journal.add(stamp, file_id)
    if as_json:
        print_body(body)
    else:
        say(f"{file_id}  {stamp.name}" + ("" if new else "  (sent before)"))
    return 0
