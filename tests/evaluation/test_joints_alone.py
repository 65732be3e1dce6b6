"""Methods that say joints and no body: files in their owners' layouts, errors and pixels by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.body.files import open_body
from sefd_viewer.body.joints_alone import joints_body, joints_vertices
from sefd_viewer.datasets.body_files.reading import people_in, stored_content
from sefd_viewer.datasets.opening import crowd_folder, open_dataset
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.person_metrics import mesh_metrics
from sefd_viewer.evaluation.photo_truth import true_bodies
from sefd_viewer.evaluation.runs.file_predictions import FilePredictions
from sefd_viewer.evaluation.runs.methods import parse_method
from sefd_viewer.evaluation.runs.photos import Photo
from sefd_viewer.evaluation.runs.running import Runner, RunOptions
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.resources import resource_path

EVALUATED = (1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 13, 14, 15, 16)
"""The 14 joints of the published protocol."""
LEFT_FIRST = [0, 4, 5, 6, 1, 2, 3, *range(7, 17)]
FOCAL, SIZE = 600.0, (640, 480)


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    """Vertices of the open body 4 m before a camera, whose y points down."""
    return open_body().v_template * np.float32([1, -1, -1]) + np.float32([0, 0, 4])


@pytest.fixture(scope="module")
def joints(truth: np.ndarray) -> np.ndarray:
    """Human3.6M's 17 joints of it, by the regressor in the body's file."""
    with np.load(resource_path("open_body.npz")) as file:
        regressor = np.zeros((17, len(truth)))
        np.add.at(
            regressor,
            (file["h36m17_regressor_row"].astype(int), file["h36m17_regressor_col"].astype(int)),
            file["h36m17_regressor_val"],
        )
    return regressor @ truth


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    camera = PinholeCamera(np.full(2, FOCAL), np.array(SIZE) / 2)
    names = [f"{number:06d}.jpg" for number in range(2)]
    records = [
        Record(n, n, tmp_path / "frames" / n, size=SIZE, camera=camera, people=(Person("90"),)) for n in names
    ]
    return Dataset("frames", tmp_path / "frames", "images", records)


def read(path: Path, dataset: Dataset, position: int = 0) -> tuple[dict[str, object], FilePredictions]:
    file = FilePredictions(parse_method(f"theirs={path}"), BodyCatalog().get, dataset)
    found = file.named(Photo(position, dataset.records[position]))
    assert not found.refused
    return dict(found.bodies), file


def mhformer(folder: Path, joints: np.ndarray) -> Path:
    """(F, 17, 3) metres around the root, the second frame's person nearer."""
    own = (joints - joints[:1])[None].repeat(2, axis=0)
    np.savez_compressed(folder / "output_keypoints_3d.npz", reconstruction=own.astype(np.float32))
    return folder / "output_keypoints_3d.npz"


def motionbert(folder: Path, joints: np.ndarray) -> Path:
    np.save(folder / "X3D.npy", ((joints - joints[:1])[None] * 1000).astype(np.float32))
    return folder / "X3D.npy"


def mmpose(folder: Path, joints: np.ndarray) -> Path:
    """A list of frames, with a person each."""
    entry = {"keypoints": (joints - joints[:1]).tolist(), "keypoint_scores": [0.9] * 17}
    frames = [{"frame_id": frame, "instances": [entry]} for frame in range(2)]
    (folder / "walk.json").write_text(json.dumps(frames))
    return folder / "walk.json"


def left_first(folder: Path, joints: np.ndarray) -> Path:
    np.save(folder / "left.npy", (joints - joints[:1])[LEFT_FIRST][None].repeat(6, axis=0))
    return folder / "left.npy"


def archive(folder: Path, joints: np.ndarray) -> Path:
    """The program's own form, by names."""
    np.savez(
        folder / "mine.npz",
        records=["000000.jpg"],
        people=["90"],
        joint_set="human36m17",
        joints=(joints - joints[:1])[None],
    )
    return folder / "mine.npz"


Write = Callable[[Path, np.ndarray], Path]


@pytest.mark.parametrize("write", [mhformer, motionbert, mmpose, left_first, archive])
def test_errors_are_those_of_the_joints(
    tmp_path: Path, dataset: Dataset, truth: np.ndarray, joints: np.ndarray, write: Write
) -> None:
    """A wrist 30 mm and a knee 40 mm off: 70 mm over 14 joints."""
    moved = joints.copy()
    moved[16] += [0.03, 0, 0]
    moved[2] += [0, 0, 0.04]
    bodies, _ = read(write(tmp_path, moved), dataset)
    (one,) = bodies.values()
    assert list(bodies) == ["90"]
    found = mesh_metrics(one.vertices_camera, truth, one.body, true_body=open_body())  # type: ignore[attr-defined]
    apart = (moved - moved[0]) - (joints - joints[0])
    assert found.mpjpe_mm == pytest.approx(
        np.linalg.norm(apart, axis=1)[list(EVALUATED)].mean() * 1000, abs=0.02
    )
    assert np.isnan(found.mpvpe_mm)
    assert one.camera is None  # type: ignore[attr-defined]


def test_joints_before_a_camera_are_seen_in_the_photo(
    tmp_path: Path, dataset: Dataset, joints: np.ndarray
) -> None:
    np.save(tmp_path / "metres.npy", joints[None])
    bodies, file = read(tmp_path / "metres.npy", dataset)
    (one,) = bodies.values()
    pixels = joints[:, :2] / joints[:, 2:] * FOCAL + np.array(SIZE) / 2
    seen = one.camera.project_camera(one.vertices_camera)[:17]  # type: ignore[attr-defined]
    assert np.abs(seen - pixels).max() < 0.01
    assert any("in metres (people measure" in note for note in file.notes)


def easymocap(folder: Path, _joints: np.ndarray) -> Path:
    body25 = np.column_stack([np.random.default_rng(4).uniform(-0.5, 0.5, (25, 3)), np.ones(25)])
    (folder / "000001.json").write_text(json.dumps([{"id": 3, "keypoints3d": body25.tolist()}]))
    return folder / "000001.json"


def test_easymocap_s_joints_stand_in_the_calibration_s_world(tmp_path: Path) -> None:
    path = easymocap(tmp_path, np.zeros(0))
    body25 = np.array(json.loads(path.read_text())[0]["keypoints3d"])
    found = people_in(stored_content(path), path)
    assert found is not None
    (one,) = found.people
    assert (one.person, one.frame, one.in_world, one.body) == ("track 3", 1, True, "joints-coco19")
    assert one.vertices is not None
    assert np.abs(one.vertices[5] - body25[5, :3]).max() < 1e-6  # OpenPose's and COCO's left shoulder


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.full((2, 17, 3), np.nan), "joints are not finite"),
        (np.random.default_rng(0).uniform(-8, 8, (2, 17, 3)), "neither metres nor centimetres"),
        (
            np.dstack([np.random.default_rng(0).uniform(0, 400, (2, 17, 2)), np.full((2, 17), 0.9)]),
            "not a file of bodies in a known format",
        ),
    ],
)
def test_what_is_no_such_file_is_told(
    tmp_path: Path, dataset: Dataset, values: np.ndarray, words: str
) -> None:
    np.save(tmp_path / "x.npy", values)
    with pytest.raises(SefdError, match=words):
        read(tmp_path / "x.npy", dataset)


def test_an_archive_says_which_joints_it_has(tmp_path: Path, dataset: Dataset, joints: np.ndarray) -> None:
    np.savez(tmp_path / "x.npz", records=["000000.jpg"], joints=joints[None])
    with pytest.raises(SefdError, match="calls them ''.*Save joint_set in it, one of smpl24"):
        read(tmp_path / "x.npz", dataset)


def test_a_mapping_tells_the_joints_of_any_file(tmp_path: Path, dataset: Dataset, joints: np.ndarray) -> None:
    np.savez(tmp_path / "x.npz", stuff=joints[None] * 1000)
    (tmp_path / "x.npz.map.toml").write_text(
        'format = "sefd-viewer mapping 1"\njoints = "stuff"\nunit = "mm"\n'
    )
    (one,) = read(tmp_path / "x.npz", dataset)[0].values()
    assert np.abs(one.vertices_camera[:17] - joints).max() < 1e-5  # type: ignore[attr-defined]


def test_bones_reach_from_joint_to_joint(joints: np.ndarray) -> None:
    body = joints_body("joints-human36m17")
    vertices = joints_vertices(joints, "human36m17")
    assert vertices.shape == (body.vertex_count, 3)
    assert len(body.faces) == 8 * len(body.joint_set.skeleton)
    low, high = joints.min(axis=0) - 0.04, joints.max(axis=0) + 0.04
    assert (vertices > low).all()
    assert (vertices < high).all()
    corners = vertices[body.faces].astype(float)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    bones = np.array(body.joint_set.skeleton).repeat(8, axis=0)
    middles = (joints[bones[:, 0]] + joints[bones[:, 1]]) / 2
    axis = joints[bones[:, 1]] - joints[bones[:, 0]]
    out = corners.mean(axis=1) - middles
    out -= axis * ((out * axis).sum(axis=1) / (axis * axis).sum(axis=1))[:, None]
    assert ((normals * out).sum(axis=1) > 0).all()  # they look outward


def test_a_run_measures_them(tmp_path: Path) -> None:
    """The shipped people, each with his own joints but one wrist that is 28 mm off: 2 mm over 14 joints."""
    crowd = open_dataset(crowd_folder())
    record = crowd.records[0]
    assert record.size is not None
    truth, _ = true_bodies(record, record.size, BodyCatalog().get)
    own = np.stack([one.joints_camera for one in truth.values()]).astype(float)
    own[:, 13] += [0, 0.028, 0]
    np.savez(
        tmp_path / "mine.npz",
        records=[record.key] * len(own),
        people=list(truth),
        joint_set="human36m17",
        joints=own,
    )
    method = parse_method(f"mine={tmp_path / 'mine.npz'}")
    (batch,) = Runner(crowd, [method], RunOptions()).measured([0])
    rows = [row for row in batch.rows if row["kind"] == "annotated"]
    assert len(rows) == len(truth) > 1
    for row in rows:
        assert row["mpjpe_mm"] == pytest.approx(2, abs=0.01)
        assert row["mpvpe_mm"] is None
        assert row["joints_from"].startswith("its own joints on the predicted")
