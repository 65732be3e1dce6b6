"""Files of bodies opened as data sets: truth over the pictures beside them, motions on an empty stage."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.body.surface import surface_body
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset, SkipReason
from sefd_viewer.errors import BodyError, DatasetError
from tests.owners_files import expressive_arrays, smpl_arrays, write_body

SIZE = WIDTH, HEIGHT = 480, 640
RNG = np.random.default_rng(5)
POSE = RNG.normal(scale=0.3, size=(3, 72))
BETAS = RNG.normal(size=10)
PLACES = np.array([[0.1, 0.2, 0.3], [0.4, 0, 0.2], [0, 0.1, 0]])
TURNS = Rotation.from_rotvec([[0.1, 0.2, 0.0], [0.0, 0.3, 0.1], [0.2, 0.0, 0.0]]).as_matrix()
SHIFTS = np.array([[0, 0.1, 6], [0.2, 0, 7], [0, 0, 5.0]])
K = np.array([[500.0, 0, 235], [0, 505, 322], [0, 0, 1]])


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_body(folder / "SMPL_FEMALE.pkl", smpl_arrays(1))
    write_body(folder / "SMPLX_NEUTRAL.npz", expressive_arrays("smplx"))
    return folder


def female(models: Path) -> BodyModel:
    return BodyCatalog([models]).get("smpl-female")


def emdb(root: Path, *, pictures: int = 3) -> Path:
    """P1/14_outdoor: a pickle beside the folder of its pictures."""
    folder = root / "P1" / "14_outdoor"
    (folder / "images").mkdir(parents=True)
    for number in range(pictures):
        Image.new("RGB", SIZE).save(folder / "images" / f"{number:05d}.jpg")
    extrinsics = np.tile(np.eye(4), (3, 1, 1))
    extrinsics[:, :3, :3], extrinsics[:, :3, 3] = TURNS, SHIFTS
    content = {
        "gender": "female",
        "n_frames": 3,
        "good_frames_mask": np.array([True, False, True]),
        "camera": {"intrinsics": K, "extrinsics": extrinsics, "width": WIDTH, "height": HEIGHT},
        "smpl": {"poses_root": POSE[:, :3], "poses_body": POSE[:, 3:], "trans": PLACES, "betas": BETAS},
    }
    (folder / "P1_14_outdoor_data.pkl").write_bytes(pickle.dumps(content))
    return folder


def opened(path: Path, *bodies: Path) -> Dataset:
    return open_dataset(path, options=ReadOptions(bodies=tuple(map(str, bodies))))


@pytest.mark.parametrize("below", ["", "P1", "P1/14_outdoor", "P1/14_outdoor/P1_14_outdoor_data.pkl"])
def test_emdb_is_truth_over_its_pictures(tmp_path: Path, models: Path, below: str) -> None:
    emdb(tmp_path)
    dataset = opened(tmp_path / below, models)
    assert dataset.format == "bodies"
    assert [len(record.people) for record in dataset.records] == [1, 0, 1]
    body = female(models)
    for row in (0, 2):
        record = dataset.records[row]
        assert record.image_path is not None
        assert record.image_path.name == f"{row:05d}.jpg"
        (person,) = record.people
        assert person.smpl is not None
        assert record.camera is not None
        world = body.forward(SmplParameters.from_pose(body.id, POSE[row], BETAS, PLACES[row])).vertices
        seen = world @ TURNS[row].T + SHIFTS[row]
        np.testing.assert_allclose(body.forward(person.smpl).vertices, seen, atol=1e-5)
        np.testing.assert_allclose(record.camera.to_camera(world), seen, atol=1e-5)
        np.testing.assert_allclose(record.camera.matrix, K)
        assert person.smpl_world is not None
        assert person.derived_box
        assert record.load().shape == (HEIGHT, WIDTH, 3)
    assert any("1 frames that are marked as bad" in words for words in dataset.problems)


def test_pictures_and_bodies_that_are_not_here_are_told(tmp_path: Path, models: Path) -> None:
    emdb(tmp_path, pictures=2)
    dataset = opened(tmp_path)
    told = "\n".join(dataset.problems)
    assert "The bodies are those of smpl-female, which is not here" in told
    assert "1 of 3 pictures are not here: an empty stage is shown" in told
    (skipped,) = dataset.records[0].skipped
    assert skipped.reason is SkipReason.NO_BODY
    assert dataset.records[0].people[0].smpl is None
    assert opened(tmp_path, models).records[2].load().shape[2] == 3


def test_a_motion_without_pictures_is_on_a_stage(tmp_path: Path, models: Path) -> None:
    """AMASS: z is up; all of the motion is in view, and people stand upright."""
    rows = 40
    poses = np.zeros((rows, 165))
    walk = np.column_stack([np.linspace(-3, 3, rows), np.linspace(0, 4, rows), np.full(rows, 0.9)])
    about: dict[str, Any] = {"gender": "neutral", "surface_model_type": "smplx", "mocap_frame_rate": 30.0}
    np.savez(tmp_path / "walk_stageii.npz", poses=poses, trans=walk, betas=np.zeros(16), **about)
    dataset = opened(tmp_path / "walk_stageii.npz", models)
    assert len(dataset.records) == rows
    for record in (dataset.records[0], dataset.records[rows - 1]):
        assert record.camera is not None
        assert record.size is not None
        pixels = record.camera.project(walk)
        assert ((pixels > 0) & (pixels < record.size)).all()
        above, below = record.camera.project(np.array([[0, 2, 1.8], [0, 2, 0.0]]))
        assert above[1] < below[1]
        assert above[0] == pytest.approx(below[0])
        (person,) = record.people
        assert person.smpl is not None
        assert person.bbox_xywh is not None
        assert record.load().shape == (record.size[1], record.size[0], 3)
        assert record.world_up == (0.0, 0.0, 1.0)
    assert dataset.find("walk_stageii/000007") == 7


def test_bedlams_pictures_are_found_by_name(tmp_path: Path, models: Path) -> None:
    (tmp_path / "png" / "seq_0").mkdir(parents=True)
    for number in (0, 5):
        Image.new("RGB", (320, 240)).save(tmp_path / "png" / "seq_0" / f"seq_0_{number:04d}.png")
    extrinsics = np.tile(np.eye(4), (3, 1, 1))
    extrinsics[:, 2, 3] = 5
    names = np.array([f"seq_0/seq_0_{number:04d}.png" for number in (0, 5, 5)])
    shaped = {"shape": np.zeros((3, 10)), "trans_cam": np.zeros((3, 3)), "pose_cam": np.zeros((3, 165))}
    matrices = np.tile(K, (3, 1, 1))
    np.savez(tmp_path / "scene_6fps.npz", imgname=names, cam_ext=extrinsics, cam_int=matrices, **shaped)
    dataset = opened(tmp_path, models)
    assert [record.image_path.name for record in dataset.records if record.image_path] == [
        "seq_0_0000.png",
        "seq_0_0005.png",
    ]
    assert [len(record.people) for record in dataset.records] == [1, 2]
    assert all(person.smpl is not None for record in dataset.records for person in record.people)


def test_a_broken_file_does_not_take_the_others_along(tmp_path: Path, models: Path) -> None:
    emdb(tmp_path)
    (tmp_path / "P1" / "broken_data.pkl").write_bytes(b"\x80\x04\x95")
    dataset = opened(tmp_path, models)
    assert len(dataset.records) == 3
    assert any("broken_data.pkl" in words for words in dataset.problems)
    with pytest.raises(DatasetError, match="broken_data.pkl"):
        opened(tmp_path / "P1" / "broken_data.pkl")


def archive(path: Path, people: int, **more: Any) -> Path:
    """An .npz with a row for each person, all in one picture beside it."""
    (path.parent / "images").mkdir(parents=True, exist_ok=True)
    Image.new("RGB", SIZE).save(path.parent / "images" / "a.jpg")
    np.savez(path, records=["a.jpg"] * people, people=[f"p{n}" for n in range(people)], K=K, **more)
    return path


def test_surfaces_are_truth_as_they_lie(tmp_path: Path, models: Path) -> None:
    """Vertices of a known body: joints and pixels are those of its regressors, no parameter is made up."""
    body = female(models)
    posed = body.forward(SmplParameters.from_pose(body.id, POSE[0], BETAS, np.array([0, 0.1, 4.0])))
    dataset = opened(
        archive(tmp_path / "t.npz", 1, vertices=posed.vertices[None], body_id="smpl-female"), models
    )
    (record,) = dataset.records
    (person,) = record.people
    assert person.smpl is None
    assert person.surface is not None
    np.testing.assert_array_equal(body.forward(person.surface).vertices, posed.vertices)
    own = smpl_arrays(1)["J_regressor"] @ posed.vertices
    np.testing.assert_allclose(body.forward(person.surface).joints, own, atol=1e-5)
    assert record.camera is not None
    np.testing.assert_allclose(record.camera.matrix, K)
    assert record.image_path is not None
    (without,) = opened(tmp_path / "t.npz").records
    assert without.skipped[0].reason is SkipReason.NO_BODY


@pytest.mark.parametrize(("apart", "known"), [(0.0, True), (0.02, False)])
def test_parameters_count_where_the_surface_beside_them_agrees(
    tmp_path: Path, models: Path, apart: float, known: bool
) -> None:
    body, place = female(models), np.array([0, 0.1, 4.0])
    vertices = body.forward(SmplParameters.from_pose(body.id, POSE[0], BETAS, place)).vertices + apart
    both = {"vertices": vertices[None], "pose": POSE[:1], "betas": BETAS[None], "transl": place[None]}
    (record,) = opened(archive(tmp_path / "t.npz", 1, body_id="smpl-female", **both), models).records
    (person,) = record.people
    assert (person.smpl is not None, person.surface is None) == (known, known)
    assert person.truth is not None
    np.testing.assert_allclose(body.forward(person.truth).vertices, vertices, atol=1e-4)


def test_a_surface_of_no_known_body_brings_its_triangles(tmp_path: Path) -> None:
    corners = np.array([[0, 0, 3], [1, 0, 3], [0, 1, 3], [0, 0, 4.0]])
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    (record,) = opened(archive(tmp_path / "t.npz", 1, vertices=corners[None], faces=faces)).records
    surface = record.people[0].surface
    assert surface is not None
    body = BodyCatalog().get(surface.body_id)
    np.testing.assert_array_equal(body.faces, faces)
    np.testing.assert_array_equal(surface.vertices, corners)
    pixels = corners @ K.T
    box = record.people[0].bbox_xywh
    assert box is not None
    low, high = (pixels[:, :2] / pixels[:, 2:]).min(axis=0), (pixels[:, :2] / pixels[:, 2:]).max(axis=0)
    assert (box[:2] <= low).all()
    assert (box[:2] + box[2:] >= high).all()


def test_a_surface_of_an_open_set_is_found_after_many_others(tmp_path: Path) -> None:
    """As with a method whose meshes all have triangles of their own."""
    corners = np.array([[0, 0, 3], [1, 0, 3], [0, 1, 3], [0, 0, 4.0]])
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    dataset = opened(archive(tmp_path / "t.npz", 1, vertices=corners[None], faces=faces))
    surface = dataset.records[0].people[0].surface
    assert surface is not None
    for count in range(5, 305):
        surface_body(faces, count)
    np.testing.assert_array_equal(BodyCatalog().get(surface.body_id).faces, faces)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, "does not say which body"),
        ({"faces": np.array([[1, 2, 6890]])}, "vertices 1 to 6890, and it has 0 to 6889"),
        ({"body_id": "open-body-1", "people": ["1", "2"]}, "row for each"),
        ({"body_id": "open-body-1", "K": np.eye(2)}, "damaged"),
    ],
)
def test_archives_that_cannot_be_truth_say_why(tmp_path: Path, more: dict[str, Any], told: str) -> None:
    content = {"records": ["a"], "K": K, "vertices": np.zeros((1, 6890, 3)), **more}
    np.savez(tmp_path / "t.npz", **content)
    with pytest.raises(DatasetError, match=told):
        opened(tmp_path / "t.npz")


def test_vertices_decide_where_they_contradict_parameters(tmp_path: Path, models: Path) -> None:
    """A mapped file: with the vertices of the same body its parameters stay, with others they do not."""
    body = female(models)
    own = body.forward(SmplParameters.from_pose(body.id, POSE[1], BETAS, np.array([0, 0, 4.0]))).vertices
    words = 'format = "sefd-viewer mapping 1"\nbody = "smpl-female"\nK = "K"\npictures = "name"\n'
    words += 'pose = "theta"\nbetas = "beta"\ntransl = "t"\nvertices = "v"\n'
    for name, vertices in (("same", own), ("other", own * 1.05)):
        rows = {
            "theta": POSE[1:2],
            "beta": BETAS[None],
            "t": [[0, 0, 4.0]],
            "v": vertices[None],
            "name": ["a"],
        }
        np.savez(tmp_path / f"{name}.npz", K=K, **rows)
        (tmp_path / f"{name}.npz.map.toml").write_text(words)
    (same,), (other,) = (opened(tmp_path / f"{name}.npz", models).records for name in ("same", "other"))
    assert same.people[0].smpl is not None
    assert other.people[0].smpl is None
    assert other.people[0].surface is not None
    np.testing.assert_allclose(other.people[0].surface.vertices, own * 1.05, atol=1e-6)


def test_a_set_that_does_not_say_its_body_is_asked_about(tmp_path: Path, models: Path) -> None:
    """21 joints without hands are SMPL-H's or SMPL-X's: a mapping beside says which."""
    rows = {"poses_body": np.zeros((2, 63)), "poses_root": np.zeros((2, 3)), "betas": np.zeros((1, 10))}
    np.savez(tmp_path / "walk.npz", trans=np.zeros((2, 3)), **rows)
    with pytest.raises(
        DatasetError, match=r"^[^:]*walk\.npz: nothing.*smplh or smplx.*walk\.npz\.map\.toml.*body ="
    ):
        opened(tmp_path / "walk.npz", models)
    said = 'format = "sefd-viewer mapping 1"\nbody = "smplx-neutral"\n'
    (tmp_path / "walk.npz.map.toml").write_text(said)
    person = opened(tmp_path / "walk.npz", models).records[1].people[0]
    assert person.smpl is not None
    assert person.smpl.body_id.startswith("smplx-neutral")


@pytest.mark.parametrize("frames", [1, 3])
def test_smplx_arguments_that_name_no_body_are_asked_about(tmp_path: Path, models: Path, frames: int) -> None:
    """Three frames of 63 numbers are not one body of 21 matrices; 22 joints of a motion are either body's."""
    rows = {"global_orient": np.zeros((frames, 3)), "body_pose": np.zeros((frames, 63))}
    np.savez(tmp_path / "a.npz", betas=np.zeros((frames, 10)), transl=np.zeros((frames, 3)), **rows)
    poses = {"poses": np.zeros((frames, 66)), "trans": np.zeros((frames, 3)), "betas": np.zeros(10)}
    np.savez(tmp_path / "b.npz", mocap_framerate=30.0, gender="neutral", **poses)
    for name in ("a.npz", "b.npz"):
        with pytest.raises(DatasetError, match="smplh or smplx"):
            opened(tmp_path / name, models)
    (tmp_path / "bodies.map.toml").write_text('format = "sefd-viewer mapping 1"\nbody = "smplx-neutral"\n')
    for name in ("a.npz", "b.npz"):
        dataset = opened(tmp_path / name, models)
        assert len(dataset.records) == frames
        assert dataset.records[frames - 1].people[0].smpl is not None


def test_bedlams_portrait_pictures_are_turned_as_their_labels_are(tmp_path: Path, models: Path) -> None:
    """A picture stored lying, 320 x 240, before a camera of 240 x 320; its upper left corner is white."""
    pixels = np.zeros((240, 320, 3), np.uint8)
    pixels[:20, :20] = 255
    (tmp_path / "png").mkdir()
    Image.fromarray(pixels).save(tmp_path / "png" / "a.png")
    standing = np.array([[300.0, 0, 120], [0, 300, 160], [0, 0, 1]])
    away = np.eye(4)[None]
    away[:, 2, 3] = 5
    shaped = {"shape": np.zeros((1, 10)), "trans_cam": np.zeros((1, 3)), "pose_cam": np.zeros((1, 165))}
    np.savez(tmp_path / "closeup_6fps.npz", imgname=["a.png"], cam_ext=away, cam_int=standing[None], **shaped)
    (record,) = opened(tmp_path, models).records
    assert record.size == (240, 320)
    picture = record.load()
    assert picture.shape == (320, 240, 3)
    assert picture[5, -5].tolist() == [255, 255, 255]


def test_a_table_beside_a_folder_of_pictures_is_its_truth(tmp_path: Path, models: Path) -> None:
    (tmp_path / "images").mkdir()
    Image.new("RGB", (320, 240)).save(tmp_path / "images" / "a_320x240.png")
    fits: dict[str, Any] = {"pose": np.zeros((1, 72)), "shape": np.zeros((1, 10)), "focal_l": [300.0]}
    fits["global_t"] = [[0, 0, 5.0]]
    np.savez(tmp_path / "mine.npz", imgname=["images/a.png"], center=[[160, 120]], scale=[1.0], **fits)
    (record,) = opened(tmp_path, models).records
    assert record.image_path == tmp_path / "images" / "a_320x240.png"
    assert [one.reason for one in record.skipped] == [SkipReason.NO_BODY]
    Image.new("RGB", (320, 240)).save(tmp_path / "own.png")
    assert opened(tmp_path, models).format == "image folder"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("smplx-female", "SMPLX_FEMALE.npz, from smpl-x.is.tue.mpg.de"),
        ("smplh-male", "smplh/male/model.npz or SMPLH_MALE.pkl, from mano.is.tue.mpg.de"),
        ("smpl-neutral", "SMPL_NEUTRAL.pkl, from smpl.is.tue.mpg.de"),
        ("skel-male", "skel_male.pkl, from skel.is.tue.mpg.de"),
    ],
)
def test_a_body_that_is_not_here_says_which_file_it_is_and_from_where(body: str, words: str) -> None:
    with pytest.raises(BodyError, match=f"It is {words}.*--body PATH"):
        BodyCatalog().get(body)
