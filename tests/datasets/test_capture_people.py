"""People of a capture: read as they were written, in every camera's frame, and nothing lost by a bad file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.body.files import open_body
from sefd_viewer.datasets.fitted_people import PEOPLE_FILE, read_people
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Person, Record
from sefd_viewer.errors import DatasetError
from tests.fitting.capture_people import capture_with_people, two_people
from tests.fitting.fit_rig import cameras, other_cameras


def vertices(person: Person) -> np.ndarray:
    assert person.smpl is not None
    return open_body().forward(person.smpl).vertices


def people_of(record: Record) -> dict[str, Person]:
    return {person.key: person for person in record.people}


def test_a_people_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    capture_with_people(tmp_path)
    written, found = two_people(), read_people(tmp_path / PEOPLE_FILE)
    for before, after in zip(written.people, found.people, strict=True):
        assert (before.key, before.body_id, before.moments) == (after.key, after.body_id, after.moments)
        for name in ("betas", "root_joint", "global_orient", "body_pose", "transl", "joints"):
            np.testing.assert_allclose(getattr(after, name), getattr(before, name), atol=1e-5)
        assert np.isnan(after.residual_px["a"][-1])
        assert after.cameras.keys() == before.cameras.keys()
    assert [pose.person for pose in found.poses["a/000001.png"]] == [None, "bystander", "a"]


def test_bodies_stand_where_the_world_is_moved_by_the_camera(tmp_path: Path) -> None:
    dataset = open_dataset(capture_with_people(tmp_path))
    assert not dataset.problems
    a, b = two_people().people
    for record in dataset.records:
        people, moment = people_of(record), int(record.moment or 0)
        assert list(people) == ["a", "b", "bystander", "4"]
        for person, own in ((a, cameras()), (b, other_cameras(cameras()))):
            world = open_body().forward_batch(
                person.global_orient, person.body_pose, np.tile(person.betas, (2, 1)), person.transl
            )
            expected = own[record.view or ""].to_camera(world.vertices[moment])
            np.testing.assert_allclose(vertices(people[person.key]), expected, atol=5e-5)


def test_who_obeys_other_cameras_carries_them_and_who_has_no_body_has_a_pose(tmp_path: Path) -> None:
    record = open_dataset(capture_with_people(tmp_path)).records[1]
    people = people_of(record)
    assert people["a"].camera is None
    assert people["a"].pose2d is not None
    assert people["a"].joints is not None
    assert people["b"].camera is not None
    assert people["b"].pose2d is None
    assert (people["bystander"].smpl, people["4"].smpl) == (None, None)
    box = people["b"].bbox_xywh
    pixels = people["b"].camera.project_camera(vertices(people["b"]))
    np.testing.assert_allclose(box, [*pixels.min(0), *np.ptp(pixels, axis=0)], atol=0.2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda content: content["people"]["a"].pop("transl"), "people, a cannot be used .*transl"),
        (
            lambda content: content["people"]["b"]["betas"].append(1),
            "people, b cannot be used .*betas has shape",
        ),
        (lambda content: content["people"]["a"]["transl"][0].__setitem__(0, None), "transl holds values"),
        (lambda content: content.update(version=9), "not a people file of version 1"),
        (
            lambda content: content["poses"].update({"a/1.png": [{}]}),
            "poses cannot be used: a pose of a/1.png lacks",
        ),
    ],
)
def test_a_bad_people_file_is_named_and_the_pictures_open(tmp_path: Path, change, words: str) -> None:
    file = capture_with_people(tmp_path) / PEOPLE_FILE
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))
    with pytest.raises(DatasetError, match=words):
        read_people(file)
    dataset = open_dataset(tmp_path)
    assert str(file) in dataset.problems[0]
    assert len(dataset.records) == 8
    assert not dataset.records[0].people


def test_a_file_cut_short_is_named(tmp_path: Path) -> None:
    file = capture_with_people(tmp_path) / PEOPLE_FILE
    file.write_bytes(file.read_bytes()[:500])
    assert "not valid JSON" in open_dataset(tmp_path).problems[0]


def test_pictures_of_another_size_keep_their_bodies(tmp_path: Path) -> None:
    capture_with_people(tmp_path)
    content = json.loads((tmp_path / "cameras.json").read_text())
    content["size"] = [1280, 960]
    (tmp_path / "cameras.json").write_text(json.dumps(content))
    people = people_of(open_dataset(tmp_path).records[0])
    whole = two_people().people[1].boxes["a"][0]
    np.testing.assert_allclose(people["b"].bbox_xywh, whole / 2, atol=0.2)
    assert people["b"].camera is not None
    np.testing.assert_allclose(people["b"].camera.focal, other_cameras(cameras())["a"].focal / 2)


def test_the_sample_has_bodies_that_lie_on_its_people() -> None:
    sample = open_dataset(None)
    records = [record for record in sample.records if record.view]
    assert len(records) == 100
    for record in records:
        people = people_of(record)
        assert people["man"].smpl is not None
        assert people["man"].camera is None
        assert people["avatar"].camera is not None
    fitted = read_people(sample.root / PEOPLE_FILE) if sample.root else None
    assert fitted is not None
    for person in fitted.people:
        assert person.moments == tuple(f"{frame:06d}" for frame in range(0, 97, 4))
        for values in person.residual_px.values():
            assert np.nanmedian(values) < 7
        assert np.abs(person.betas).max() < 3
