from __future__ import annotations

import dataclasses
import io
import os
import re
from pathlib import Path

import cv2
import numpy as np
import orjson
import pytest
import trimesh

from sefd_viewer.atomic import writable_folder, write_file
from sefd_viewer.body.files import open_body
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.errors import ImageError, SefdError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.inference.batch import BatchOptions, Outcome, Photo, PhotoJob, predict_files, unique_stem
from sefd_viewer.inference.export import SCHEMA, Group, in_one_plane, mesh_file, overlay_picture
from sefd_viewer.inference.predictor import Predictor
from tests.inference.conftest import CAMERA, SIZE


@pytest.fixture(scope="module")
def predictor(weights) -> Predictor:
    return Predictor("cpu", weights=weights)


@pytest.fixture
def photo(image, people) -> Photo:
    return Photo(image, people, CAMERA)


def open_body_for(_body_id: str) -> BodyModel:
    return open_body()


def job(name: str, load) -> PhotoJob:
    return PhotoJob(f"{name}.jpg", f"/photos/{name}.jpg", name, load)


def broken() -> Photo:
    raise ImageError("the file is empty", where="broken.jpg", remedy="Copy it again")


def options(**changes: object) -> BatchOptions:
    return dataclasses.replace(BatchOptions(open_body_for), **changes)


def run(jobs: list[PhotoJob], predictor: Predictor, folder: Path, **changes: object) -> list[Outcome]:
    return list(predict_files(jobs, predictor, folder, options(**changes)))


def test_everything_is_written_and_the_document_holds_what_was_predicted(
    predictor, photo, tmp_path: Path
) -> None:
    (outcome,) = run([job("street", lambda: photo)], predictor, tmp_path)
    assert not outcome.failed
    written = {path.name for path in outcome.files}
    roles = ("baseline", "student", "teacher")
    assert written == {"street.json", "street_overlay.png", *(f"street_{role}.obj" for role in roles)}
    assert set(os.listdir(tmp_path)) == written
    document = orjson.loads((tmp_path / "street.json").read_bytes())
    assert document["schema"] == SCHEMA
    assert document["image"]["width"] == SIZE[0]
    assert document["edge_sources"]["teacher"] == "ground truth meshes"
    assert [person["person"] for person in document["people"]] == ["p0", "p1"]
    person = document["people"][1]
    assert person["pose2d"]["source"] == "annotation"
    prediction = person["predictions"]["student"]
    output = open_body().forward(SmplParameters.from_dict(prediction["smpl"]))
    joints = open_body().joints(output.vertices, output.joints, prediction["joint_set"])
    np.testing.assert_allclose(prediction["joints_camera"], joints, atol=1e-3)
    assert len(document["joint_sets"]["smpl30"]) == len(prediction["joints_image"]) == 30
    assert prediction["weights_hash"]


def test_the_overlay_has_the_photo_and_a_panel_for_each_role(predictor, photo, tmp_path: Path) -> None:
    run([job("street", lambda: photo)], predictor, tmp_path, meshes=None)
    overlay = cv2.imread(str(tmp_path / "street_overlay.png"))[..., ::-1]
    assert overlay.shape == (SIZE[1], 4 * SIZE[0], 3)
    np.testing.assert_array_equal(overlay[:, : SIZE[0]], photo.image)


def test_one_bad_input_does_not_stop_the_others(predictor, photo, tmp_path: Path) -> None:
    bad, good = run(
        [job("broken", broken), job("street", lambda: photo)], predictor, tmp_path, roles=("baseline",)
    )
    assert bad.failed
    assert bad.lines == ("broken.jpg: the file is empty. Copy it again",)
    assert not good.failed
    assert not list(tmp_path.glob("broken*"))


def test_nobody_in_the_picture_is_written_and_said(predictor, image, tmp_path: Path) -> None:
    (outcome,) = run([job("empty", lambda: Photo(image, ()))], predictor, tmp_path)
    assert not outcome.failed
    assert "no person was found" in outcome.lines[0]
    assert orjson.loads((tmp_path / "empty.json").read_bytes())["people"] == []


def test_a_role_without_weights_fails_and_the_others_are_written(photo, weights, tmp_path: Path) -> None:
    gone = Predictor("cpu", weights=weights | {"teacher": str(tmp_path / "gone.safetensors")})
    (outcome,) = run([job("street", lambda: photo)], gone, tmp_path)
    assert outcome.failed
    assert "gone.safetensors" in outcome.lines[0]
    assert (tmp_path / "street_student.obj").exists()
    assert not (tmp_path / "street_teacher.obj").exists()


def read_mesh_file(data: bytes, kind: str) -> dict[str, np.ndarray]:
    """Vertices (V,3) by name."""
    if kind == "glb":
        scene = trimesh.load_scene(io.BytesIO(data), file_type="glb", process=False)
        return {name: mesh.vertices for name, mesh in scene.geometry.items()}
    parts = re.split(r"^o (.*)$", data.decode(), flags=re.MULTILINE)[1:]
    return {
        name: np.array([line.split()[1:] for line in text.splitlines() if line.startswith("v ")], float)
        for name, text in zip(parts[::2], parts[1::2], strict=True)
    }


@pytest.mark.parametrize("kind", ["obj", "glb"])
def test_mesh_files_hold_everyone_upright_in_one_plane(kind, predictor, request_for) -> None:
    predictions = list(predictor.predict(request_for(roles=("baseline",))))[-1].predictions
    group = in_one_plane(predictions, open_body_for, camera=CAMERA)
    meshes = read_mesh_file(mesh_file(group, kind), kind)
    assert list(meshes) == ["person_p0", "person_p1"]
    np.testing.assert_allclose(meshes["person_p1"] * [1, -1, -1], group.vertices_camera[1], atol=1e-3)
    pixels = CAMERA.project_camera(group.vertices_camera[1])
    own = predictions[1].camera.project_camera(predictions[1].vertices_camera)
    np.testing.assert_allclose(pixels, own, atol=1e-2)


def test_a_distorted_camera_keeps_every_pixel(predictor, request_for) -> None:
    predictions = list(predictor.predict(request_for(roles=("baseline",))))[-1].predictions
    bent = dataclasses.replace(CAMERA, distortion=np.array([-0.05, 0.1, 0.001, 0.001, 0]))
    group = in_one_plane(predictions, open_body_for, camera=bent)
    inside = predictions[0].camera.project_camera(predictions[0].vertices_camera)
    seen = ((inside > 0) & (inside < SIZE)).all(axis=1)
    pixels = bent.project_camera(group.vertices_camera[0])
    np.testing.assert_allclose(pixels[seen], inside[seen], atol=1e-2)


def test_names_never_collide() -> None:
    taken: set[str] = set()
    names = [unique_stem(name, taken) for name in ("a", "A", "a", "x/y z", "..", "")]
    assert names == ["a", "A_2", "a_3", "x_y_z", "photo", "photo_2"]


def test_a_long_name_leaves_room_for_what_is_added_to_it() -> None:
    stem = unique_stem("ü" * 125, set())
    assert 190 < len(stem.encode()) <= 200
    assert unique_stem("ü" * 125, {stem}) != stem


def test_a_name_that_is_not_utf8_is_told_with_its_bytes(predictor, photo, tmp_path: Path) -> None:
    name = os.fsdecode(b"latin\xe9")
    outcome, failed = run(
        [PhotoJob(name, name, "a", lambda: photo), PhotoJob(name, name, "b", broken)], predictor, tmp_path
    )
    assert (outcome.failed, failed.failed) == (False, True)
    assert orjson.loads((tmp_path / "a.json").read_bytes())["image"]["path"] == "latin\\xe9"


def test_a_folder_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    with pytest.raises(SefdError, match="Choose another output folder"):
        writable_folder(file / "results")


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(SefdError, match="cannot be written"):
        write_file(tmp_path / "taken", b"data")
    assert os.listdir(tmp_path) == ["taken"]


def test_the_overlay_shows_who_was_painted_in_front() -> None:
    """A slanted square, which is darker, behind a straight one; they cover the same pixels in the middle."""
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
    straight, slanted = corners + [0, 0, 3], 2 * corners + [0, 0, 5]
    slanted[:, 2] += slanted[:, 0]
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    camera = PinholeCamera(np.array([40.0, 40.0]), np.array([31.5, 31.5]))
    group = Group(("1", "2"), (straight, slanted.astype(np.float32)), (faces, faces), camera)
    image = np.zeros((64, 64, 3), np.uint8)

    def middle(**options: tuple[str, ...]) -> int:
        data = np.frombuffer(overlay_picture(image, {"student": group}, **options), np.uint8)
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
        assert picture is not None
        return int(picture[32, 64 + 32].astype(int).sum())

    assert middle(painted=("1",)) == middle() > middle(painted=("2",)) + 10
