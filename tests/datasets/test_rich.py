"""RICH in its toolkit's layout: SMPL-X with component hands, seen by distorted cameras as OpenCV sees it."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import DatasetError
from tests.evaluation.prediction_files import R_WORLD, T_WORLD, draw
from tests.owners_files import expressive_arrays, picture, write_body

smplx = pytest.importorskip("smplx")

SEQUENCE = "ParkingLot2_009_spray1"
K = np.array([[900.0, 0, 160], [0, 905, 120], [0, 0, 1]])
LENS = np.array([-0.1, 0.02, 0.001, -0.002, 0.003, 0, 0, 0])
PLACES = {"cam_00": (R_WORLD, T_WORLD), "cam_03": (R_WORLD.T, T_WORLD + [0.2, -0.1, 1.0])}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_body(folder / "SMPLX_FEMALE.npz", expressive_arrays("smplx", 3))
    return folder


def storage(name: str) -> str:
    """OpenCV's XML as OpenPose and RICH write it."""
    R, t = PLACES[name]
    parts = {"CameraMatrix": np.column_stack([R, t]), "Intrinsics": K, "Distortion": LENS[:, None]}
    nodes = [
        f'<{key} type_id="opencv-matrix"><rows>{len(one)}</rows><cols>{one.shape[1]}</cols><dt>d</dt>'
        f"<data>{' '.join(map(repr, map(float, one.ravel())))}</data></{key}>"
        for key, one in parts.items()
    ]
    return f"<?xml version='1.0'?><opencv_storage>{''.join(nodes)}</opencv_storage>"


def rich(root: Path) -> tuple[Path, dict[str, np.ndarray]]:
    """Two cameras and two frames, in the second of which somebody is."""
    hands = {name: draw(1, 12, 40 + k, 1.0) for k, name in enumerate(("left_hand_pose", "right_hand_pose"))}
    content = {
        "transl": np.array([[0.2, 0.1, 0.3]]),
        "global_orient": draw(1, 3, 42),
        "body_pose": draw(1, 63, 43),
        "betas": draw(1, 10, 44),
        "expression": draw(1, 10, 45),
        **{name: draw(1, 3, 46 + k) for k, name in enumerate(("jaw_pose", "leye_pose", "reye_pose"))},
        **hands,
    }
    body = root / "bodies" / "train" / SEQUENCE / "00002" / "009.pkl"
    body.parent.mkdir(parents=True)
    body.write_bytes(pickle.dumps(content))
    lenses = root / "scan_calibration" / "ParkingLot2" / "calibration"
    lenses.mkdir(parents=True)
    for name in PLACES:
        number = int(name[-2:])
        (lenses / f"{number:03d}.xml").write_text(storage(name))
        for frame in (1, 2):
            picture(root / "images" / "train" / SEQUENCE / name / f"{frame:05d}_{number:02d}.jpg", seed=frame)
    (root / "resource").mkdir()
    (root / "resource" / "gender.json").write_text(json.dumps({"9": "female"}))
    return root, content


def opened(root: Path, models: Path) -> Dataset:
    return open_dataset(root, options=ReadOptions(bodies=(str(models),)))


def test_bodies_land_within_a_pixel_in_every_camera(tmp_path: Path, models: Path) -> None:
    root, content = rich(tmp_path)
    dataset = opened(root, models)
    assert (dataset.format, len(dataset.records), dataset.problems) == ("rich", 4, ())
    assert [dataset.instant(k) for k in range(2)] == [
        (f"{SEQUENCE}_00001", "cam_00"),
        (f"{SEQUENCE}_00001", "cam_03"),
    ]
    layer = smplx.SMPLX(
        str(models / "SMPLX_FEMALE.npz"),
        ext="npz",
        num_betas=10,
        use_pca=True,
        num_pca_comps=12,
        flat_hand_mean=False,
        dtype=torch.float64,
    )
    posed = layer(**{key: torch.tensor(one) for key, one in content.items()}).vertices[0]
    world = np.ascontiguousarray(posed.detach().numpy(), np.float64)
    for record in list(dataset.records)[2:]:
        (person,) = record.people
        assert person.smpl is not None
        assert record.camera is not None
        R, t = PLACES[str(record.view)]
        expected = cv2.projectPoints(world, cv2.Rodrigues(R)[0], t, K, LENS)[0][:, 0]
        body = BodyCatalog([models]).get(person.smpl.body_id)
        found = record.camera.without_extrinsics().project_camera(body.forward(person.smpl).vertices)
        assert np.abs(found - expected).max() < 0.5
        assert body.id.startswith("smplx-female")
    assert not dataset.records[0].people


def test_what_is_missing_or_damaged_is_told_and_the_rest_is_shown(tmp_path: Path, models: Path) -> None:
    root, _ = rich(tmp_path)
    (root / "scan_calibration" / "ParkingLot2" / "calibration" / "003.xml").write_text("<opencv_storage>")
    (root / "resource" / "gender.json").unlink()
    body = root / "bodies" / "train" / SEQUENCE / "00001" / "008.pkl"
    body.parent.mkdir()
    body.write_bytes(b"\x80\x04nonsense")
    dataset = opened(root, models)
    told = "\n".join(dataset.problems)
    assert "003.xml: this is not a camera" in told
    assert "gender.json is not in resource: everybody is taken for neutral" in told
    assert "smplx-neutral, which is not here" in told
    assert "person 008: " in dataset.records[0].problems[0]
    assert [person.key for person in dataset.records[2].people] == ["009"]
    assert dataset.records[3].camera is None


def test_bodies_without_pictures_are_refused_with_words(tmp_path: Path, models: Path) -> None:
    for name in ("images", "bodies", "scan_calibration"):
        (tmp_path / name).mkdir()
    with pytest.raises(DatasetError, match="RICH's pictures are not here"):
        opened(tmp_path, models)
