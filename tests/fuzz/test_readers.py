"""Files that were damaged on their way are refused with words: quickly, in little memory, and nothing runs.

    SEFD_FUZZ_FILES=20000 python -m pytest tests/fuzz      tries so many of each kind
    SEFD_FUZZ_SEED=7                                        begins elsewhere

A file that gets through is kept in `fuzz_found/` beside the working folder, to be mended and made a test.
"""

from __future__ import annotations

import ast
import os
import random
import resource
import shutil
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest

import sefd_viewer
from sefd_viewer.cameras.calibrations import reading as calibrations
from sefd_viewer.datasets.opening import FORMATS
from sefd_viewer.errors import SefdError
from sefd_viewer.pose2d.files import FORMATS as POSES
from sefd_viewer.pose2d.files import read_content, recognised
from tests.fuzz.kept_files import KEPT_FILES
from tests.fuzz.mutations import damaged, strange_json
from tests.fuzz.readers import READERS, Reader, _calibration, _poses
from tests.fuzz.registries import REGISTERED, _whole_rig

ALL: tuple[Reader, ...] = (*READERS, *REGISTERED, *KEPT_FILES)
FILES = int(os.environ.get("SEFD_FUZZ_FILES", "10"))
SEED = int(os.environ.get("SEFD_FUZZ_SEED", "1"))
MOST_S, MOST_BYTES = 20, 2 * 1024**3


@contextmanager
def little_memory_and_time() -> Iterator[None]:
    """Two gigabytes more than now, and twenty seconds."""

    def ring(_signal: int, _frame: Any) -> NoReturn:
        raise TimeoutError(f"not read within {MOST_S} s")

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    old = signal.signal(signal.SIGALRM, ring)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MOST_BYTES, before[1]))
    signal.alarm(MOST_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, old)
        resource.setrlimit(resource.RLIMIT_AS, before)


def read(reader: Reader, folder: Path) -> None:
    """Words are fine; whatever else is raised is a fault."""
    with little_memory_and_time(), warnings.catch_warnings(), suppress(SefdError):
        warnings.simplefilter("ignore")
        reader.read(folder)


@pytest.mark.parametrize("reader", ALL, ids=lambda reader: reader.name)
def test_whole_files_are_read_and_damaged_ones_refused_with_words(reader: Reader, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    files = reader.files(whole)
    assert files
    if reader.whole:
        assert reader.read(whole) is not None
    rng = random.Random(f"{SEED} {reader.name}")
    for number in range(FILES):
        folder = tmp_path / "damaged"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(whole, folder)
        path = folder / rng.choice(files).relative_to(whole)
        data = path.read_bytes()
        as_json = path.suffix == ".json" and rng.random() < 0.7
        path.write_bytes(strange_json(data, rng) if as_json else damaged(data, rng))
        try:
            read(reader, folder)
        except Exception as error:
            kept = Path("fuzz_found") / reader.name.replace(" ", "_") / str(number)
            shutil.copytree(folder, kept, dirs_exist_ok=True)
            raise AssertionError(f"{reader.name}, file {number} (kept in {kept}): {error!r}") from error


def test_every_kind_of_2d_poses_is_damaged_here(tmp_path: Path) -> None:
    """Bodies are compared in `tests/evaluation/test_predictions.py`, whose files are damaged here."""
    found = set()
    for number, reader in enumerate(ALL):
        if reader.read is _poses:
            (folder := tmp_path / str(number)).mkdir()
            for path in reader.files(folder):
                kind = recognised(read_content(path))
                found.add(None if kind is None else kind.name)
    assert found - {None} == {kind.name for kind in POSES}


def test_every_layout_of_data_sets_is_damaged_here() -> None:
    pictures = {"image": "jpeg", "video": "video", "image folder": "archive"}
    names = {reader.name.removeprefix("set ") for reader in ALL}
    assert {pictures.get(name, name) for name in FORMATS} <= names


def test_every_kind_of_calibration_is_damaged_here(tmp_path: Path) -> None:
    endings = set()
    for number, reader in enumerate(ALL):
        if reader.read in (_calibration, _whole_rig):
            (folder := tmp_path / str(number)).mkdir()
            endings |= {path.suffix for path in reader.files(folder)}
    assert endings >= {*calibrations._READERS, ".bin", ".txt"}


_PACKAGE = Path(sefd_viewer.__file__).parent
_CALLS = {
    "read_bytes",
    "read_text",
    "imdecode",
    "ZipFile",
    "safe_open",
    "load_file",
    "loadmat",
    "read_parquet",
}
_CALLS_OF = {"np.load", "torch.load", "sqlite3.connect", "h5py.File", "av.open"}

_NOT_DAMAGED = """
app/person_pictures.py app/places.py app/settings.py atomic.py gui/settled_memory.py plugin_code.py
cli/desktop.py cli/occlude.py datasets/opening.py datasets/synthetic/poses.py evaluation/report/writing.py
app/crowd.py fitting/objective.py networks/hed.py training/lifting.py training/recipes.py
datasets/converting.py datasets/usd_out.py evaluation/runs/methods.py
body/hdf5_process.py body/mhr.py
datasets/index/cache.py datasets/index/part_people.py datasets/index/part_files.py
app/recent.py cameras/renders/rendering.py cameras/sequences/reading.py edge_maps/archive.py
evaluation/runs/external.py features/playback/playing.py gui/films.py judgements/database.py
judgements/tags.py features/inspect/views/figures.py
"""
"""Modules with functions that are not tried here: of files that ship, what was
written a moment ago, copies, hashes; a process of its own (HDF5); indexes, which `kills.py` damages."""


def _reads(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    return name in _CALLS_OF or name.rpartition(".")[2] in _CALLS


def _readers_of_files() -> set[tuple[str, str]]:
    """Files and names of all functions of the program in which a file is read."""
    found = set()
    for path in _PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            calls = ast.walk(node) if isinstance(node, ast.FunctionDef) else ()
            if any(isinstance(one, ast.Call) and _reads(one) for one in calls):
                found.add((str(path), node.name))
    return found


@pytest.mark.slow
def test_every_function_that_reads_a_file_gets_damaged_ones_here(tmp_path: Path) -> None:
    called: set[tuple[str, str]] = set()

    def note(frame: Any, event: str, _about: object) -> None:
        if event == "call":
            called.add((frame.f_code.co_filename, frame.f_code.co_name))

    for number, reader in enumerate(ALL):
        (folder := tmp_path / str(number)).mkdir()
        reader.files(folder)
        sys.setprofile(note)
        threading.setprofile(note)
        try:
            read(reader, folder)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
    missing = {
        (Path(file).relative_to(_PACKAGE).as_posix(), name) for file, name in _readers_of_files() - called
    }
    assert {one for one in missing if one[0] not in _NOT_DAMAGED.split()} == set()
