"""Detectors of bad annotations: each finds the fault it is made for, and is silent where all is right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from sefd_viewer.body import open_body
from sefd_viewer.checks import Finding, built_in_detectors, detectors_named, scan
from sefd_viewer.checks.joint_limits import excess_degrees
from sefd_viewer.checks.penetration import shared_litres
from sefd_viewer.datasets import open_dataset
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.datasets.synthetic import SceneSettings, generate_scene, place_people
from sefd_viewer.datasets.synthetic.scene import paint_scene
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.geometry import PinholeCamera, Pose2D
from tests.checks.annotation_faults import FAULTS, Fault, noisy
from tests.checks.sequence_faults import clip_names, jumping, moving, out_of_step

_SETTINGS = SceneSettings(size=(384, 384), people=(2, 3), spacing=(0.9, 1.3), things=0, truncated=0)


def findings(records: Sequence[Record], *ids: str) -> list[Finding]:
    chosen = detectors_named(ids) if ids else None
    return list(scan(Dataset("test", None, "test", records), detectors=chosen).findings())


def people_of(found: Sequence[Finding]) -> set[tuple[str, str | None]]:
    return {(one.record, one.person) for one in found}


@pytest.fixture(scope="module")
def right() -> list[Record]:
    """Five pictures with careful annotations."""
    rng = np.random.default_rng(5)
    return [noisy(generate_scene(7, i, _SETTINGS).record(f"scene {i}"), rng) for i in range(5)]


def boxed(*visibilities: int) -> Record:
    """A person of ten keypoints in the box and seven below it, with these visibilities."""
    annotated = np.zeros((17, 3), np.float32)
    annotated[:10, :2], annotated[10:, :2] = (50, 50), (50, 150)
    annotated[:, 2] = np.array([0.0, 0.5, 1.0])[list(visibilities)]
    pose = Pose2D("coco17", annotated, np.array([30, 30, 40, 40], np.float32), 1.0, "annotation")
    return Record("a", "", size=(200, 200), people=(Person("1", pose.bbox_xywh, pose),))


def test_only_visible_keypoints_must_lie_in_the_box() -> None:
    assert not findings([boxed(*[2] * 10, *[1] * 7)], "box_keypoints")
    (blamed,) = findings([boxed(*[2] * 17)], "box_keypoints")
    assert blamed.sentence.startswith("7 of 17 visible keypoints lie outside")
    (all_alike,) = findings([boxed(*[1] * 17)], "box_keypoints")
    assert round(all_alike.value) == round(100 * 7 / 17)


@pytest.fixture(scope="module")
def hiding() -> list[Record]:
    """Eight pictures in which p1 stands before p2."""
    body, records = open_body(), []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        _, people = place_people(body, replace(_SETTINGS, people=(2, 2)), rng)
        camera = PinholeCamera(np.full(2, 600.0), np.full(2, 191.5))
        places = ([0.0, 0.2, 4.0], [0.04, 0.2, 4.6])
        smpl = [replace(one, transl=np.array(at)) for one, at in zip(people, places, strict=True)]
        record = paint_scene(body, smpl, camera, _SETTINGS, rng).record(f"two {seed}")
        records.append(replace(record, people=(_all_visible(record.people[0]), record.people[1])))
    return records


def _all_visible(person: Person) -> Person:
    assert person.pose2d is not None
    seen = person.pose2d.keypoints * (1, 1, 2)
    return replace(person, pose2d=replace(person.pose2d, keypoints=np.clip(seen, None, (1e4, 1e4, 1))))


def test_right_annotations_have_hardly_any_findings(right: list[Record]) -> None:
    found = findings(right)
    assert len(people_of(found)) <= 1, found


@pytest.mark.parametrize("fault", [one for one in FAULTS if "hides" not in one.id], ids=lambda one: one.id)
def test_a_fault_is_found_and_the_person_is_named(fault: Fault, right: list[Record]) -> None:
    rng = np.random.default_rng(1)
    wrong = [fault.apply(record, 1, rng) for record in right]
    records = [record for record in wrong if record is not None]
    cases = {(record.key, record.people[1].key) for record in records}
    hit = people_of(findings(records, *fault.detectors)) & cases
    assert len(records) == len(right)
    assert len(hit) >= 3


def test_a_person_in_front_whose_body_stands_behind_is_found(hiding: list[Record]) -> None:
    fault = next(one for one in FAULTS if "hides" in one.id)
    rng = np.random.default_rng(0)
    wrong = [record for one in hiding if (record := fault.apply(one, 0, rng)) is not None]
    assert len(wrong) >= 4
    chosen, lower = detectors_named(["depth_order", "picture_order"]), {"picture_order": 8.0}
    false, true = (scan(Dataset("", None, "", one), detectors=chosen) for one in (wrong, hiding))
    assert {one.person for one in false.findings(lower)} == {"p1"}
    assert false.counts(lower)["depth_order"] >= len(wrong) - 1
    assert false.counts(lower)["picture_order"] >= 2
    assert not true.findings(lower)


def test_sentences_tell_number_and_meaning(right: list[Record]) -> None:
    moved = FAULTS[0].apply(right[0], 0, np.random.default_rng(0))
    assert moved is not None
    (found,) = findings([moved], "reprojection")
    assert found.sentence.startswith("The body's joints miss the annotated keypoints by ")
    assert f"{found.value:.0f} % of the person's size" in found.sentence
    assert found.threshold == built_in_detectors()[0].threshold


def test_penetration_is_the_shared_space() -> None:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
    faces = np.array(
        [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1]]
        + [[2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]],
        np.int32,
    )
    aside = corners + np.array([0.75, 0.5, 0.5], np.float32)
    assert shared_litres((corners, faces), (aside, faces)) == pytest.approx(62.5, rel=0.05)
    assert shared_litres((corners, faces), (corners + np.float32(2), faces)) == 0


def test_rest_pose_and_captured_poses_are_within_the_joints_ranges() -> None:
    from sefd_viewer.datasets.synthetic.poses import captured_poses

    assert excess_degrees(np.zeros(69)).max() == 0
    poses = captured_poses().poses
    worst = np.array([excess_degrees(pose[3:]).max() for pose in poses[::7]])
    assert (worst < 20).mean() > 0.98


def test_a_knee_bends_backwards_not_forwards() -> None:
    pose = np.zeros((23, 3))
    pose[3, 0] = 1.5
    assert excess_degrees(pose.ravel()).max() == 0
    pose[3, 0] = -1.5
    assert excess_degrees(pose.ravel()).max() == pytest.approx(np.degrees(1.5) - 15, abs=0.1)


def test_bodies_out_of_step_are_found_with_the_number_of_frames() -> None:
    records = moving("kick")
    assert not findings(records, "frame_offset", "jump")
    found = findings(out_of_step(records, 3), "frame_offset")
    assert len(found) > len(records) / 2
    middle = next(one for one in found if one.position == len(records) // 2)
    assert "3 frames later" in middle.sentence


def test_a_body_that_jumps_for_one_frame_is_found_there() -> None:
    wrong, places = jumping(moving("walk"), np.random.default_rng(0))
    found = findings(wrong, "jump")
    assert {one.position for one in found} >= set(places)
    assert len({one.position for one in found} - set(places)) <= 2 * len(places)


def test_a_person_who_obeys_other_cameras_is_found_in_all_views() -> None:
    views = [moving("walk", view=f"camera {i}", turn=turn, most=3) for i, turn in enumerate((0, 1.5, 3.0))]
    records = [frame for view in views for frame in view]
    assert not findings(records, "views")
    moved = [_shifted_keypoints(one, 25) if one.view == "camera 2" else one for one in records]
    assert len(findings(moved, "views")) == len(records)


def _shifted_keypoints(record: Record, pixels: float) -> Record:
    pose = record.people[0].pose2d
    assert pose is not None
    keypoints = pose.keypoints + np.array([pixels, 0, 0], np.float32)
    return replace(record, people=(replace(record.people[0], pose2d=replace(pose, keypoints=keypoints)),))


def test_a_body_beside_the_person_s_mask_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "mscoco"
    WRITERS["mscoco"](folder, Plan(4, 5, replace(_SETTINGS, size=(192, 192)), lambda _: None))
    file = folder / "annotations" / "person_keypoints_train2017.json"
    content = json.loads(file.read_text())
    content["annotations"][0]["segmentation"] = {"counts": [3, 5], "size": [192, 192]}
    content["annotations"][1]["segmentation"] = [[1, 2, 3], "no polygon", [1, 2, 3, 4, 5, None]]
    file.write_text(json.dumps(content))
    dataset, chosen = open_dataset(folder), detectors_named(["mask"])
    clean = scan(dataset, detectors=chosen)
    assert len(clean) == len(content["annotations"]) - 2
    assert not clean.findings()
    rng = np.random.default_rng(0)
    moved = [FAULTS[0].apply(record, len(record.people) - 1, rng) for record in dataset.records]
    wrong = replace(dataset, records=[record for record in moved if record is not None])
    found = {(one.record, one.person) for one in scan(wrong, detectors=chosen).findings()}
    assert len(found & {(record.key, record.people[-1].key) for record in wrong.records}) >= 3


def test_pictures_that_are_missing_of_another_size_or_turned(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    cv2.imwrite(str(path), np.zeros((40, 60, 3), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(path).save(tmp_path / "turned.jpg", exif=exif)
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    records = [
        Record("right", "", image_path=path, size=(60, 40)),
        Record("missing", "", image_path=tmp_path / "b.jpg", size=(60, 40)),
        Record("broken", "", image_path=tmp_path / "broken.jpg", size=(60, 40)),
        Record("half", "", image_path=path, size=(120, 80)),
        Record("sideways", "", image_path=path, size=(40, 60)),
        Record("turned", "", image_path=tmp_path / "turned.jpg", size=(60, 40)),
        Record("known", "", image_path=tmp_path / "turned.jpg", size=(40, 60)),
    ]
    found = {(one.record, one.detector): one.sentence for one in findings(records)}
    assert set(found) == {
        ("missing", "picture_missing"),
        ("broken", "picture_missing"),
        ("half", "picture_size"),
        ("sideways", "picture_turned"),
        ("sideways", "picture_size"),
        ("turned", "picture_turned"),
    }
    assert "60 x 40 pixels, annotated as 120 x 80, 0.5 times the size" in found["half", "picture_size"]
    assert "before it was turned upright by its EXIF orientation" in found["turned", "picture_turned"]


def test_numbers_that_are_none_in_files_are_named_with_their_person(tmp_path: Path) -> None:
    folder = tmp_path / "muco"
    WRITERS["muco"](folder, Plan(1, 3, replace(_SETTINGS, size=(96, 96), people=(4, 4)), lambda _: None))
    for name, edit in (("MuCo-3DHP.json", _spoil_annotations), ("smpl_param.json", _spoil_fits)):
        content = json.loads((folder / name).read_text())
        edit(content)
        (folder / name).write_text(json.dumps(content))
    found = {one.person: one.sentence for one in scan(open_dataset(folder), detectors=_NOT_FINITE).findings()}
    assert found == {
        "0": "Some numbers are NaN or infinite: keypoints_img, trans.",
        "1": "Some numbers are NaN or infinite: bbox.",
    }


_NOT_FINITE = detectors_named(["not_finite"])


def _spoil_annotations(content: Any) -> None:
    content["annotations"][0]["keypoints_img"][3][0] = float("nan")
    content["annotations"][1]["bbox"][1] = float("inf")


def _spoil_fits(content: Any) -> None:
    content["0"]["trans"][0] = float("nan")


def test_the_sample_shows_the_person_who_obeys_other_cameras_and_the_false_order() -> None:
    dataset = open_dataset(None)
    capture = [one for one in dataset.records if one.moment is not None and int(one.moment) in (52, 56, 60)]
    found = findings(capture, "views", "picture_order", "reprojection", "outline")
    assert {one.person for one in found} == {"avatar"}
    assert {one.detector for one in found} == {"views", "picture_order"}
    assert {one.record.split("/")[0] for one in found if one.detector == "picture_order"} == {"cam03"}
    assert len({one.record for one in found if one.detector == "views"}) == len(capture)


def test_every_detector_says_what_it_is() -> None:
    ids = [one.id for one in built_in_detectors()]
    assert len(set(ids)) == len(ids)
    for one in built_in_detectors():
        assert one.description.endswith(".")
        assert one.range[0] <= one.threshold <= one.range[1]
        assert "{value" not in one.say(one.threshold, "detail")
    assert all(one.reads != "picture" for one in built_in_detectors(pictures=False))
    assert open_body().id


def test_joints_of_bodies_with_hands_are_judged_as_smpls() -> None:
    """A knee bent the wrong way is told by the joints that all bodies share; fingers and jaw are not."""
    smpl = np.zeros((23, 3))
    smpl[3] = (-1.2, 0, 0)
    whole = np.zeros((54, 3))
    whole[:21] = smpl[:21]
    whole[21:] = 2.5
    expected = excess_degrees(smpl.ravel())
    assert expected[3].max() > 20
    np.testing.assert_allclose(excess_degrees(whole.ravel()), expected)


@pytest.mark.parametrize("posed", [True, False], ids=["with 2D poses", "bodies alone"])
def test_bodies_of_nobody_and_one_frame_of_another_size_are_found(*, posed: bool) -> None:
    """A subject has one shape in all frames; one frame has a lean one, another an enormous one."""
    right = moving(clip_names()[0])
    if not posed:
        alone = [replace(one.people[0], pose2d=None, bbox_xywh=None) for one in right]
        right = [replace(one, people=(person,)) for one, person in zip(right, alone, strict=True)]
    ids = "changing_size", "volume", "waist", "build"
    assert not findings(right, *ids)
    wrong, lean, huge = list(right), np.zeros(10), np.zeros(10)
    lean[4], huge[[1, 2, 4]] = -12, (-20, 20, 20)
    for frame, betas in ((4, lean), (9, huge)):
        (person,) = right[frame].people
        assert person.smpl is not None
        changed = replace(person, smpl=replace(person.smpl, betas=betas))
        wrong[frame] = replace(right[frame], people=(changed,))
    told = {(one.record, one.detector): one.sentence for one in findings(wrong, *ids)}
    assert {record for record, _ in told} == {right[4].key, right[9].key}
    assert "one subject has one shape" in told[right[4].key, "changing_size"]
    assert (right[4].key, "build") in told
    assert {(right[9].key, id) for id in ids} <= told.keys()


def test_how_deep_bodies_go_into_each_other_is_told(right: list[Record]) -> None:
    """Somebody stands 12 cm behind another: some centimetres of skin are in the other, none before."""
    assert not findings(right, "penetration_depth")
    first, second, *others = right[0].people
    assert first.smpl is not None
    assert second.smpl is not None
    place = first.smpl.transl + np.float32([0, 0, 0.12])
    inside = replace(second, smpl=replace(second.smpl, transl=place))
    told = findings([replace(right[0], people=(first, inside, *others))], "penetration_depth")
    assert people_of(told) == {(right[0].key, first.key), (right[0].key, second.key)}
    assert f"into that of person {second.key}" in told[0].sentence
