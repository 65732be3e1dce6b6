"""Files of no known layout, read as a mapping says: bodies lie where they are known to be."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.datasets.body_files.mapping import FORMAT, Mapping, read_mapping
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.runs.file_predictions import FilePredictions
from sefd_viewer.evaluation.runs.methods import parse_method
from sefd_viewer.evaluation.runs.photos import Photo
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import Pose2D
from sefd_viewer.recognition.unknown import FITS, proposed_mapping, tried
from tests.owners_files import smpl_arrays, write_body

COUNT = 3
RNG = np.random.default_rng(4)
POSE = RNG.normal(scale=0.4, size=(COUNT, 72))
BETAS = RNG.normal(size=(COUNT, 10))
PLACES = np.array([[0.1, 0.2, 4.0], [-0.3, 0.1, 5.0], [0.2, -0.1, 6.0]])
MATRICES = Rotation.from_rotvec(POSE.reshape(-1, 3)).as_matrix().reshape(COUNT, 24, 3, 3)
QUATERNIONS = Rotation.from_rotvec(POSE.reshape(-1, 3)).as_quat(scalar_first=True).reshape(COUNT, 96)
NAMES = ["000000.jpg", "000001.jpg", "000002.jpg"]
FOCAL = 900.0


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> BodyCatalog:
    folder = tmp_path_factory.mktemp("models")
    write_body(folder / "SMPL_NEUTRAL.pkl", smpl_arrays(1))
    return BodyCatalog([folder])


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    camera = PinholeCamera(np.full(2, 700.0), np.array([320.0, 240.0]))
    records = [Record(n, n, tmp_path / "frames" / n, size=(640, 480), camera=camera) for n in NAMES]
    return Dataset("frames", tmp_path / "frames", "images", records)


def vertices_of(body: BodyModel) -> np.ndarray:
    parts = zip(POSE, BETAS, PLACES, strict=True)
    return np.stack([body.forward(SmplParameters.from_pose(body.id, *one)).vertices for one in parts])


def turned_by_hand(body: BodyModel) -> np.ndarray:
    """The places at which bodies turned about the origin have to be put."""
    roots = np.stack([body.root_joint(betas) for betas in BETAS])
    turns = Rotation.from_rotvec(POSE[:, :3])
    return PLACES + roots - turns.apply(roots)


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "axis-angle": ({"out": {"theta": POSE}}, {"pose": "out/theta"}),
    "joints": ({"p": POSE.reshape(COUNT, 24, 3)}, {"pose": "p"}),
    "matrices": ({"p": MATRICES}, {"pose": "p"}),
    "matrices in a row": ({"p": MATRICES.reshape(COUNT, 216)}, {"pose": "p"}),
    "6D of columns": ({"p": MATRICES[..., :2].reshape(COUNT, 144)}, {"pose": "p"}),
    "6D of rows": ({"p": MATRICES[..., :2, :].reshape(COUNT, 144)}, {"pose": "p", "rotations": "6d-rows"}),
    "6D of columns in a row": (
        {"p": np.swapaxes(MATRICES[..., :2], -1, -2).reshape(COUNT, 144)},
        {"pose": "p", "rotations": "6d-columns"},
    ),
    "quaternions": ({"p": QUATERNIONS}, {"pose": "p", "rotations": "quaternion"}),
    "root apart": ({"r": POSE[:, :3], "p": POSE[:, 3:]}, {"pose": "p", "root": "r"}),
    "focal lengths in the file": (
        {"p": POSE, "f": np.full((COUNT, 1), FOCAL)},
        {"pose": "p", "focal": "f"},
    ),
    "millimetres": ({"p": POSE, "t": PLACES * 1000}, {"pose": "p", "unit": "mm"}),
}


def placed(content: dict[str, Any]) -> dict[str, Any]:
    return {"t": PLACES, "b": BETAS, "names": np.array(NAMES)} | content


def pixels_of(path: Path, catalog: BodyCatalog, dataset: Dataset) -> np.ndarray:
    found = FilePredictions(parse_method(f"mine={path}"), catalog.get, dataset)
    answers = [found.of(Photo(position, record)) for position, record in enumerate(dataset.records)]
    assert not any(one.refused for one in answers)
    (people) = [next(iter(one.bodies.values())) for one in answers]
    return np.stack(
        [one.camera.project_camera(one.vertices_camera) for one in people if one.camera is not None]
    )


def write(path: Path, content: dict[str, Any], mapping: dict[str, Any]) -> Path:
    np.savez(path, **content) if "out" not in content else np.save(
        path.with_suffix(".npy"), np.array(content)
    )
    path = path if path.exists() else path.with_suffix(".npy")
    usual = {"betas": "b", "transl": "t", "pictures": "names", "focal": FOCAL}
    text = Mapping("smpl-neutral", **(usual | mapping)).text()
    path.with_name(f"{path.name}.map.toml").write_text(text)
    return path


@pytest.mark.parametrize("case", CASES)
def test_bodies_land_where_they_are_known_to_be(
    tmp_path: Path, catalog: BodyCatalog, dataset: Dataset, case: str
) -> None:
    content, mapping = CASES[case]
    known = vertices_of(catalog.get("smpl-neutral"))
    expected = known[..., :2] / known[..., 2:] * FOCAL + [320, 240]
    found = pixels_of(write(tmp_path / "mine.npz", placed(content), mapping), catalog, dataset)
    assert np.abs(found - expected).max() < 0.1


@pytest.mark.parametrize("place", ["root", "origin"])
def test_what_a_place_means(tmp_path: Path, catalog: BodyCatalog, dataset: Dataset, place: str) -> None:
    body = catalog.get("smpl-neutral")
    roots = np.stack([body.root_joint(betas) for betas in BETAS])
    stored = PLACES + roots if place == "root" else turned_by_hand(body)
    known = vertices_of(body)
    path = write(tmp_path / "mine.npz", placed({"p": POSE, "t": stored}), {"pose": "p", "place": place})
    found = pixels_of(path, catalog, dataset)
    assert np.abs(found - (known[..., :2] / known[..., 2:] * FOCAL + [320, 240])).max() < 0.1


def test_vertices_of_another_frame(tmp_path: Path, catalog: BodyCatalog, dataset: Dataset) -> None:
    known = vertices_of(catalog.get("smpl-neutral"))
    content = {
        "v": known * [1, -1, -1],
        "names": np.array(NAMES),
        "K": np.array([[800, 0, 300], [0, 810, 200], [0, 0, 1.0]]),
    }
    mapping = {"vertices": "v", "axes": "OpenGL", "betas": "", "transl": "", "focal": "", "K": "K"}
    found = pixels_of(write(tmp_path / "mine.npz", content, mapping), catalog, dataset)
    assert np.abs(found - (known[..., :2] / known[..., 2:] * [800, 810] + [300, 200])).max() < 0.1


def test_json_by_picture_in_any_folder_of_mappings(
    tmp_path: Path, catalog: BodyCatalog, dataset: Dataset
) -> None:
    people = {
        name: {"theta": POSE[row].tolist(), "beta": BETAS[row].tolist(), "t": PLACES[row].tolist()}
        for row, name in enumerate(NAMES)
    }
    (tmp_path / "all.json").write_text(json.dumps(people))
    mapping = Mapping(
        "smpl-neutral", pose="*/theta", betas="*/beta", transl="*/t", pictures="*", focal=FOCAL, name="ours"
    )
    (tmp_path / "bodies.map.toml").write_text(mapping.text())
    known = vertices_of(catalog.get("smpl-neutral"))
    found = pixels_of(tmp_path / "all.json", catalog, dataset)
    assert np.abs(found - (known[..., :2] / known[..., 2:] * FOCAL + [320, 240])).max() < 0.1


def test_the_sets_own_camera(tmp_path: Path, catalog: BodyCatalog, dataset: Dataset) -> None:
    path = write(tmp_path / "mine.npz", placed({"p": POSE}), {"pose": "p", "focal": ""})
    known = vertices_of(catalog.get("smpl-neutral"))
    found = pixels_of(path, catalog, dataset)
    assert np.abs(found - (known[..., :2] / known[..., 2:] * 700 + [320, 240])).max() < 0.1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('body = "smpl-neutral"', "it lacks format"),
        (f'format = "{FORMAT}"\nbody = "smpl-neutral"\nunit = "mm"', "needs body, and pose or vertices"),
        (f'format = "{FORMAT}"\nbody = "smpl-neutral"\npose = "p"\nunits = "mm"', "knows no 'units'"),
        (
            f'format = "{FORMAT}"\nbody = "smpl-neutral"\npose = "p"\nunit = "inch"',
            "'inch' is unknown.*m, cm, mm",
        ),
        (f'format = "{FORMAT}"\nbody = "smpl-neutral"\npose = 5', "pose = 5 is of a wrong kind"),
        ("format = ", "cannot be read"),
    ],
)
def test_a_mapping_that_is_wrong_says_what(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "m.toml").write_text(text)
    with pytest.raises(SefdError, match=words):
        read_mapping(tmp_path / "m.toml")


def test_a_path_that_leads_nowhere_is_named(tmp_path: Path, catalog: BodyCatalog, dataset: Dataset) -> None:
    path = write(tmp_path / "mine.npz", placed({"p": POSE}), {"pose": "p", "betas": "shape"})
    with pytest.raises(SefdError, match="shape is not in the file"):
        pixels_of(path, catalog, dataset)
    (tmp_path / "other.toml").write_text(Mapping("smpl-neutral", pose="p", transl="b").text())
    with pytest.raises(SefdError, match=r"transl is \(10,\), not \(3\)"):
        FilePredictions(parse_method(f"mine={path}#{tmp_path / 'other.toml'}"), catalog.get, dataset)


@pytest.mark.parametrize(
    ("stored", "meant"),
    [
        ({"t": PLACES * 1000}, {"unit": "mm"}),
        ({"t": PLACES * 100}, {"unit": "cm"}),
        ({"p": MATRICES[..., :2, :].reshape(COUNT, 144)}, {"rotations": "6d-rows"}),
        (
            {"p": np.swapaxes(MATRICES[..., :2], -1, -2).reshape(COUNT, 144)},
            {"rotations": "6d-columns"},
        ),
        ({"t": PLACES}, {}),
    ],
)
def test_what_a_file_does_not_say_is_found_by_trying(
    tmp_path: Path, catalog: BodyCatalog, dataset: Dataset, stored: dict[str, Any], meant: dict[str, Any]
) -> None:
    body = catalog.get("smpl-neutral")
    known = vertices_of(body)
    joints = body.J_regressor @ known
    records = []
    for record, points in zip(dataset.records, joints, strict=True):
        pixels = points[:, :2] / points[:, 2:] * 700 + [320, 240]
        box = np.concatenate([pixels.min(0), np.ptp(pixels, axis=0)])
        pose = Pose2D("smpl24", np.column_stack([pixels, np.ones(24)]), box, 1.0, "annotation")
        records.append(replace(record, people=(Person("1", box.astype(np.float32), pose),)))
    mapping = Mapping("smpl-neutral", pose="p", betas="b", transl="t", pictures="names")
    content = placed({"p": POSE} | stored)
    found = tried(content, tmp_path, mapping, replace(dataset, records=records), catalog.get)
    assert found[0].apart < 0.005 < FITS
    assert found[1].apart > 0.02
    assert found[0].mapping == replace(mapping, **meant)


def test_lenses_are_told_by_their_numbers_and_focal_lengths_by_their_name() -> None:
    lenses = np.tile([[900.0, 0, 320], [0, 900, 240], [0, 0, 1]], (COUNT, 1, 1))
    turns = np.tile(np.eye(3), (COUNT, 1, 1))
    found = proposed_mapping({"theta": POSE, "cam_rot": turns, "intr": lenses, "trans": PLACES})
    assert found is not None
    assert found.K == "intr"
    found = proposed_mapping({"theta": POSE, "rot": turns, "img_focal": np.full(COUNT, 900.0)})
    assert found is not None
    assert (found.K, found.focal) == ("", "img_focal")
