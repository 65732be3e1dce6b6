"""HDF5 files are read by a process of their own: values, names and attributes as stored, damage in words."""

from __future__ import annotations

import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest

from sefd_viewer.body.stored_values import read_stored
from sefd_viewer.errors import BodyError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "stored.h5"
    with h5py.File(path, "w") as made:
        made["poses"] = np.arange(12, dtype=np.float32).reshape(3, 4)
        made["poses"].attrs["unit"] = "px"
        made["count"] = np.int64(7)
        made["a/b/name"] = "Läufer"
        made["a/words"] = np.array([b"one", b"two"])
        made["table"] = np.array([(1, 2.5), (3, 4.5)], dtype=[("frame", "<i8"), ("x", "<f8")])
        made.create_group("nothing")
        made["other"] = h5py.ExternalLink("/etc/passwd", "/")
        made["again"] = h5py.SoftLink("/poses")
    return path


def test_values_come_as_they_are_stored(file: Path) -> None:
    found = read_stored(file)
    assert set(found) == {"poses", "poses@unit", "count", "a", "table", "nothing"}  # no links
    np.testing.assert_array_equal(found["poses"], np.arange(12).reshape(3, 4))
    assert found["poses"].dtype == np.float32
    assert (found["poses@unit"], found["count"], found["nothing"]) == ("px", 7, {})
    assert found["a"]["b"]["name"] == "Läufer"
    assert found["a"]["words"].tolist() == ["one", "two"]
    assert found["table"]["x"].tolist() == [2.5, 4.5]


def test_a_file_that_is_cut_off_is_refused(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:700])
    with pytest.raises(BodyError, match="this file cannot be read"):
        read_stored(file)


def test_a_crash_of_the_library_is_told_and_this_process_lives(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["/bin/sh", "-c", "kill -SEGV $$"]
    run = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda _command, **options: run(command, **options))
    with pytest.raises(BodyError, match="the HDF5 library failed on it"):
        read_stored(file)
