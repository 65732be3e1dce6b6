"""Files are whole or not there; what a killed program left goes; one program at a time merges."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sefd_viewer import atomic
from sefd_viewer.atomic import alone_in, new_file, new_folder, remove_leftovers, writable_folder, write_file
from sefd_viewer.errors import SefdError

KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from sefd_viewer.atomic import {helper}
with {helper}(Path(sys.argv[1])) as part:
    (part / "x" if part.is_dir() else part).write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("helper", ["new_file", "new_folder"])
def test_what_a_kill_left_is_gone_after_the_next_write(tmp_path: Path, helper: str) -> None:
    code = KILLED_WHILE_WRITING.format(helper=helper)
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "name")], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = names(tmp_path)
    assert left.endswith(".part")
    write_file(tmp_path / "name", b"whole")
    assert names(tmp_path) == ["name"]
    assert (tmp_path / "name").read_bytes() == b"whole"


def test_what_somebody_writes_now_stays_and_so_do_strangers_files(tmp_path: Path) -> None:
    strange = tmp_path / ".film.mp4.part"
    strange.write_bytes(b"a download")
    with new_file(tmp_path / "name") as part, new_folder(tmp_path / "folder") as filled:
        part.write_bytes(b"mine")
        (filled / "x").touch()
        remove_leftovers(tmp_path, below=True)
        writable_folder(tmp_path)
    assert names(tmp_path) == [strange.name, "folder", "name"]


def test_the_disk_has_the_file_before_it_takes_its_name(tmp_path: Path, monkeypatch) -> None:
    done: list[str] = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (done.append("sync"), sync(handle))[1])
    monkeypatch.setattr(os, "replace", lambda *names: (done.append("replace"), replace(*names))[1])
    write_file(tmp_path / "name", b"x")
    assert done[:2] == ["sync", "replace"]


@pytest.mark.parametrize("when", ["fsync", "replace"])
def test_a_full_disk_is_told_and_the_old_file_stays(tmp_path: Path, monkeypatch, when: str) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    write_file(tmp_path / "name", b"old")
    monkeypatch.setattr(os, when, full)
    with pytest.raises(SefdError, match=r"name: cannot be written \(No space left on device\)\. Make room"):
        write_file(tmp_path / "name", b"new")
    assert names(tmp_path) == ["name"]
    assert (tmp_path / "name").read_bytes() == b"old"


@pytest.mark.skipif(sys.platform != "linux", reason="there is no such device")
def test_devices_are_written_to_and_never_replaced() -> None:
    write_file(Path("/dev/null"), b"x")
    assert not Path("/dev/null").is_file()
    with pytest.raises(SefdError, match="No space left"):
        write_file(Path("/dev/full"), b"x")


def test_a_link_stays_a_link_and_long_names_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "real").touch()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_file(tmp_path / "link", b"x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"x"
    assert write_file(tmp_path / ("é" * 127), b"x").exists()


def test_who_waits_too_long_for_another_program_is_told(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(atomic, "_PATIENCE_S", 0.04)
    with (
        alone_in(tmp_path),
        pytest.raises(SefdError, match="another program is writing here"),
        alone_in(tmp_path),
    ):
        pass
    with alone_in(tmp_path):
        assert names(tmp_path) == []
