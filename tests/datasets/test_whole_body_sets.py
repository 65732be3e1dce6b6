"""SMPL-X as the truth of annotated sets, as NeuralAnnot has it: bodies where smplx puts them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.evaluation.photo_truth import true_bodies
from tests.evaluation.named_files import posed, rows, whole_body
from tests.evaluation.prediction_files import Bodies, perspective
from tests.evaluation.test_predictions import body_files, layers
from tests.owners_files import mscoco_set, picture, standing, upright

FOCAL, CENTRE = [900.0, 910.0], [150.0, 110.0]
PLACE = np.array([0.1, 0.2, 5.0])
NO_SHAPE = (0.0,) * 10


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return body_files(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def bodies(models: Path) -> Bodies:
    return layers(models)


def opened(path: Path, models: Path, format: str | None = None) -> Dataset:
    return open_dataset(path, format=format, options=ReadOptions(bodies=(str(models),), extrinsics="exact"))


def seen(record: Record, models: Path, person: int = 0) -> np.ndarray:
    """The pixels of all vertices of somebody's true body."""
    one = record.people[person]
    camera = one.camera or record.camera
    assert one.smpl is not None
    assert camera is not None
    body = BodyCatalog([models]).get(one.smpl.body_id)
    return camera.without_extrinsics().project_camera(body.forward(one.smpl).vertices)


def fits(bodies: Bodies, ids: list[str]) -> tuple[dict[str, Any], np.ndarray]:
    """NeuralAnnot's entries of two annotations, and the pixels of their vertices by smplx."""
    parts, others = whole_body(300)
    camera = {"focal": FOCAL, "princpt": CENTRE}
    entries = {
        one: {"smplx_param": rows(parts, row) | {"trans": PLACE.tolist()}, "cam_param": camera}
        for row, one in enumerate(ids)
    }
    return entries, perspective(posed(bodies, parts, others) + PLACE, FOCAL, CENTRE)


@pytest.mark.parametrize(
    "name", ["MSCOCO_train_SMPLX_all_NeuralAnnot.json", "MSCOCO_train_SMPLX_NeuralAnnot.json"]
)
def test_mscoco_s_people_are_where_smplx_puts_them(
    tmp_path: Path, models: Path, bodies: Bodies, name: str
) -> None:
    root = mscoco_set(tmp_path, shapes=[NO_SHAPE, NO_SHAPE])
    (root / "annotations" / "MSCOCO_train_SMPL_NeuralAnnot.json").unlink()
    entries, pixels = fits(bodies, ["101", "102"])
    (root / "annotations" / name).write_text(json.dumps(entries))
    for _again in range(2):  # read, and out of the index
        dataset = opened(root, models)
        assert dataset.format == "mscoco"
        for record, expected in zip(dataset.records, pixels, strict=True):
            assert np.abs(seen(record, models) - expected).max() < 0.1
    truth, problems = true_bodies(dataset.records[0], (320, 240), BodyCatalog([models]).get)
    assert (list(truth), problems) == (["101"], ())


def test_people_of_both_bodies_in_one_file(tmp_path: Path, models: Path, bodies: Bodies) -> None:
    """Each keeps its own body, and a damaged one is told alone."""
    root = mscoco_set(tmp_path, shapes=[NO_SHAPE] * 3)
    file = root / "annotations" / "MSCOCO_train_SMPL_NeuralAnnot.json"
    own = json.loads(file.read_text())
    entries, pixels = fits(bodies, ["102", "103"])
    entries["103"]["smplx_param"]["body_pose"] = [0.1] * 60
    file.write_text(json.dumps(own | entries))
    dataset = opened(root, models)
    plain, whole, broken = (record.people[0].smpl for record in dataset.records)
    assert plain is not None
    assert plain.body_id.startswith("smpl-neutral")
    assert whole is not None
    assert whole.body_id.startswith("smplx-neutral")
    assert np.abs(seen(dataset.records[1], models) - pixels[0]).max() < 0.1
    assert np.abs(plain.pose - upright()).max() < 1e-6
    assert broken is None
    assert "smplx_param.body_pose is not 63 numbers" in str(dataset.records[2].skipped[0])


def test_without_the_body_everybody_is_shown_and_what_is_missing_is_told(
    tmp_path: Path, bodies: Bodies
) -> None:
    root = mscoco_set(tmp_path)
    (root / "annotations" / "MSCOCO_train_SMPL_NeuralAnnot.json").write_text(
        json.dumps(fits(bodies, ["101", "102"])[0])
    )
    dataset = open_dataset(root)
    assert any("smplx-neutral, which is not here" in words for words in dataset.problems)
    assert len(dataset.records[0].people) == 1


def test_coco_wholebody_has_the_only_file_of_bodies_beside_it(
    tmp_path: Path, models: Path, bodies: Bodies
) -> None:
    """As MSCOCO_train_SMPLX_all_NeuralAnnot.json lies beside coco_wholebody_train_v1.0.json."""
    root = mscoco_set(tmp_path)
    folder = root / "annotations"
    (folder / "person_keypoints_train2017.json").rename(folder / "coco_wholebody_train_v1.0.json")
    (folder / "MSCOCO_train_SMPL_NeuralAnnot.json").unlink()
    entries, pixels = fits(bodies, ["101", "102"])
    (folder / "MSCOCO_train_SMPLX_all_NeuralAnnot.json").write_text(json.dumps(entries))
    dataset = opened(root, models)
    assert dataset.format == "coco"
    assert np.abs(seen(dataset.records[0], models) - pixels[0]).max() < 0.1


def test_human36m_s_people_come_before_its_cameras(tmp_path: Path, models: Path, bodies: Bodies) -> None:
    """Vertices as smplx poses them in the world, and x_camera = R x + t of the file, t in millimetres."""
    parts, others = whole_body(320)
    turn, shift = Rotation.from_rotvec([1.2, 0.1, 0.3]).as_matrix(), np.array([0.2, 0.1, 5.0])
    name = "s_01_act_02_subact_01_ca_01/s_01_act_02_subact_01_ca_01_000001.jpg"
    picture(tmp_path / "images" / name)
    folder = tmp_path / "annotations"
    folder.mkdir()
    image = {"id": 1, "file_name": name, "width": 320, "height": 240, "subject": 1, "cam_idx": 1}
    image |= {"action_name": "Directions", "action_idx": 2, "subaction_idx": 1, "frame_idx": 0}
    people = [{"id": 7, "image_id": 1, "category_id": 1, "bbox": [10, 10, 200, 200]}]
    joints = (np.column_stack([standing()[:, :2], np.zeros(17)])).tolist()
    fitted = rows(parts, 0) | {"trans": [0.1, 0.2, 0.3]}
    for word, content in {
        "data": {"images": [image], "annotations": people},
        "camera": {
            "1": {"R": turn.tolist(), "t": (shift * 1000).tolist(), "f": FOCAL, "c": CENTRE},
        },
        "joint_3d": {"2": {"1": {"0": joints}}},
        "SMPLX_NeuralAnnot": {"2": {"1": {"0": fitted}}},
    }.items():
        (folder / f"Human36M_subject1_{word}.json").write_text(json.dumps(content))
    dataset = opened(tmp_path, models)
    assert dataset.format == "human36m"
    world = posed(bodies, parts, others)[0] + [0.1, 0.2, 0.3]
    expected = perspective(world @ turn.T + shift, FOCAL, CENTRE)
    assert np.abs(seen(dataset.records[0], models) - expected).max() < 0.1
