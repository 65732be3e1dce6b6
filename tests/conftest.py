"""What every test gets: one thread, a fixed seed, folders of its own, and no process left behind."""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

# Before any library that reads these starts.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
if os.environ.get("SEFD_VIEWER_WITHOUT_QT") == "1":
    sys.modules.update(dict.fromkeys(("PySide6", "shiboken6", "pyqtgraph")))  # as if not installed
_HOME = tempfile.TemporaryDirectory(prefix="sefd-viewer-tests-", ignore_cleanup_errors=True)
for _name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
    os.environ[_name] = str(Path(_HOME.name, _name.lower()))

import multiprocessing  # noqa: E402

import cv2  # noqa: E402
import hypothesis  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from sefd_viewer.resources import resource_path  # noqa: E402

if TYPE_CHECKING:
    from sefd_viewer.body.model import BodyModel

cv2.setNumThreads(1)
hypothesis.settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    random.seed(0)
    np.random.seed(0)


@pytest.fixture(autouse=True, scope="module")
def no_process_left() -> Iterator[None]:
    """Fail the module whose tests started a process and did not end it."""
    before = set(multiprocessing.active_children())
    yield
    left = [child for child in multiprocessing.active_children() if child not in before]
    for child in left:
        child.kill()
    assert not left, f"still running: {left}"


@pytest.fixture(autouse=True, scope="module")
def no_files_left(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Delete what the module's tests wrote, unless one failed: all of it together is 20 GB."""
    place, failed = tmp_path_factory.getbasetemp(), request.session.testsfailed
    before = set(place.iterdir())
    yield
    if request.session.testsfailed == failed:
        for path in set(place.iterdir()) - before:
            shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def open_body() -> BodyModel:
    """The shipped body, read once."""
    from sefd_viewer.body.files import open_body

    return open_body()


@pytest.fixture(scope="session")
def sample_poses() -> NDArray[np.float32]:
    """Ten real body poses (10,72), axis-angle, spread over the shipped clips."""
    with np.load(resource_path("poses.npz")) as file:
        poses = file["poses"]
    return poses[np.linspace(0, len(poses) - 1, 10).astype(int)].astype(np.float32)


FullDisk = Callable[[int], AbstractContextManager[None]]


@pytest.fixture
def full_disk() -> FullDisk:
    """Inside `with full_disk(size)` a file cannot grow beyond so many bytes: the error of a full disk."""
    resource = pytest.importorskip("resource", reason="there are no limits of files' sizes here")

    @contextmanager
    def full(size: int) -> Iterator[None]:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return full


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what needs a screen where there is none."""
    if os.environ.get("DISPLAY"):
        return
    for item in items:
        if item.get_closest_marker("display"):
            item.add_marker(pytest.mark.skip(reason="needs an X screen: see tests/run"))
