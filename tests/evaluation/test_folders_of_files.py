"""Methods and poses whose files share names and lie in folders of cameras, sequences, people."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.body.files import open_body
from sefd_viewer.datasets.body_files.mapping import Mapping
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.runs.file_predictions import FilePredictions
from sefd_viewer.evaluation.runs.matching import matched
from sefd_viewer.evaluation.runs.methods import parse_method
from sefd_viewer.evaluation.runs.photos import Photo
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import Pose2D

CAMERA = PinholeCamera(np.full(2, 500.0), np.array([320.0, 240.0]))
FRAMES = ("000040", "000041")


def set_of(root: Path, folders: Sequence[str], frames: Sequence[str] = FRAMES) -> Dataset:
    """A set whose pictures have the same names in each of its folders."""
    names = [f"{folder}/{frame}.jpg".removeprefix("/") for folder in folders for frame in frames]
    people = (Person("1"),)
    records = [Record(n, n, root / "set" / n, size=(640, 480), camera=CAMERA, people=people) for n in names]
    return Dataset("set", root / "set", "image folder", records)


def write_mesh(path: Path, x: float) -> None:
    """A tetrahedron whose first corner is at x, five metres before the camera."""
    path.parent.mkdir(parents=True, exist_ok=True)
    corners = np.array([[0, 0, 5], [0.2, 0, 5], [0, 0.2, 5], [0, 0, 5.2]]) + [x, 0, 0]
    lines = [f"v {a} {b} {c}" for a, b, c in corners] + ["f 1 2 3", "f 1 2 4", "f 1 3 4", "f 2 3 4"]
    path.write_text("\n".join(lines))


def found(said: str, dataset: Dataset) -> tuple[dict[str, list[float]], str]:
    """Where bodies lie (the x of their first corner) by photo, and how they were found in words."""
    predictions = FilePredictions(parse_method(f"theirs={said}"), BodyCatalog().get, dataset)
    places = {}
    for position, record in enumerate(dataset.records):
        bodies = predictions.of(Photo(position, record)).bodies.values()
        if bodies:
            places[record.key] = [round(float(one.vertices_camera[0, 0]), 3) for one in bodies]
    return places, "\n".join(predictions.notes)


@pytest.mark.parametrize(
    ("pictures", "meshes"),
    [
        ("{camera}", "{camera}"),
        ("S1/{camera}/images", "{camera}"),
        ("{camera}", "S1/{camera}/meshes"),
        ("images/{camera}", "fits/{camera}/smpl"),
    ],
)
def test_folders_of_cameras_say_which_photo_is_meant(tmp_path: Path, pictures: str, meshes: str) -> None:
    dataset = set_of(tmp_path, [pictures.format(camera=camera) for camera in ("cam01", "cam03")])
    for number, camera in enumerate(("cam01", "cam02", "cam03")):
        for frame in FRAMES:
            write_mesh(tmp_path / "ours" / meshes.format(camera=camera) / f"{frame}.obj", number)
    places, words = found(str(tmp_path / "ours"), dataset)
    first, third = (pictures.format(camera=camera) for camera in ("cam01", "cam03"))
    assert places == {f"{f}/{n}.jpg": [x] for f, x in ((first, 0.0), (third, 2.0)) for n in FRAMES}
    assert "4 of its 6 pictures are in the set" in words
    assert "cam02" in words.partition("not in the set: ")[2]


def test_a_name_that_several_photos_have_is_told_and_left_out(tmp_path: Path) -> None:
    dataset = set_of(tmp_path, ["cam01", "cam02"])
    write_mesh(tmp_path / "ours" / "000040.obj", 0)
    with pytest.raises(SefdError, match="no folder says which photo is meant: 000040 may be one of 2 photos"):
        found(str(tmp_path / "ours"), dataset)
    assert found(f"{tmp_path / 'ours'}#in=cam02", dataset)[0] == {"cam02/000040.jpg": [0.0]}
    (tmp_path / "ours").rename(tmp_path / "cam01")
    assert found(str(tmp_path / "cam01"), dataset)[0] == {"cam01/000040.jpg": [0.0]}
    assert found(str(tmp_path / "cam01" / "000040.obj"), dataset)[0] == {"cam01/000040.jpg": [0.0]}


def test_folders_of_cameras_are_not_people_of_one_photo(tmp_path: Path) -> None:
    dataset = set_of(tmp_path, [""])
    for number in range(2):
        write_mesh(tmp_path / "ours" / f"cam0{number}" / "000040.obj", number)
        write_mesh(tmp_path / "people" / f"person_{number}" / "000040.obj", number)
    with pytest.raises(SefdError, match=r"cam00/000040 may be 000040\.jpg, as others may"):
        found(str(tmp_path / "ours"), dataset)
    assert found(str(tmp_path / "people"), dataset)[0] == {"000040.jpg": [0.0, 1.0]}


def test_people_of_a_photo_lie_beside_each_other(tmp_path: Path) -> None:
    dataset = set_of(tmp_path, ["cam01", "cam02"])
    for person in range(2):
        write_mesh(tmp_path / "ours" / "cam02" / f"000041_{person}.obj", person)
    assert found(str(tmp_path / "ours"), dataset)[0] == {"cam02/000041.jpg": [0.0, 1.0]}


def write_wham(path: Path, x: float) -> None:
    """WHAM's file of one person in two frames."""
    path.parent.mkdir(parents=True, exist_ok=True)
    vertices = np.zeros((2, 6890, 3), np.float32) + np.array([x, 0, 5], np.float32)
    person: dict[str, Any] = {
        "pose": np.zeros((2, 72)),
        "trans": np.zeros((2, 3)),
        "pose_world": np.zeros((2, 72)),
    }
    person |= {"trans_world": np.zeros((2, 3)), "betas": np.zeros((2, 10)), "verts": vertices}
    path.write_bytes(pickle.dumps({0: person | {"frame_ids": np.arange(2)}}))


@pytest.mark.parametrize("file", ["{camera}.pkl", "{camera}/wham_output.pkl", "S1/{camera}/out.pkl"])
def test_frames_are_those_of_the_camera_that_the_file_is_called_after(tmp_path: Path, file: str) -> None:
    dataset = set_of(tmp_path, ["cam01", "cam02"])
    for number, camera in enumerate(("cam01", "cam02")):
        write_wham(tmp_path / "ours" / file.format(camera=camera), number)
    places, words = by_frames(tmp_path / "ours", dataset)
    assert places == {f"cam0{1 + n}/{frame}.jpg": [float(n)] for n in range(2) for frame in FRAMES}
    assert "photo k of cam01 and cam02 taken for frame k" in words
    one = by_frames(tmp_path / "ours" / file.format(camera="cam02"), dataset)[0]
    assert one == {f"cam02/{frame}.jpg": [1.0] for frame in FRAMES}


def by_frames(path: Path, dataset: Dataset) -> tuple[dict[str, list[float]], str]:
    from sefd_viewer.datasets.body_files.reading import folder_people, known_people, located, stored_content

    people = folder_people(path) if path.is_dir() else known_people(stored_content(path), path)[0]
    assert people is not None
    people = people if path.is_dir() else located(people, path, path)
    there = matched(people, dataset)
    places = {
        dataset.keys[position]: [float(one.vertices[0, 0]) for one in own if one.vertices is not None]
        for position, own in there.by_position.items()
    }
    return places, "\n".join(there.words)


def test_frames_of_other_cameras_are_not_the_only_sequence(tmp_path: Path) -> None:
    for number, camera in enumerate(("cam01", "cam02")):
        write_wham(tmp_path / "ours" / f"{camera}.pkl", number)
        write_wham(tmp_path / "people" / f"track_{number}.pkl", number)
    places, _ = by_frames(tmp_path / "ours", set_of(tmp_path, ["cam02"]))
    assert places == {f"cam02/{frame}.jpg": [1.0] for frame in FRAMES}
    with pytest.raises(SefdError, match="frame 0 of ours/cam01 may be 000040.jpg, as others may"):
        by_frames(tmp_path / "ours", set_of(tmp_path, [""]))
    assert by_frames(tmp_path / "people", set_of(tmp_path, [""]))[0] == {
        f"{f}.jpg": [0.0, 1.0] for f in FRAMES
    }


def test_an_archive_of_the_programs_own_form_names_folders(tmp_path: Path) -> None:
    body, dataset = open_body(), set_of(tmp_path, ["cam01", "cam02"])

    def write(*names: str) -> str:
        vertices = np.zeros((len(names), body.vertex_count, 3), np.float32) + np.array([0, 0, 5], np.float32)
        vertices[:, :, 0] += np.arange(len(names))[:, None]
        np.savez(tmp_path / "ours.npz", records=names, vertices=vertices, body_id=body.id)
        return str(tmp_path / "ours.npz")

    places, words = found(write("other/cam02/000040.jpg", "000041.jpg", "cam01/000040"), dataset)
    assert places == {"cam01/000040.jpg": [2.0], "cam02/000040.jpg": [0.0]}
    assert "left out, as several photos are called so: 000041.jpg" in words


def walk(folder: Path, *, first: int, there: int, kind: str) -> tuple[Dataset, Path]:
    """Six frames of somebody who walks, from number `there` in the set and `first` in the file."""
    body, size = BodyCatalog().get("open-body-1"), (640, 480)
    camera = PinholeCamera(np.full(2, 600.0), np.array(size) / 2)
    places = [body.v_template + np.array([0.3 * k - 0.8, 0, 5], np.float32) for k in range(6)]
    records = []
    for k, vertices in enumerate(places):
        points = camera.project_camera(body.joints(vertices, body.J_regressor @ vertices, "coco17"))
        pose = Pose2D(
            "coco17", np.column_stack([points, np.ones(17)]).astype(np.float32), np.ones(4), 1.0, "a"
        )
        name = f"{k + there:04d}.jpg"
        records.append(
            Record(name, name, folder / name, size=size, camera=camera, people=(Person("a", pose2d=pose),))
        )
    told = [f"{k + first:04d}.png" if kind == "pictures" else k + first for k in range(6)]
    path = folder / "walk.npz"
    np.savez(path, told=np.array(told), v=np.stack(places), K=np.tile(camera.matrix, (6, 1, 1)))
    mapping = Mapping("open-body-1", vertices="v", K="K").text() + f'{kind} = "told"\n'
    path.with_name("walk.npz.map.toml").write_text(mapping)
    return Dataset("walk", folder, "images", records), path


@pytest.mark.parametrize(
    ("first", "there", "kind", "said"),
    [(1, 0, "pictures", "#frames+1"), (0, 1, "pictures", "#frames-1"), (1, 0, "frames", "#frames+1")],
)
def test_a_file_that_counts_otherwise_is_told_and_moved_only_when_said(
    tmp_path: Path, first: int, there: int, kind: str, said: str
) -> None:
    dataset, path = walk(tmp_path, first=first, there=there, kind=kind)

    def read(said: str) -> tuple[list[float], str]:
        found = FilePredictions(parse_method(f"theirs={path}{said}"), BodyCatalog().get, dataset)
        photos = [Photo(position, record) for position, record in enumerate(dataset.records)]
        bodies = [one for photo in photos for one in found.of(photo).bodies.values()]
        return [float(one.vertices_camera[:, 0].mean()) for one in bodies], " ".join(found.notes)

    beside, words = read("")
    assert len(beside) == 5
    assert f"people lie clearly better on the photo {'before' if there == 0 else 'after'} theirs" in words
    assert f"add {said} to its name" in words
    assert read("#frames+0")[0] == beside
    assert "clearly better" not in read("#frames+0")[1]
    moved, words = read(said)
    middle = BodyCatalog().get("open-body-1").v_template[:, 0].mean() - 0.8
    assert moved == pytest.approx([middle + 0.3 * k for k in range(6)], abs=1e-4)
    assert "clearly better" not in words


def test_a_file_that_counts_as_the_set_is_not_doubted(tmp_path: Path) -> None:
    dataset, path = walk(tmp_path, first=0, there=0, kind="pictures")
    notes = FilePredictions(parse_method(f"theirs={path}"), BodyCatalog().get, dataset).notes
    assert not any("clearly better" in words for words in notes)
