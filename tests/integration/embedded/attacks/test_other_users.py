"""Other users of the machine read nothing."""

from __future__ import annotations

import pwd
import stat
import subprocess

import psutil
import pytest

from embedded.endpoints import FILE
from tests.integration.embedded.attacks.sql_port import Port


def test_other_users_of_the_machine_read_nothing(port: Port) -> None:
    folder = port.stack.data_dir
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    for path in [folder, *folder.rglob("*")]:
        if path.is_symlink() or path.parent.name == "logs" or path.name == "logs":
            continue
        assert not stat.S_IMODE(path.lstat().st_mode) & 0o077, path
    pid = port.stack.pid("clickhouse")
    assert pid is not None
    line = " ".join(psutil.Process(pid).cmdline())
    assert port.owner[1] not in line
    assert port.reader[1] not in line


@pytest.mark.needs("root")
def test_another_user_cannot_enter_the_data_folder(port: Port) -> None:
    nobody = pwd.getpwnam("nobody")
    for path in (FILE, "clickhouse/config/users.xml", "logs/runner.log"):
        done = subprocess.run(
            ["cat", str(port.stack.data_dir / path)],
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (1, b"")
