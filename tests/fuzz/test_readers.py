"""Files that were damaged on their way are refused with words: quickly, in little memory, and nothing runs.

    SEFD_FUZZ_FILES=20000 python -m pytest tests/fuzz      tries so many of each kind
    SEFD_FUZZ_SEED=7                                        begins elsewhere

A file that gets through is kept in `fuzz_found/` beside the working folder, to be mended and made a test.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest

from sefd_viewer.errors import SefdError
from tests.fuzz.mutations import damaged, strange_json
from tests.fuzz.readers import READERS, Reader

FILES = int(os.environ.get("SEFD_FUZZ_FILES", "40"))
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


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
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
