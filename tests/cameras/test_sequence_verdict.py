"""Every fault of a Human3.6M set is named with its sequence; what is right stays silent."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.body.files import bodies_within
from sefd_viewer.cameras.sequences.findings import SequenceFinding, SetVerdict, conclusion, status_of
from sefd_viewer.cameras.sequences.verdict import check_set
from sefd_viewer.cli.main import main
from sefd_viewer.datasets import open_dataset
from sefd_viewer.datasets.annotations import ReadOptions
from tests.cameras.human36m_rig import axis_angle as axis_angle_of
from tests.cameras.human36m_rig import rotation
from tests.cameras.moving_rig import BETAS, MovingRig, Skeleton, cameras_of, every_frame, frames_of, turn_into

Edit = Callable[[dict], object]  # type: ignore[type-arg]


@pytest.fixture(scope="module")
def skeleton() -> Skeleton:
    return Skeleton()


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory, skeleton: Skeleton) -> Path:
    return MovingRig(tmp_path_factory.mktemp("right") / "set", skeleton).root


@pytest.fixture
def rig(right: Path, tmp_path: Path, skeleton: Skeleton) -> MovingRig:
    """A copy to put faults into."""
    copy = MovingRig.__new__(MovingRig)
    copy.root, copy.skeleton = tmp_path / "set", skeleton
    shutil.copytree(right, copy.root)
    return copy


def verdict(root: Path, **options: Any) -> SetVerdict:
    places = tuple(map(str, bodies_within(root)))
    catalog = BodyCatalog(places)
    return check_set(open_dataset(root, options=ReadOptions(bodies=places)), catalog.get, **options)


def only(found: SetVerdict) -> SequenceFinding:
    assert len(found.findings) == 1, [one.sentence for one in found.findings]
    return found.findings[0]


def test_a_right_set_is_silent(right: Path) -> None:
    found = verdict(right)
    assert found.findings == ()
    assert found.coverage == 1
    assert (status_of(found), conclusion(found)) == (0, "Nothing was found.")
    assert len(found.rows) == 2 * 3 * 3  # subjects, sequences, cameras
    paper = np.linalg.norm((np.array(cameras_of(1)["1"]["R"]) - np.eye(3)) @ [0, -0.22, 0.03]) * 1000
    assert found.rows[0].errors["paper mm"] == pytest.approx(paper, abs=15)


def _each(edit: Callable[[Any], object], action: int = 14, part: int = 1, rows: slice = slice(None)) -> Edit:
    """Change frames of one sequence."""

    def change(content: dict) -> None:  # type: ignore[type-arg]
        for frame in list(frames_of(content, action, part).values())[rows]:
            edit(frame)

    return change


def test_a_sequence_in_a_cameras_frame(rig: MovingRig) -> None:
    root = rig.skeleton.root([1.5, 0.2, 0, 0.2, 0, 0, 0, 0, 0, 0])
    rig.change(8, "smpl_param", _each(lambda one: turn_into(cameras_of(8)["2"], one, root, exact=True)))
    found = only(verdict(rig.root))
    assert found.sure
    assert found.where == "S8 Walking 1, cameras 1-3, frames 0-29"
    assert found.fault == "in camera 2's frame"
    assert found.after < 30 < 3000 < found.before


@pytest.mark.parametrize(("axis", "name"), [((0, 0, 1.0), "z"), ((1.0, 0, 0), "x")])
def test_a_sequence_turned_by_few_degrees(
    rig: MovingRig, axis: tuple[float, float, float], name: str
) -> None:
    """Three degrees move people near the origin by less than what makes their frames wrong."""
    turn = rotation(np.radians(3) * np.array(axis))

    def edit(one: Any) -> None:
        root = rig.skeleton.root(one["shape"])
        one["pose"][:3] = axis_angle_of(turn @ rotation(np.array(one["pose"][:3]))).tolist()
        one["trans"] = (turn @ (root + np.array(one["trans"])) - root).tolist()

    rig.change(8, "smpl_param", _each(edit))
    found = only(verdict(rig.root))
    assert found.where == "S8 Walking 1, cameras 1-3, frames 0-29"
    assert "in another frame of the world: turned by" in found.fault
    assert f"about the world's {name} axis" in found.fault
    assert found.after < found.before


def test_a_stretch_in_a_cameras_frame_by_the_papers_formula(rig: MovingRig) -> None:
    root = np.zeros(3)
    edit = _each(lambda one: turn_into(cameras_of(1)["1"], one, root, exact=False), rows=slice(10, 20))
    rig.change(1, "smpl_param", edit)
    found = only(verdict(rig.root))
    assert found.where == "S1 Walking 1, cameras 1-3, frames 10-19"
    assert "in camera 1's frame" in found.fault
    assert "without compensation for the root joint" in found.fault


@pytest.mark.parametrize(
    ("count", "words"), [(1, "not compensated"), (2, "compensated twice"), (-1, "compensated twice")]
)
def test_the_root_joint_forgotten_or_counted_twice(rig: MovingRig, count: int, words: str) -> None:
    def add(content: dict) -> None:  # type: ignore[type-arg]
        for one in every_frame(content):
            one["trans"] = (np.array(one["trans"]) + count * rig.skeleton.root(one["shape"])).tolist()

    rig.change(1, "smpl_param", add)
    found = only(verdict(rig.root))
    assert found.sure
    assert words in found.fault
    assert found.where == "S1 (all 3 sequences), cameras 1-3, frames 0-29"
    assert found.before == pytest.approx(abs(count) * 222, abs=25)
    assert found.after < 30


def test_bodies_that_turn_about_their_origin(rig: MovingRig) -> None:
    def move(one: Any) -> None:
        root, turned = rig.skeleton.root(one["shape"]), rotation(np.array(one["pose"][:3]))
        one["trans"] = (np.array(one["trans"]) + root - turned @ root).tolist()

    rig.change(8, "smpl_param", _each(move))
    found = only(verdict(rig.root))
    assert found.sure
    assert "turn about their origin" in found.fault


def test_an_unknown_constant_offset_in_the_bodys_frame(rig: MovingRig) -> None:
    def move(one: Any) -> None:
        aside = rotation(np.array(one["pose"][:3])) @ [0.15, 0.0, 0.05]
        one["trans"] = (np.array(one["trans"]) + aside).tolist()

    rig.change(8, "smpl_param", _each(move))
    found = only(verdict(rig.root))
    assert "in the body's frame" in found.fault
    assert not found.sure


def test_orientations_stored_inverted(rig: MovingRig) -> None:
    rig.change(
        8, "smpl_param", _each(lambda one: one["pose"].__setitem__(slice(3), [-x for x in one["pose"][:3]]))
    )
    assert "transposed (inverted)" in only(verdict(rig.root)).fault


@pytest.mark.parametrize("late", [-3, 1, 5])
def test_bodies_of_other_frames(rig: MovingRig, late: int) -> None:
    def shift(content: dict) -> None:  # type: ignore[type-arg]
        frames = frames_of(content, 2, 1)
        stored = [frames[str(min(max(i - late, 0), 29))] for i in range(30)]
        content["2"]["1"] = {str(i): one for i, one in enumerate(stored)}

    rig.change(1, "smpl_param", shift)
    found = [one for one in verdict(rig.root).findings if one.cause == "time"]
    assert len(found) == 1
    words = f"{abs(late)} frame{'s' if abs(late) > 1 else ''} {'late' if late > 0 else 'early'}"
    assert f"the bodies are {words}" in found[0].fault
    assert found[0].where.startswith("S1 Directions 1, cameras 1-3")


def test_bodies_of_another_sequence(rig: MovingRig) -> None:
    def exchange(content: dict) -> None:  # type: ignore[type-arg]
        content["2"]["1"], content["14"]["1"] = content["14"]["1"], content["2"]["1"]

    rig.change(1, "smpl_param", exchange)
    faults = {one.where.split(",")[0]: one.fault for one in verdict(rig.root).findings}
    assert faults["S1 Directions 1"] == "these are the bodies of S1 Walking 1"
    assert faults["S1 Walking 1"] == "these are the bodies of S1 Directions 1"


def test_the_shape_of_somebody_else(rig: MovingRig) -> None:
    rig.change(
        1,
        "smpl_param",
        lambda content: [one.update(shape=[-2.5, 1, 0, 0, 0, 0, 0, 0, 0, 0]) for one in every_frame(content)],
    )
    found = only(verdict(rig.root))
    assert found.cause == "shape"
    assert "limbs are" in found.fault
    assert "too short" in found.fault
    assert not found.sure  # fitted betas are not those that were


def test_the_wrong_gender(rig: MovingRig) -> None:
    arrays = dict(rig.skeleton.arrays)
    taller = (np.asarray(arrays["v_template"], float) - [0, -0.22, 0.03]) * 1.06 + [0, -0.2, 0.03]
    np.savez(rig.root / "smpl" / "SMPL_MALE.npz", **{**arrays, "v_template": taller})  # type: ignore[arg-type]
    rig.change(8, "smpl_param", lambda content: [one.update(gender="male") for one in every_frame(content)])
    found = only(verdict(rig.root))
    assert found.sure
    assert "belong to the neutral model" in found.fault
    assert "S8 (all 3 sequences)" in found.where


_SIDES = [0, 4, 5, 6, 1, 2, 3, 7, 8, 9, 10, 14, 15, 16, 11, 12, 13]


def test_left_and_right_of_joints_exchanged_over_a_stretch(rig: MovingRig) -> None:
    def swap(content: dict) -> None:  # type: ignore[type-arg]
        frames = frames_of(content, 2, 2)
        for i in range(5, 15):
            frames[str(i)] = [frames[str(i)][row] for row in _SIDES]

    rig.change(1, "joint_3d", swap)
    found = only(verdict(rig.root))
    assert (found.kind, found.cause) == ("joints", "left and right")
    assert found.where == "S1 Directions 2, cameras 1-3, frames 5-14"


def _turned(axis_angle: list[float]) -> Edit:
    def turn(one: Any) -> None:
        made = rotation(np.array(one["pose"][:3])) @ rotation(np.array(axis_angle))
        one["pose"][:3] = axis_angle_of(made).tolist()

    return turn


def _other_side(one: Any) -> None:
    order = [0, 2, 1, 3, 5, 4, 6, 8, 7, 9, 11, 10, 12, 14, 13, 15, 17, 16, 19, 18, 21, 20, 23, 22]
    one["pose"] = np.array(one["pose"]).reshape(24, 3)[order].ravel().tolist()


def _mirrored(one: Any) -> None:
    root = one["pose"][:3]
    _other_side(one)
    one["pose"] = [*root, *(np.array(one["pose"]).reshape(24, 3) * [1, -1, -1]).ravel()[3:].tolist()]


def _mirrored_without_place(one: Any) -> None:
    _mirrored(one)
    one["pose"][1:3] = [-one["pose"][1], -one["pose"][2]]


def _mirrored_in_the_world(one: Any) -> None:
    _mirrored_without_place(one)
    one["trans"][0] *= -1


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (_turned([0, np.pi, 0]), "turned by 180° about the body's own y axis"),
        (lambda one: one.update(pose=np.degrees(one["pose"]).tolist()), "the pose is in degrees"),
        (_other_side, "left and right of the body's pose are exchanged"),
        (_mirrored, "the pose is mirrored left to right"),
        (_mirrored_in_the_world, "the bodies are mirrored in the world"),
        (lambda one: one.update(trans=[1.2 * x for x in one["trans"]]), "trans is scaled"),
        (lambda one: one.update(shape=BETAS[1]), "fits with that of S8 Directions 1"),
        (lambda one: one.update(trans=[0, 0, 0]), "trans is zero"),
        (lambda one: one["trans"].__setitem__(1, -one["trans"][1]), "trans y has the opposite sign"),
        (_mirrored_without_place, "pose and orientation are mirrored left to right"),
    ],
)
def test_other_faults_of_one_sequence(rig: MovingRig, edit: Edit, words: str) -> None:
    rig.change(8, "smpl_param", _each(edit))
    found = only(verdict(rig.root))
    assert words in found.fault
    assert found.where == "S8 Walking 1, cameras 1-3, frames 0-29"


@pytest.mark.parametrize("shown", [lambda i: min(i, 8), lambda i: i // 2], ids=["stuck", "half the rate"])
def test_bodies_that_are_repeated(rig: MovingRig, shown: Callable[[int], int]) -> None:
    def repeat(content: dict) -> None:  # type: ignore[type-arg]
        frames = content["14"]["1"]
        content["14"]["1"] = {i: frames[str(shown(int(i)))] for i in frames}

    rig.change(8, "smpl_param", repeat)
    found = verdict(rig.root).findings
    assert found
    assert all(one.where.startswith("S8 Walking 1") for one in found)
    if shown(29) == 8:
        assert "the same body is repeated while the measured joints move" in only(verdict(rig.root)).fault


def _in_another_order(points: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return points[[10, 9, 8, 7, 0, 1, 2, 3, 4, 5, 6, *range(11, 17)]]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (_in_another_order, "the measured joints are in another order"),
        (lambda points: points - points[0], "the measured joints are relative to one of them"),
    ],
)
def test_joints_that_are_stored_otherwise(rig: MovingRig, edit: Callable[[Any], Any], words: str) -> None:
    def change(content: dict) -> None:  # type: ignore[type-arg]
        for i, points in frames_of(content, 14, 1).items():
            content["14"]["1"][i] = edit(np.array(points)).tolist()

    rig.change(8, "joint_3d", change)
    found = only(verdict(rig.root))
    assert (found.kind, found.where) == ("joints", "S8 Walking 1, cameras 1-3, frames 0-29")
    assert words in found.fault


def test_boxes_that_hold_two_corners(rig: MovingRig) -> None:
    def corners(content: dict) -> None:  # type: ignore[type-arg]
        for one in content["annotations"]:
            x, y, width, height = one["bbox"]
            one["bbox"] = [x, y, x + width, y + height]

    rig.change(8, "data", corners)
    found = only(verdict(rig.root))
    assert found.where == "S8 (all 3 sequences), cameras 1-3, frames 0-29"
    assert "x and y of two corners" in found.fault


def test_bodies_that_drift_away(rig: MovingRig) -> None:
    def drift(content: dict) -> None:  # type: ignore[type-arg]
        for i, one in enumerate(frames_of(content, 14, 1).values()):
            one["trans"][0] += 0.02 * max(i - 10, 0)

    rig.change(8, "smpl_param", drift)
    found = only(verdict(rig.root))
    assert "drift away" in found.fault
    assert found.where.startswith("S8 Walking 1, cameras 1-3, frames 1")


def test_a_translation_in_millimetres(rig: MovingRig) -> None:
    rig.change(1, "smpl_param", _each(lambda one: one.update(trans=[1000 * x for x in one["trans"]])))
    assert "trans is in millimetres" in only(verdict(rig.root)).fault


def test_what_cannot_be_used_is_a_finding(rig: MovingRig) -> None:
    def cut(content: dict) -> None:  # type: ignore[type-arg]
        content["14"]["1"]["3"]["pose"][5] = float("nan")
        del content["2"]["2"]

    rig.change(8, "smpl_param", cut)
    rig.change(1, "joint_3d", lambda content: content["2"]["1"]["7"].__setitem__(4, [float("nan")] * 3))
    found = verdict(rig.root)
    said = {one.where: one.fault for one in found.findings}
    assert "no SMPL parameters" in said["S8 Directions 2, cameras 1-3, frames 0-29"]
    assert "NaN" in said["S8 Walking 1, cameras 1-3, frame 3"]
    assert "measured joints are missing or NaN" in said["S1 Directions 1, cameras 1-3, frame 7"]
    assert found.coverage == pytest.approx(1 - 31 / 180)
    assert status_of(found) == 1


def test_a_subject_without_a_list_of_pictures_is_a_finding(rig: MovingRig) -> None:
    rig.change(8, "data", lambda content: content.update(images=[], annotations=[]))
    found = verdict(rig.root)
    assert found.findings == ()
    assert {row.sequence.subject for row in found.rows} == {"1"}
    path = rig.path(8, "data")
    for damage, why in (
        (lambda: path.write_bytes(path.read_bytes()[:20]), "cannot be read"),
        (path.unlink, "is not beside its other files"),
    ):
        damage()
        found = verdict(rig.root)
        told = f"S8: nothing of it was looked at: Human36M_subject8_data.json {why}"
        assert only(found).sentence.startswith(told)
        assert status_of(found) == 1


def test_a_file_of_cameras_that_is_cut_off_is_named(rig: MovingRig) -> None:
    path = rig.path(8, "camera")
    path.write_bytes(path.read_bytes()[:200])
    found = only(verdict(rig.root))
    assert found.where == "S8 (all 3 sequences), cameras 1-3, frames 0-29"
    assert found.fault == "Human36M_subject8_camera.json cannot be read"


def test_without_the_body_file_that_is_said(rig: MovingRig) -> None:
    (rig.root / "smpl" / "SMPL_NEUTRAL.npz").unlink()
    found = only(verdict(rig.root))
    assert "the body model smpl-neutral is not here" in found.fault


def _camera(number: str, **values: Callable[[Any], Any]) -> Edit:
    def change(content: dict) -> None:  # type: ignore[type-arg]
        for name, edit in values.items():
            content[number][name] = np.asarray(edit(np.array(content[number][name]))).tolist()

    return change


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (_camera("2", R=np.transpose), "R is transposed"),
        (_camera("2", t=lambda t: t / 1000), "t is in metres"),
        (_camera("2", R=lambda R: np.diag([-1, 1, 1]) @ R), "R mirrors: the x row"),
        (_camera("2", R=lambda R: R @ np.diag([1, 1, -1])), "R mirrors: the z column"),
        (_camera("2", t=lambda t: 1.3 * t), "t is 1.3 times too long"),
        (_camera("2", t=lambda t: 1.02 * t), "t is 1.02 times too long"),
        (_camera("2", t=lambda t: 0.98 * t), "t is 1.02 times too short"),
        (_camera("2", R=lambda R: rotation([np.radians(3), 0, 0]) @ R), "R is turned by 3.0 degrees about"),
        (_camera("2", R=lambda R: rotation([0.01, 0.02, -0.015]) @ R), "R is turned by 1.5 degrees"),
        (_camera("2", t=lambda t: -t), "t has the opposite sign"),
        (_camera("2", c=lambda c: c[::-1]), "c holds y before x"),
        (_camera("2", R=lambda R: 1.1 * R), "the nearest rotation fits"),
        (_camera("2", f=lambda f: 0.5 * f), "the intrinsics are those of S1 camera 2"),
    ],
)
def test_a_wrong_camera_is_named_by_boxes_alone(rig: MovingRig, edit: Edit, words: str) -> None:
    rig.change(8, "camera", edit)
    found = only(verdict(rig.root))
    assert found.kind == "cameras"
    assert words in found.fault
    assert found.where == "S8 (all 3 sequences), camera 2, frames 0-29"
    (correction,) = found.corrections
    np.testing.assert_allclose(correction.R, cameras_of(8)["2"]["R"], atol=0.01)  # type: ignore[union-attr]
    np.testing.assert_allclose(correction.t_mm, cameras_of(8)["2"]["t"], rtol=0.01)  # type: ignore[union-attr]


def test_a_rotation_copied_from_another_camera(rig: MovingRig) -> None:
    rig.change(8, "camera", lambda content: content["2"].update(R=content["3"]["R"]))
    found = only(verdict(rig.root))
    assert (found.fault, found.corrections) == ("R is that of camera 3", ())


def test_exchanged_cameras(rig: MovingRig) -> None:
    def exchange(content: dict) -> None:  # type: ignore[type-arg]
        content["1"], content["3"] = content["3"], content["1"]

    rig.change(1, "camera", exchange)
    faults = {one.where: one.fault for one in verdict(rig.root).findings}
    assert "R and t are those of camera 3" in faults["S1 (all 3 sequences), camera 1, frames 0-29"]
    assert "R and t are those of camera 1" in faults["S1 (all 3 sequences), camera 3, frames 0-29"]


def test_cameras_copied_from_another_subject(rig: MovingRig) -> None:
    """The right numbers are nowhere in the set; that these are somebody else's can be seen."""
    rig.change(1, "camera", lambda content: content.update(cameras_of(8)))
    found = verdict(rig.root).findings
    assert [one.where for one in found] == [
        f"S1 (all 3 sequences), camera {number}, frames 0-29" for number in (1, 2, 3)
    ]
    assert [one.fault for one in found] == [f"these are the numbers of S8 camera {n}" for n in (1, 2, 3)]
    assert all(one.confidence == "sure" and not one.sure for one in found)  # nothing to correct them by
    assert "another copy of the set" in found[0].sentence


def test_joints_are_blamed_where_boxes_agree_with_the_bodies(rig: MovingRig) -> None:
    def shift(content: dict) -> None:  # type: ignore[type-arg]
        for i, points in frames_of(content, 14, 1).items():
            content["14"]["1"][i] = (np.array(points) + [800, 0, 0]).tolist()

    rig.change(8, "joint_3d", shift)
    found = only(verdict(rig.root))
    assert found.kind == "joints"
    assert "the boxes agree with the bodies" in found.fault


def test_a_sample_says_how_much_was_not_compared(right: Path) -> None:
    found = verdict(right, sample=90)
    assert found.coverage == pytest.approx(1 / 6)
    assert {row.checked for row in found.rows} == {5}  # of every sequence as many
    assert status_of(found) == 3
    assert "83 % could not be checked" in conclusion(found)


def test_the_command_names_the_sequence_in_words_tables_and_files(
    rig: MovingRig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rig.change(8, "smpl_param", _each(lambda one: one.update(trans=[x + 0.5 for x in one["trans"]])))
    files = [tmp_path / "r.json", tmp_path / "r.html"]
    with pytest.raises(SystemExit) as ended:
        main(["verify", str(rig.root), "--json", str(files[0]), "--html", str(files[1])])
    assert ended.value.code == 1
    assert "S8 Walking 1, cameras 1-3, frames 0-29: off the measured joints" in capsys.readouterr().out
    report = json.loads(files[0].read_text())
    rows = [row for row in report["rows"] if row["sequence"] == "S8 Walking 1"]
    assert [row["verdict"] for row in rows] == ["place"] * 3
    assert report["faults"][0]["where"][0]["frames"] == [[0, 29]]
    assert "S8 Walking 1" in files[1].read_text()


def test_excluded_records_are_not_compared(rig: MovingRig, tmp_path: Path) -> None:
    rig.change(8, "smpl_param", _each(lambda one: one.update(trans=[x + 0.5 for x in one["trans"]])))
    images = json.loads(rig.path(8, "data").read_text())["images"]
    wrong = [one["file_name"] for one in images if one["action_idx"] == 14]
    listed = tmp_path / "exclude.txt"
    listed.write_text("".join(f"{name}\n" for name in wrong))
    with pytest.raises(SystemExit) as ended:
        main(["verify", str(rig.root), "--exclude", str(listed)])
    assert ended.value.code == 0


def test_the_body_in_a_folder_of_the_set_is_found(right: Path) -> None:
    assert [path.name for path in bodies_within(right)] == ["SMPL_NEUTRAL.npz"]


def test_check_says_the_same_by_sequence(
    rig: MovingRig, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sefd_viewer.cli.check._WORTH_PROCESSES", 10**9)
    rig.change(8, "smpl_param", lambda content: content["2"].pop("2"))
    rig.change(1, "smpl_param", _add_root(rig.skeleton))
    with pytest.raises(SystemExit) as ended:
        main(["check", str(rig.root), "--no-pictures"])
    assert ended.value.code == 1
    said = capsys.readouterr().out
    assert said.count("the root joint is not compensated") == 1  # one detector says it, not two
    assert "cameras 1-3, frames 0-29: the root joint is not compensated" in said
    assert "S8 Directions 2, cameras 1-3, frames 0-29: there are no SMPL parameters" in said
    of_people = [said.index(f"({one})\n") for one in ("box_body", "oks") if f"({one})\n" in said]
    assert of_people  # single people are named after what is wrong with whole sequences
    assert said.index("the root joint is not compensated") < min(of_people)
    assert "frame_offset" in said
    assert "another frame" not in said  # a constant offset passes for another frame in pixels


def test_check_says_what_verify_says(
    rig: MovingRig, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sefd_viewer.cli.check._WORTH_PROCESSES", 10**9)

    root, turn = rig.skeleton.root(BETAS[8]), {"R": rotation([0, 0, np.radians(4)]), "t": np.zeros(3)}
    rig.change(8, "smpl_param", _each(lambda one: turn_into(turn, one, root, exact=True)))
    found = only(verdict(rig.root))  # by less than what single frames show
    with pytest.raises(SystemExit) as ended:
        main(["check", str(rig.root), "--no-pictures", "--detector", "body_frame"])
    assert ended.value.code == 1
    assert found.sentence in " ".join(capsys.readouterr().out.split())


def test_parameters_of_another_subject_are_named(rig: MovingRig) -> None:
    names = [f"Human36M_subject{subject}_smpl_param.json" for subject in (1, 8)]
    ours, theirs = (rig.root / "annotations" / name for name in names)
    theirs.write_bytes(ours.read_bytes())
    found = only(verdict(rig.root))
    assert found.where.startswith("S8 (all ")
    assert found.fault == "these are the parameters of S1"
    assert not found.corrections


def test_check_is_silent_on_a_right_set(
    right: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("sefd_viewer.cli.check._WORTH_PROCESSES", 10**9)
    ids = "joints_3d body_frame body_offset limb_lengths late_bodies camera_numbers joint_limits"
    words = [word for one in ids.split() for word in ("--detector", one)]
    with pytest.raises(SystemExit) as ended:
        main(["check", str(right), *words])
    assert ended.value.code == 0
    assert "No findings in 540 photos." in capsys.readouterr().out


def _add_root(skeleton: Skeleton) -> Edit:
    def add(content: dict) -> None:  # type: ignore[type-arg]
        for one in every_frame(content):
            one["trans"] = (np.array(one["trans"]) + skeleton.root(one["shape"])).tolist()

    return add
