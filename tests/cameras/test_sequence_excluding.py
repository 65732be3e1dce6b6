"""Lists of sequences and records that a verdict leaves out, read back as they were meant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sefd_viewer.cameras.sequences.corrected_copy import csv_of_verdict, ids_of_verdict
from sefd_viewer.cameras.sequences.findings import SetVerdict
from sefd_viewer.cameras.sequences.places import Part, SequenceId
from sefd_viewer.datasets.exclude_list import read_exclude_list, without
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import DatasetError
from tests.cameras.human36m_rig import FRAMES, Rig
from tests.cameras.test_repairing import finding


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return open_dataset(Rig(tmp_path_factory.mktemp("sets") / "h36m", pictures=False).root)


def kept(dataset: Dataset, path: Path, text: str) -> list[str]:
    path.write_text(text)
    return list(without(dataset, read_exclude_list(path)).keys)


def stem(subject: int, action: int, part: int, camera: int, frame: int) -> str:
    folder = f"s_{subject:02d}_act_{action:02d}_subact_{part:02d}_ca_{camera:02d}"
    return f"{folder}/{folder}_{frame + 1:06d}.jpg"


def verdict() -> SetVerdict:
    place = SequenceId("5", "14", "2")
    part = Part(place, "S5 Walking 2", ("camera 1", "camera 3"), ((1, 2), (5, 5)), 6)
    whole = Part(SequenceId("1", "2", "1"), "S1 Directions 1", ("camera 2",), ((0, FRAMES - 1),), FRAMES)
    return SetVerdict([replace(finding("5", "14", "2"), parts=(part, whole))])


LEFT_OUT = {stem(5, 14, 2, camera, frame) for camera in (1, 3) for frame in (1, 2, 5)} | {
    stem(1, 2, 1, 2, frame) for frame in range(FRAMES)
}


def test_the_table_leaves_out_what_findings_concern(dataset: Dataset, tmp_path: Path) -> None:
    left = kept(dataset, tmp_path / "bad.csv", csv_of_verdict(verdict()).decode())
    assert set(dataset.keys) - set(left) == LEFT_OUT


def test_the_list_holds_the_pictures_names(dataset: Dataset, tmp_path: Path) -> None:
    text = ids_of_verdict(dataset, verdict())
    assert set(text.splitlines()) == LEFT_OUT
    left = kept(dataset, tmp_path / "bad.txt", text)
    assert set(dataset.keys) - set(left) == LEFT_OUT


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("s_05_act_14_subact_02\n", {stem(5, 14, 2, c, f) for c in (1, 2, 3) for f in range(FRAMES)}),
        ("s_05_act_14_subact_02_ca_02/\n", {stem(5, 14, 2, 2, f) for f in range(FRAMES)}),
        ("sequence,last_frame\ns_01_act_02_subact_01,0\n", {stem(1, 2, 1, c, 0) for c in (1, 2, 3)}),
        ("sequence,camera\ns_01_act_02_subact_01,3\n", {stem(1, 2, 1, 3, f) for f in range(FRAMES)}),
        (f"record\n{stem(1, 2, 1, 2, 0)}\n", {stem(1, 2, 1, 2, 0)}),
    ],
)
def test_sequences_are_named_as_people_name_them(
    dataset: Dataset, tmp_path: Path, text: str, left_out: set[str]
) -> None:
    assert set(dataset.keys) - set(kept(dataset, tmp_path / "list", text)) == left_out


def test_sequences_that_are_not_here_are_told(dataset: Dataset, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("sequence\ns_11_act_02_subact_01\n")
    (problem,) = without(dataset, read_exclude_list(tmp_path / "list")).problems[len(dataset.problems) :]
    assert "s_11_act_02_subact_01" in problem


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sequence,first_frame\na,early\n", "line 2: the frames are not numbers"),
        ("record,person,state\na,1,bad\n", "an export of verdicts"),
        ("sequence,fault\n,odd\n", "line 2: this names no photo"),
    ],
)
def test_tables_that_are_no_lists_are_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "list").write_text(text)
    with pytest.raises(DatasetError, match=said):
        read_exclude_list(tmp_path / "list")
