"""Corrected copies of Human3.6M sets: planted faults are undone, and nothing else is touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sefd_viewer.body.catalog import catalog_at
from sefd_viewer.cameras.sequences.findings import (
    BodyCorrection,
    CameraCorrection,
    Correction,
    JointCorrection,
    SequenceFinding,
)
from sefd_viewer.cameras.sequences.places import Part, SequenceId
from sefd_viewer.cameras.sequences.repairing import Change, chosen_findings, write_corrected
from sefd_viewer.cli.main import main
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.annotations.json_edits import DROPPED, KEPT, edited_json
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.errors import DatasetError, SefdError
from tests.cameras.human36m_rig import FRAMES, ROOT_JOINT, Rig, axis_angle, rotation

ALL = ((0, FRAMES - 1),)
SWAPPED = (0, 4, 5, 6, 1, 2, 3, 7, 8, 9, 10, 14, 15, 16, 11, 12, 13)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path / "h36m")


def finding(
    subject: str, action: str, subaction: str, *corrections: Correction, frames: Any = ALL, **changes: Any
) -> SequenceFinding:
    part = Part(SequenceId(subject, action, subaction), f"S{subject}", ("camera 1",), frames, FRAMES)
    words: dict[str, Any] = {"kind": "bodies", "cause": "place", "fault": "is wrong", "remedy": "Mend it"}
    known = {name: words[name] for name in words if name in SequenceFinding.__dataclass_fields__}
    return SequenceFinding(parts=(part,), corrections=corrections, **{**known, **changes})


def corrected(rig: Rig, out: Path, *findings: SequenceFinding) -> list[Change]:
    dataset = open_dataset(rig.root, options=ReadOptions(bodies=(str(rig.body),)))
    return write_corrected(dataset, findings, out, catalog_at((str(rig.body),)).get)


def annotation(out: Path, subject: int, what: str) -> Any:
    return json.loads((out / "annotations" / f"Human36M_subject{subject}_{what}.json").read_text())


def planted(rig: Rig, subject: int, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Plant a fault into all bodies of action 14 of a subject; returns what was there before."""
    before = rig.load(subject, "smpl_param")
    after = json.loads(json.dumps(before))
    for entry in after["14"]["2"].values():
        change(entry)
    rig.store(subject, "smpl_param", after)
    return before


def assert_same_bodies(found: Any, expected: Any) -> None:
    for action, parts in expected.items():
        for part, frames in parts.items():
            assert list(found[action][part]) == list(frames)
            for frame, entry in frames.items():
                for name, numbers in entry.items():
                    np.testing.assert_allclose(found[action][part][frame][name], numbers, atol=2e-5)


def camera_motion(rig: Rig) -> tuple[np.ndarray, np.ndarray]:
    camera = rig.load(5, "camera")["1"]
    return np.array(camera["R"]), np.array(camera["t"]) / 1000


def test_bodies_that_were_stored_in_a_cameras_frame_come_back(rig: Rig, tmp_path: Path) -> None:
    R, t = camera_motion(rig)

    def plant(entry: dict[str, Any]) -> None:
        entry["trans"] = (R @ (np.array(entry["trans"]) + ROOT_JOINT) + t - ROOT_JOINT).tolist()
        entry["pose"][:3] = axis_angle(R @ rotation(np.array(entry["pose"][:3]))).tolist()

    before = planted(rig, 5, plant)
    (change,) = corrected(
        rig, tmp_path / "out", finding("5", "14", "2", BodyCorrection(R=R.T, t=-R.T @ t, mode="exact"))
    )
    assert (change.entries, change.files) == (FRAMES, ["Human36M_subject5_smpl_param.json"])
    assert_same_bodies(annotation(tmp_path / "out", 5, "smpl_param"), before)


def test_a_root_joint_too_many_is_taken_away(rig: Rig, tmp_path: Path) -> None:
    before = planted(rig, 1, lambda e: e.update(trans=(np.array(e["trans"]) + ROOT_JOINT).tolist()))
    corrected(rig, tmp_path / "out", finding("1", "14", "2", BodyCorrection(roots=1)))
    assert_same_bodies(annotation(tmp_path / "out", 1, "smpl_param"), before)


def test_everything_else_is_the_same_byte_for_byte(rig: Rig, tmp_path: Path) -> None:
    (rig.root / "notes.txt").write_text("mine")
    (rig.root / "annotations" / "unknown.bin").write_bytes(bytes(range(256)))
    planted(rig, 1, lambda e: e.update(trans=(np.array(e["trans"]) + ROOT_JOINT).tolist()))
    before = {p.relative_to(rig.root): p.read_bytes() for p in sorted(rig.root.rglob("*")) if p.is_file()}
    out = tmp_path / "out"
    corrected(rig, out, finding("1", "14", "2", BodyCorrection(roots=1), frames=((2, 3),)))
    changed = Path("annotations/Human36M_subject1_smpl_param.json")
    for path, data in before.items():
        assert (rig.root / path).read_bytes() == data  # the original stays
        if path != changed:
            assert (out / path).read_bytes() == data
    old, new = before[changed].decode(), (out / changed).read_text()
    start, end = (old.index(f'"{frame}"', old.index('"14"')) for frame in (2, 4))
    assert new.startswith(old[:start])
    assert new.endswith(old[end:])
    assert new != old


def test_a_camera_gets_its_numbers_and_no_others(rig: Rig, tmp_path: Path) -> None:
    right = rig.load(5, "camera")
    wrong = json.loads(json.dumps(right))
    wrong["2"]["R"] = np.array(right["2"]["R"]).T.tolist()
    rig.store(5, "camera", wrong)
    two = right["2"]
    correction = CameraCorrection(
        "5", "2", np.array(two["R"]), np.array(two["t"]), np.array(two["f"]), np.array(two["c"])
    )
    corrected(rig, tmp_path / "out", finding("5", "14", "2", correction))
    found = annotation(tmp_path / "out", 5, "camera")
    np.testing.assert_allclose(found["2"].pop("R"), right["2"].pop("R"), atol=1e-8)
    assert found == right
    assert annotation(tmp_path / "out", 1, "camera") == rig.load(1, "camera")


def test_joints_get_their_sides_and_unit_back(rig: Rig, tmp_path: Path) -> None:
    before = rig.load(1, "joint_3d")
    wrong = json.loads(json.dumps(before))
    wrong["2"]["1"] = {i: [[x / 1000 for x in one[k]] for k in SWAPPED] for i, one in wrong["2"]["1"].items()}
    rig.store(1, "joint_3d", wrong)
    corrected(rig, tmp_path / "out", finding("1", "2", "1", JointCorrection(SWAPPED, 1000.0)))
    found = annotation(tmp_path / "out", 1, "joint_3d")
    for frame, joints in before["2"]["1"].items():
        np.testing.assert_allclose(found["2"]["1"][frame], joints, atol=1e-3)
    assert found["14"] == before["14"]


def test_bodies_that_are_late_move_and_frames_without_one_lose_theirs(rig: Rig, tmp_path: Path) -> None:
    before = rig.load(1, "smpl_param")
    late = json.loads(json.dumps(before))
    late["2"]["1"] = {str(i): before["2"]["1"][str(max(i - 2, 0))] for i in range(FRAMES)}
    rig.store(1, "smpl_param", late)
    (change,) = corrected(rig, tmp_path / "out", finding("1", "2", "1", BodyCorrection(later=2)))
    assert (change.entries, change.dropped) == (FRAMES - 2, 2)
    found = annotation(tmp_path / "out", 1, "smpl_param")
    assert list(found["2"]["1"]) == [str(i) for i in range(FRAMES - 2)]
    for frame, entry in found["2"]["1"].items():
        assert entry == before["2"]["1"][frame]


def test_entries_that_cannot_be_read_stay_and_are_told(rig: Rig, tmp_path: Path) -> None:
    planted(rig, 1, lambda e: e.update(trans=(np.array(e["trans"]) + ROOT_JOINT).tolist()))
    bodies = rig.load(1, "smpl_param")
    bodies["14"]["2"]["1"]["pose"][7] = float("nan")
    del bodies["14"]["2"]["2"]["trans"]
    rig.store(1, "smpl_param", bodies)
    (change,) = corrected(rig, tmp_path / "out", finding("1", "14", "2", BodyCorrection(roots=1)))
    assert change.entries == FRAMES - 2
    assert sum(change.refused.values()) == 2
    found = annotation(tmp_path / "out", 1, "smpl_param")["14"]["2"]
    assert np.isnan(found["1"]["pose"][7])
    assert "trans" not in found["2"]


def test_the_copy_opens_like_the_set(rig: Rig, tmp_path: Path) -> None:
    corrected(rig, tmp_path / "out")
    before, after = open_dataset(rig.root), open_dataset(tmp_path / "out")
    assert list(after.keys) == list(before.keys)
    assert after.problems == before.problems
    assert after.records[0].load().shape == before.records[0].load().shape


def test_never_over_the_original(rig: Rig, tmp_path: Path) -> None:
    for out in (rig.root, rig.root / "annotations", rig.root / "new"):
        with pytest.raises(DatasetError, match="inside the data set"):
            corrected(rig, out)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").touch()
    with pytest.raises(SefdError, match="exists already"):
        corrected(rig, tmp_path / "full")


def test_what_is_not_sure_has_to_be_confirmed() -> None:
    sure = finding("1", "2", "1", BodyCorrection(roots=1))
    likely = finding("1", "14", "2", BodyCorrection(roots=1), confidence="likely", fault="is odd")
    nothing = finding("5", "2", "1", fault="is lost")
    assert chosen_findings([likely, sure, nothing]) == [sure]
    assert chosen_findings([likely, sure, nothing], ["is odd"]) == [likely, sure]
    with pytest.raises(SefdError, match="is odd"):
        chosen_findings([likely, sure, nothing], ["is lost"])


@pytest.fixture
def faulty(tmp_path: Path) -> tuple[Rig, dict[str, Any]]:
    """A set with three faults in three kinds of files, and what these held before."""
    rig = Rig(tmp_path / "h36m", frames=40)
    before = {
        "bodies": planted(rig, 1, lambda e: e.update(trans=(np.array(e["trans"]) + ROOT_JOINT).tolist())),
        "cameras": rig.load(5, "camera"),
        "joints": rig.load(5, "joint_3d"),
    }
    cameras, joints = json.loads(json.dumps([before["cameras"], before["joints"]]))
    cameras["2"], cameras["3"] = cameras["3"], cameras["2"]
    joints["2"]["1"] = {i: [one[k] for k in SWAPPED] for i, one in joints["2"]["1"].items()}
    rig.store(5, "camera", cameras)
    rig.store(5, "joint_3d", joints)
    return rig, before


def verify(rig: Rig, *words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["verify", str(rig.root), "--body", str(rig.body), "--moments", "0", *map(str, words)])
    return int(ended.value.code or 0)


def test_the_command_brings_a_set_back_to_its_clean_numbers(
    faulty: tuple[Rig, dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rig, before = faulty
    out = tmp_path / "out"
    assert verify(rig, "--fix", out) == 1
    said = capsys.readouterr().out
    assert "checked: nothing is found any more" in said
    assert_same_bodies(annotation(out, 1, "smpl_param"), before["bodies"])
    for camera, values in before["cameras"].items():
        for name, numbers in values.items():
            np.testing.assert_allclose(annotation(out, 5, "camera")[camera][name], numbers, atol=1e-6)
    assert annotation(out, 5, "joint_3d") == before["joints"]
    report = json.loads((out / "corrections.json").read_text())
    changed = [change for change in report["changes"] if "smpl_param" in change["files"][0]]
    assert min(change["measured_before"]["exact mm"] for change in changed) > 150
    assert max(change["measured_after"]["exact mm"] for change in changed) < 20
    assert report["findings_left"] == []


def test_what_the_lists_leave_out_makes_the_rest_fine(
    faulty: tuple[Rig, dict[str, Any]], tmp_path: Path
) -> None:
    rig, _ = faulty
    assert verify(rig, "--ids", tmp_path / "bad.txt", "--csv", tmp_path / "bad.csv") == 1
    for name in ("bad.txt", "bad.csv"):
        assert verify(rig, "--exclude", tmp_path / name) == 0


def test_text_around_a_change_keeps_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{ "a" : {"x": 1.50, "y":[1,\n2]},\n"b":{ },"c": {"x" : 2e0} }\n')

    def change(names: tuple[str, ...], _value: Any) -> Any:
        return {"x": 7} if names == ("c",) else KEPT

    def drop(words: str, names: tuple[str, ...], _value: Any) -> Any:
        return DROPPED if names[0] in words else KEPT

    assert edited_json(path, 1, change).decode() == path.read_text().replace("2e0", "7")
    for dropped, left in (
        ("a", ["b", "c"]),
        ("b", ["a", "c"]),
        ("c", ["a", "b"]),
        ("abc", []),
        ("bc", ["a"]),
    ):
        data = edited_json(path, 1, partial(drop, dropped))
        assert list(json.loads(data)) == left
