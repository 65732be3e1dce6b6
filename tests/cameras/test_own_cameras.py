"""Sets whose people stand before cameras of their own: faults in files are named, right sets are fine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sefd_viewer.body import open_body
from sefd_viewer.cameras.diagnosis.record_diagnosis import diagnose_records
from sefd_viewer.cameras.set_report import SetReport
from sefd_viewer.cameras.views_check import check_people
from sefd_viewer.datasets import open_dataset
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan

FORMATS = ("mscoco", "mpii", "crowdpose", "muco", "3dpw", "3dpw-sequences", "mupots")


def made(folder: Path, name: str) -> Path:
    WRITERS[name](folder, Plan(3, 3, SceneSettings(size=(96, 96)), lambda _: None))
    return folder


def check(root: Path) -> SetReport:
    return check_people(open_dataset(root), [open_body()])


@pytest.mark.parametrize("name", FORMATS)
def test_a_right_set_is_checked_and_fine(name: str, tmp_path: Path) -> None:
    report = check(made(tmp_path, name))
    assert report.status == 0
    assert report.rows[0].values["in pictures px"] < 1


def _scaled(entry: dict[str, Any], key: str, factor: float) -> None:
    entry[key] = [factor * value for value in entry[key]]


def _millimetres(content: dict[str, Any]) -> None:
    for entry in content.values():
        _scaled(entry.get("smpl_param", entry), "trans", 1000)


def _double(content: dict[str, Any]) -> None:
    for entry in content.values():
        for key in ("focal", "princpt"):
            _scaled(entry["cam_param"], key, 2)


def _double_images(content: dict[str, Any]) -> None:
    for image in content["images"]:
        for key in ("f", "c"):
            _scaled(image, key, 2)


FAULTS = [
    ("mscoco", "*SMPL*.json", _millimetres, "the bodies' translation is in millimetres"),
    (
        "mpii",
        "*SMPL*.json",
        _double,
        "all cameras: the intrinsics are for pictures of another size: times 0.5",
    ),
    ("muco", "smpl_param.json", _millimetres, "the bodies' translation is in millimetres"),
    (
        "muco",
        "MuCo-3DHP.json",
        _double_images,
        "all cameras: the intrinsics are for pictures of another size",
    ),
]


@pytest.mark.parametrize(("name", "pattern", "edit", "words"), FAULTS, ids=[f"{f[0]} {f[3]}" for f in FAULTS])
def test_a_fault_is_named(
    name: str, pattern: str, edit: Callable[[dict[str, Any]], None], words: str, tmp_path: Path
) -> None:
    root = made(tmp_path, name)
    (file,) = root.rglob(pattern)
    content = json.loads(file.read_text())
    edit(content)
    file.write_text(json.dumps(content))
    report = check(root)
    assert [line for line in report.findings if line.startswith(words)], report.findings
    assert report.status == 1


def test_one_body_that_stands_elsewhere_is_called_by_name(tmp_path: Path) -> None:
    root = made(tmp_path, "mscoco")
    (file,) = root.glob("**/*SMPL*.json")
    content = json.loads(file.read_text())
    person = list(content)[1]
    content[person]["smpl_param"]["trans"][0] += 0.8
    file.write_text(json.dumps(content))
    records = list(open_dataset(root).records)
    found = diagnose_records(records, [open_body()])
    assert found.sentences == []
    (words,) = found.misfits
    assert f"{person} in " in words
