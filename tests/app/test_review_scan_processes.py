"""Scanning in processes beside the window's: the same numbers, soon stopped, failures in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sefd_viewer.app.opening import open_inputs
from sefd_viewer.app.plugins import review_detectors
from sefd_viewer.checks import scan
from sefd_viewer.checks.scanning import Seen, finished
from sefd_viewer.errors import SefdError
from sefd_viewer.features.people.scan_processes import ScanSource, Share, looks


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten pictures, one of them broken."""
    for number in range(10):
        picture = np.full((24, 32, 3), 10 * number, np.uint8)
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
    (tmp_path / "5.png").write_bytes(b"torn")
    return tmp_path


def share(folder: Path) -> Share:
    return Share(ScanSource((str(folder),), ()), tuple(one.id for one in review_detectors()[0]))


@pytest.mark.slow
def test_a_process_measures_what_a_thread_measures(folder: Path):
    dataset, seen, scanned = open_inputs([str(folder)]), Seen(), []
    for batch, part in looks(share(folder), dataset, range(10), lambda: False):
        seen.add(part)
        scanned += batch
    detectors, _problems = review_detectors()
    there, here = finished(dataset, detectors, seen), scan(dataset, detectors=detectors)
    assert sorted(scanned) == list(range(10))
    assert there.scanned == here.scanned == 10
    assert len(there) == len(here)
    np.testing.assert_array_equal(there.value, here.value)


@pytest.mark.slow
def test_a_data_set_that_changed_meanwhile_is_said(folder: Path):
    dataset = open_inputs([str(folder)])
    (folder / "0.png").unlink()
    with pytest.raises(SefdError, match="changed while it was open"):
        list(looks(share(folder), dataset, range(10), lambda: False))


def test_a_scan_that_is_cancelled_at_once_starts_nothing(folder: Path):
    dataset = open_inputs([str(folder)])
    assert not list(looks(share(folder), dataset, range(10), lambda: True))
