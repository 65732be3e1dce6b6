"""What is hidden by an object: told by people's masks, where a set has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.person_masks import PersonMasks
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.evaluation.case_measures import PredictedBody, measure
from sefd_viewer.evaluation.photo_truth import TrueBody, true_bodies
from sefd_viewer.evaluation.runs.photos import PhotoLoader
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.visibility import Visibility
from tests.evaluation.test_case_measures import standing

SIZE = (320, 240)
ANNOTATIONS = "annotations/person_keypoints_train2017.json"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One whole person in the middle of a picture, with nothing in front."""
    root = tmp_path_factory.mktemp("sets") / "MSCOCO"
    root.mkdir()
    settings = SceneSettings(size=SIZE, people=(1, 1), things=0, truncated=0.0, tilted=0.0)
    WRITERS["mscoco"](root, Plan(1, 8, settings))
    return root


def with_masks(written: Path, folder: Path, *masks: list[float] | None) -> Dataset:
    """The set with these masks of its person and of strangers who have nothing but a mask."""
    content = json.loads((written / ANNOTATIONS).read_text())
    (person,) = content["annotations"]
    strangers = [
        {"id": 7 + n, "image_id": 1, "bbox": [1, 1, 9, 9], "iscrowd": 1} for n in range(len(masks) - 1)
    ]
    for entry, mask in zip((person, *strangers), masks, strict=True):
        entry["segmentation"] = [] if mask is None else [mask]
    content["annotations"] += strangers
    copy = folder / "MSCOCO"
    (copy / "annotations").mkdir(parents=True)
    (copy / "images").symlink_to(written / "images")
    for file in written.glob("annotations/*SMPL*.json"):
        (copy / "annotations" / file.name).write_bytes(file.read_bytes())
    (copy / ANNOTATIONS).write_text(json.dumps(content))
    return open_dataset(copy)


def only_truth(dataset: Dataset, body: BodyModel) -> TrueBody:
    truth: Mapping[str, TrueBody] = PhotoLoader(dataset, lambda _id: body).load(0).truth
    (one,) = truth.values()
    return one


def rows_above(row: float) -> list[float]:
    return [0, 0, SIZE[0], 0, SIZE[0], row, 0, row]


def test_joints_where_the_mask_is_cut_are_hidden_by_an_object(
    written: Path, tmp_path: Path, open_body: BodyModel
) -> None:
    whole = only_truth(open_dataset(written), open_body)
    assert Visibility.OBJECT not in whole.visibility
    assert Visibility.OBJECT not in whole.vertex_visibility
    rows = whole.camera.project_camera(whole.joints_camera)[:, 1]
    cut = float(np.median(rows))
    truth = only_truth(with_masks(written, tmp_path, rows_above(cut)), open_body)
    size = np.ptp(whole.camera.project_camera(whole.vertices_camera), axis=0)
    far = rows > cut + 0.05 * np.hypot(*size)
    assert far.sum() >= 4
    assert (truth.visibility[far] == Visibility.OBJECT).mean() > 0.7  # others lie beside the drawn body
    np.testing.assert_array_equal(truth.visibility[rows < cut], whole.visibility[rows < cut])
    predicted = PredictedBody("1", whole.vertices_camera + [0, 0, 0.01] * whole.vertices_camera, open_body)
    numbers = measure(predicted, truth, None)
    hidden = np.array(numbers["joint_states"]) == Visibility.OBJECT
    assert numbers["mpjpe_object_mm"] == pytest.approx(np.array(numbers["joint_errors_mm"])[hidden].mean())
    assert measure(predicted, whole, None)["mpjpe_object_mm"] is None


def test_where_somebody_else_s_mask_is_no_object_is_seen(
    written: Path, tmp_path: Path, open_body: BodyModel
) -> None:
    everywhere = rows_above(SIZE[1])
    dataset = with_masks(written, tmp_path, rows_above(1), everywhere)
    assert dataset.records[0].skipped
    assert Visibility.OBJECT not in only_truth(dataset, open_body).visibility


def test_who_has_no_mask_is_not_judged(written: Path, tmp_path: Path, open_body: BodyModel) -> None:
    dataset = with_masks(written, tmp_path, None, rows_above(1))
    assert Visibility.OBJECT not in only_truth(dataset, open_body).visibility


def test_masks_of_a_large_picture_lie_where_they_do_in_it(open_body: BodyModel) -> None:
    """Bodies are looked at in at most 640 pixels; a mask's pixels are those of the whole picture."""
    camera, size, masks = (
        PinholeCamera(np.array([1200.0, 1200.0]), np.array([640.0, 480.0])),
        (1280, 960),
        PersonMasks(),
    )
    record = Record("a", "a", camera=camera, size=size, people=(Person("1", smpl=standing(open_body, 0, 4)),))
    whole = true_bodies(record, size, lambda _id: open_body)[0]["1"]
    rows = camera.project_camera(whole.joints_camera)[:, 1]
    cut = float(np.median(rows))
    masks.take("annotations", [{"id": 1, "segmentation": [[0, 0, 1280, 0, 1280, cut, 0, cut]]}])
    cut_off = true_bodies(record, size, lambda _id: open_body, masks)[0]["1"].visibility
    assert (cut_off[rows > cut + 60] == Visibility.OBJECT).mean() > 0.7
    np.testing.assert_array_equal(cut_off[rows < cut], whole.visibility[rows < cut])
