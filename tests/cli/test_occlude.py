"""`sefd-viewer occlude`: people are hidden on purpose, and errors drawn against the hidden share."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest

from sefd_viewer.cli.main import main
from sefd_viewer.datasets import open_dataset
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.evaluation.hiding_curves import curves, drawn
from sefd_viewer.evaluation.occluding import Case, OccludedRecords, suitable
from sefd_viewer.evaluation.runs.intervals import mean_with_interval

GUESSING = """
import pathlib, sys
import numpy as np
images, out, truth = map(pathlib.Path, sys.argv[1:4])
known = np.load(truth)
names = sorted(path.stem for path in images.iterdir())
levels = int(sys.argv[4])
vertices = known["vertices"]
scale = [1 + 0.02 * (k % levels) for k in range(len(names))]
np.savez(out / "all.npz", records=names, people=["1"] * len(names), body_id="open-body-1",
         vertices=np.stack([vertices[k // levels] * scale[k] for k in range(len(names))]))
"""
"""A method that knows the truth, and gets everybody larger the more of them is hidden."""


def test_a_command_over_hidden_people(tmp_path: Path, capsys: pytest.CaptureFixture[str], open_body) -> None:  # type: ignore[no-untyped-def]
    root = tmp_path / "MuCo"
    root.mkdir()
    WRITERS["muco"](root, Plan(4, 3, SceneSettings(size=(320, 240), people=(1, 1), things=0)))
    dataset = open_dataset(root)
    cases = suitable(dataset, lambda _id: open_body, 50)
    people = [dataset.records[case.position].person(case.person) for case in cases]
    truth = [open_body.forward(person.smpl).vertices for person in people]
    np.savez(tmp_path / "truth.npz", vertices=np.stack(truth))
    (tmp_path / "guess.py").write_text(GUESSING)
    command = f"{sys.executable} {tmp_path / 'guess.py'} {{images}} {{out}} {tmp_path / 'truth.npz'} 3"
    words = ["occlude", str(root), "--out", str(tmp_path / "out"), "--method", f"guess={command}"]
    words += ["--levels", "0:0.4:0.2", "--poses", "annotation", "--kind", "truncation"]
    for _ in range(2):  # the second time all of it is there
        main_ends(words)
    told = capsys.readouterr().out
    assert "mpjpe_mm of people hidden by truncation" in told
    found = json.loads((tmp_path / "out" / "curves.json").read_text())["guess"]
    assert [one["level"] for one in found] == [0, 0.2, 0.4]
    errors = [one["mean"] for one in found]
    assert errors[0] == pytest.approx(0, abs=0.01)
    assert errors[2] == pytest.approx(2 * errors[1], rel=0.05)
    assert all(one["count"] == len(cases) and one["unpredicted"] == 0 for one in found)
    ElementTree.fromstring((tmp_path / "out" / "curves.svg").read_text())
    assert {path.name for path in (tmp_path / "out" / "pictures").iterdir()} == {
        "hidden_00.jpg",
        "hidden_20.jpg",
        "hidden_40.jpg",
    }


def main_ends(words: list[str], status: int = 0) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code in (status, None)


def test_files_cannot_answer_for_pictures_that_are_made_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.npz").write_bytes(b"")
    words = ["occlude", str(tmp_path), "--out", str(tmp_path / "out"), "--method", f"x={tmp_path / 'x.npz'}"]
    main_ends(words, 2)
    assert "x is a file, which says nothing of pictures that are made now" in capsys.readouterr().err


@pytest.mark.parametrize("levels", ["0:1:0.1", "0.5:0.2:0.1", "0:0.5:0", "half"])
def test_levels_that_are_none(tmp_path: Path, levels: str) -> None:
    main_ends(["occlude", str(tmp_path), "--out", str(tmp_path / "out"), "--levels", levels], 2)


def test_who_is_not_found_counts_apart() -> None:
    cases = [Case(0, "1"), Case(1, "1")]
    dataset = Dataset("set", None, "test", [Record("a", "a"), Record("b", "b")])
    records = OccludedRecords(dataset, cases, (0.0, 0.5), "object", None)  # type: ignore[arg-type]
    rows = [
        {"position": 0, "person": "1", "method": "m", "kind": "annotated", "mpjpe_mm": 10.0},
        {"position": 1, "person": "1", "method": "m", "kind": "annotated", "mpjpe_mm": None},
        {"position": 1, "person": "new 1", "method": "m", "kind": "stranger", "mpjpe_mm": None},
        {"position": 2, "person": "1", "method": "m", "kind": "annotated", "mpjpe_mm": 20.0},
        {"position": 3, "person": "1", "method": "m", "kind": "annotated", "mpjpe_mm": 40.0},
    ]
    found, resampled = curves(pl.DataFrame(rows), records, (0.0, 0.5), "mpjpe_mm")
    whole, half = found["m"]
    assert resampled == "2 pictures"
    assert (whole.mean.mean, whole.unpredicted) == (15, 0)
    assert (half.mean.mean, half.unpredicted) == (40, 1)
    picture = ElementTree.fromstring(drawn({"a < b": [whole, half]}, "MPJPE & more", "mm"))
    assert "a < b" in [one.text for one in picture.iter("{http://www.w3.org/2000/svg}text")]


def test_frames_of_a_sequence_are_no_independent_people() -> None:
    keys = [f"{name}/{frame}" for name in ("walk", "run") for frame in range(10)]
    dataset = Dataset("set", None, "3dpw", [Record(key, key) for key in keys])
    cases = [Case(position, "1") for position in range(20)]
    records = OccludedRecords(dataset, cases, (0.0,), "object", None)  # type: ignore[arg-type]
    errors = [40.0 + position % 3 for position in range(10)] + [80.0 + position % 3 for position in range(10)]
    about = {"person": "1", "method": "m", "kind": "annotated"}
    rows = [{"position": place, "mpjpe_mm": error, **about} for place, error in enumerate(errors)]
    found, resampled = curves(pl.DataFrame(rows), records, (0.0,), "mpjpe_mm")
    (point,) = found["m"]
    assert resampled == "6 blocks of 4 consecutive moments of 2 sequences"
    alone = mean_with_interval(errors)
    assert point.mean.high - point.mean.low > 1.2 * (alone.high - alone.low)
