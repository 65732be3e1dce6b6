"""Other programs' files of bodies: known by what is inside, lying where the program put them."""

from __future__ import annotations

import json
import pickle
import zipfile
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.body.files import open_body
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.body.stored_values import read_stored
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.body_files.reading import FORMATS, people_in, recognised, stored_content
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.runs.file_predictions import FilePredictions
from sefd_viewer.evaluation.runs.methods import Method, parse_method
from sefd_viewer.evaluation.runs.naming import named_as_annotated, why_alone
from sefd_viewer.evaluation.runs.photos import Photo
from sefd_viewer.evaluation.runs.running import Runner, RunOptions, settings_of
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import Pose2D
from tests.evaluation.fit_files import FITS
from tests.evaluation.named_files import NAMED, human36m
from tests.evaluation.prediction_files import (
    PREDICTIONS,
    R_WORLD,
    SIZE,
    T_WORLD,
    Bodies,
    joblib_dump,
    perspective,
    phalp,
    slahmr,
    spin,
    wham,
)
from tests.owners_files import expressive_arrays, mscoco_set, smpl_arrays, upright, write_body

smplx = pytest.importorskip("smplx")

WRITERS = PREDICTIONS | FITS | NAMED


FACES = {
    "smpl": (331, 2802, 6262, 3489, 3990),
    "smplh": (331, 2802, 6262, 3489, 3990),
    "smplx": (9120, 9448, 9929, 6, 616),
}


@cache
def shaped_arrays(family: str) -> dict[str, Any]:
    """A body of random points whose joints and face are where people have them."""
    skeleton = smpl_arrays(1)
    joints = (skeleton["J_regressor"] @ skeleton["v_template"])[:22]
    arrays = dict(skeleton if family == "smpl" else expressive_arrays(family))
    count = len(arrays["J_regressor"])
    arrays["J_regressor"] = np.eye(count, len(arrays["v_template"]), 100)
    arrays["v_template"] = arrays["v_template"].copy()
    arrays["v_template"][100:122] = joints
    arrays["v_template"][list(FACES[family])] = joints[15] + [0, 0.05, 0.1]
    return arrays


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return body_files(tmp_path_factory.mktemp("models"))


def body_files(folder: Path) -> Path:
    """Files of SMPL, SMPL-H and SMPL-X in a folder, which is returned."""
    write_body(folder / "SMPL_NEUTRAL.pkl", shaped_arrays("smpl"))
    write_body(folder / "SMPL_MALE.pkl", shaped_arrays("smpl"))
    amass = {name: value for name, value in shaped_arrays("smplh").items() if "hands" not in name}
    write_body(folder / "smplh" / "neutral" / "model.npz", amass)
    write_body(folder / "SMPLX_NEUTRAL.npz", shaped_arrays("smplx"))
    return folder


@pytest.fixture(scope="module")
def catalog(models: Path) -> BodyCatalog:
    return BodyCatalog([models])


@pytest.fixture(scope="module")
def bodies(models: Path) -> Bodies:
    return layers(models)


def layers(models: Path) -> Bodies:
    """smplx's layers over the bodies in a folder."""
    struct = smplx.utils.Struct(**shaped_arrays("smpl"))
    smpl = smplx.SMPL("", data_struct=struct, dtype=torch.float64)
    path, whole = str(models / "SMPLX_NEUTRAL.npz"), {"use_pca": False, "flat_hand_mean": False}
    whole_body = smplx.SMPLX(path, ext="npz", num_betas=16, dtype=torch.float64, **whole)
    struct = smplx.utils.Struct(**shaped_arrays("smplh"))
    flat = {"use_pca": False, "flat_hand_mean": True}
    return Bodies(smpl, whole_body, smplx.SMPLH("", data_struct=struct, dtype=torch.float64, **flat))


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Three frames of one folder, before a camera that stands in a world."""
    camera = PinholeCamera(np.full(2, 600.0), np.array(SIZE) / 2, R_WORLD, T_WORLD)
    names = [f"{number:06d}.jpg" for number in range(3)]
    records = [
        Record(n, n, tmp_path / "frames" / n, size=SIZE, camera=camera, people=(Person(f"{90 + k}"),))
        for k, n in enumerate(names)
    ]
    return Dataset("frames", tmp_path / "frames", "images", records)


def photos(dataset: Dataset) -> list[Photo]:
    return [Photo(position, record) for position, record in enumerate(dataset.records)]


def read(path: Path, catalog: BodyCatalog, dataset: Dataset, body: str | None = None) -> FilePredictions:
    return FilePredictions(Method("theirs", predictions=str(path), body=body), catalog.get, dataset)


def test_every_format_of_the_registry_has_a_file_here() -> None:
    elsewhere = {"NeuralAnnot of Human3.6M", "HSMR", "AGORA's tables"}
    elsewhere |= {"Anny", "joints", "MMPose in 3D", "EasyMocap's joints"}  # tests of their own
    assert {name for name, _ in WRITERS.values()} | elsewhere == {kind.name for kind in FORMATS}


def test_frames_of_a_performance_are_found_by_the_names_of_all_cameras(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, bodies: Bodies
) -> None:
    path, pixels = human36m(tmp_path, bodies)
    name = "s_01_act_02_subact_01_ca_03_000001.jpg"
    record = replace(dataset.records[1], key=name, title=name, image_path=tmp_path / "images" / name)
    there = replace(dataset, records=[dataset.records[0], record])
    (one,) = read(path, catalog, there).of(Photo(1, record)).bodies.values()
    assert one.camera is not None
    assert np.abs(one.camera.project_camera(one.vertices_camera) - pixels).max() < 1
    with pytest.raises(SefdError, match="does not say whose it is"):
        read(path.rename(tmp_path / "fits.json"), catalog, there)


@pytest.mark.parametrize("case", WRITERS)
def test_bodies_land_within_a_pixel_of_where_they_are_known_to_be(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, bodies: Bodies, case: str
) -> None:
    name, write = WRITERS[case]
    path, expected = write(tmp_path, bodies)
    if path.is_file():
        kind = recognised(stored_content(path), path)
        assert kind is not None
        assert kind.name == name
    predictions = read(path, catalog, dataset)
    found = {photo.position: predictions.of(photo) for photo in photos(dataset)}
    assert not any(one.refused for one in found.values())
    seen = [
        (position, one.camera.project_camera(one.vertices_camera))
        for position, people in found.items()
        for one in people.bodies.values()
        if one.camera is not None
    ]
    assert [position for position, _ in seen] == [position for position, _ in expected]
    for (_, pixels), (_, known) in zip(seen, expected, strict=True):
        assert np.abs(pixels - known).max() < 1
    assert f"{name}: " in predictions.notes[0]


def test_people_without_camera_are_told_by_their_boxes(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, bodies: Bodies
) -> None:
    path, _ = spin(tmp_path, bodies)
    people = tuple(
        Person(key, np.array(box, np.float32), None)
        for key, box in (("a", (410, 190, 140, 150)), ("b", (110, 95, 180, 200)))
    )
    record = replace(dataset.records[1], people=people)
    found = read(path, catalog, dataset).of(Photo(1, record))
    pose = np.random.default_rng(23).normal(scale=0.3, size=(2, 72))
    vertices = bodies.posed_smpl(pose, np.random.default_rng(24).normal(scale=0.3, size=(2, 10)))
    assert np.allclose(found.bodies["b"].vertices_camera, vertices[0], atol=1e-5)
    assert np.allclose(found.bodies["a"].vertices_camera, vertices[1], atol=1e-5)
    assert found.bodies["a"].camera is None


@pytest.mark.parametrize(
    ("said", "who", "words"),
    [
        ("", "someone", "lies near nobody's joints: 0.30 of the box's diagonal from 90, the nearest"),
        ("near=0.2", "someone", "more than 0.2 (near=…)"),
        ("near=0.35", "90", ""),
    ],
)
def test_how_near_a_body_has_to_be_is_said(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, said: str, who: str, words: str
) -> None:
    """Somebody annotated 0.3 of his box's diagonal beside the body that a file has."""
    body = catalog.get("smpl-neutral")
    np.savez(
        tmp_path / "x.npz",
        records=["000001.jpg"],
        people=["someone"],
        body_id="smpl-neutral",
        vertices=body.v_template[None] + np.float32([0, 0, 5]),
    )
    camera = dataset.records[1].camera
    assert camera is not None
    chain = body.J_regressor @ (body.v_template + np.float32([0, 0, 5]))
    joints = body.joints(body.v_template + np.float32([0, 0, 5]), chain, "coco17")
    points = camera.without_extrinsics().project_camera(joints)
    points[:, 0] += 0.3 * np.linalg.norm(np.ptp(points, axis=0))
    pose = Pose2D("coco17", np.column_stack([points, np.ones(17)]).astype(np.float32), np.ones(4), 1.0, "a")
    method = parse_method(f"theirs={tmp_path / 'x.npz'}" + (f"#{said}" if said else ""))
    photo = Photo(1, dataset.records[1], poses={"90": pose})
    found = FilePredictions(method, catalog.get, dataset)
    named = found.named(photo).bodies
    assert list(named) == [who]
    assert words in why_alone(named, photo, found.nearness).get(who, "")


def test_what_is_no_distance_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.npz").touch()
    for said in ("near=far", "near=0", "overlap=1.5", "near=nan"):
        with pytest.raises(SefdError, match="is not a number above 0 and up to"):
            parse_method(f"theirs={tmp_path / 'x.npz'}#{said}")


def test_what_was_matched_is_told(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, bodies: Bodies
) -> None:
    path, _ = phalp(tmp_path, bodies)
    content = read_stored(path)
    content["outputs/_DEMO/walk/img/elsewhere.jpg"] = content["outputs/_DEMO/walk/img/000002.jpg"]
    words = read(joblib_dump(content, path), catalog, dataset).notes
    assert words[:2] == ("PHALP: 4 bodies", "2 of its 3 pictures are in the set, found by name")
    assert "not in the set: outputs/_DEMO/walk/img/elsewhere.jpg" in words
    assert "1 photo is not in the file: 000001.jpg" in words
    assert any(note.startswith("2 bodies of people not seen in the picture") for note in words)


def test_frame_numbers_need_one_folder_of_pictures(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, bodies: Bodies
) -> None:
    path, _ = wham(tmp_path, bodies)
    moved = replace(dataset.records[2], image_path=tmp_path / "another" / "000002.jpg")
    several = replace(dataset, records=[*dataset.records[:2], moved])
    with pytest.raises(
        SefdError, match="identifies pictures by frame numbers alone, and the set has 2 folders"
    ):
        read(path, catalog, several)
    content = read_stored(path)
    content[0]["frame_ids"] = np.array([900, 901])
    with pytest.raises(SefdError, match="speaks of frames 900 to 901, the set has 3 photos"):
        read(joblib_dump(content, path), catalog, dataset)


def test_a_file_of_other_pictures_is_refused(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, bodies: Bodies
) -> None:
    path, _ = spin(tmp_path, bodies)
    elsewhere = {name: value for name, value in np.load(path).items() if name != "imgname"}
    np.savez(path, imgname=np.array(["x.jpg", "y.jpg"]), **elsewhere)
    with pytest.raises(SefdError, match="0 of its 2 pictures are in the set.*not in the set: x.jpg, y.jpg"):
        read(path, catalog, dataset)


@pytest.mark.parametrize("joints", [21, 23])
def test_as_many_people_as_joints_are_not_mixed_up(joints: int) -> None:
    pose = np.random.default_rng(0).normal(size=(21, joints, 3))
    fitted = {"global_orient": np.zeros((21, 3)), "body_pose": pose, "betas": np.zeros((21, 10))}
    names = [f"{number}.jpg" for number in range(21)]
    found = people_in({"image_path": names, "smplx" if joints == 21 else "smpl": fitted}, Path("x.npz"))
    assert found is not None
    assert all(
        np.array_equal(one.pose.rotations[1:], own) for one, own in zip(found.people, pose, strict=True)
    )


def test_vertices_of_another_body_are_told(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, bodies: Bodies
) -> None:
    path, _ = wham(tmp_path, bodies)
    assert not any("another gender" in words for words in read(path, catalog, dataset).notes)
    content = read_stored(path)
    content[0]["verts"] = content[0]["verts"] + np.float32([0, 0.5, 0])  # the same body elsewhere
    assert not any(
        "another gender" in words for words in read(joblib_dump(content, path), catalog, dataset).notes
    )
    content[0]["verts"] = content[0]["verts"] * 1.1
    words = read(joblib_dump(content, path), catalog, dataset).notes[-1]
    assert "mm from those that smpl-neutral" in words
    assert "another gender or version of the body made them" in words


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("PHALP", "its camera is virtual: 12500 px"),
        ("VIBE", "its camera is none: weak perspective"),
        ("WHAM", ""),
    ],
)
def test_a_camera_that_stands_nowhere_is_told(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, bodies: Bodies, case: str, words: str
) -> None:
    path, _ = WRITERS[case][1](tmp_path, bodies)
    told = [note for note in read(path, catalog, dataset).notes if note.startswith("its camera is")]
    assert [note.partition(",")[0] for note in told] == ([words] if words else [])
    assert all("brought to the photo's image plane" in note for note in told)


def test_betas_that_a_body_lacks_are_told(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, bodies: Bodies
) -> None:
    path, _ = slahmr(tmp_path, bodies)
    assert "of its 16 betas smplh-neutral" in read(path, catalog, dataset).notes[-1]


def test_a_missing_body_is_a_row_with_words(tmp_path: Path, dataset: Dataset, bodies: Bodies) -> None:
    path, _ = wham(tmp_path, bodies)
    found = read(path, BodyCatalog([]), dataset).of(photos(dataset)[0])
    assert "the body 'smpl-neutral' is needed" in found.refused["track 0"]


def test_an_archive_that_names_no_body_is_asked_about(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog
) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, records=["000000.jpg"], vertices=np.zeros((1, 6890, 3)))
    with pytest.raises(SefdError, match="does not say which body.*mine.npz#open-body-1 or #smpl-neutral"):
        read(path, catalog, dataset)
    stated = parse_method(f"theirs={path}#smpl-neutral")
    (one,) = FilePredictions(stated, catalog.get, dataset).of(photos(dataset)[0]).bodies.values()
    assert one.body.id.startswith("smpl-neutral-")
    assert stated.identity() != Method("theirs", predictions=str(path)).identity()


def test_an_archive_whose_vertices_are_not_of_its_pose_tells_which_count(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog
) -> None:
    body, path = open_body(), tmp_path / "mine.npz"
    poses, betas = np.zeros((1, 72)), np.zeros((1, 10))
    vertices = body.v_template[None] + [0, 0, 5]
    own = {"records": ["000000.jpg"], "people": ["1"], "pose": poses, "betas": betas, "body_id": body.id}
    np.savez(path, vertices=vertices, **own)
    assert not any("vertices" in words for words in read(path, catalog, dataset).notes)
    np.savez(path, vertices=vertices * [1.2, 1, 1], **own)
    assert any("the vertices count" in words for words in read(path, catalog, dataset).notes)


def test_an_archive_of_another_mesh_brings_its_triangles(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog
) -> None:
    corners = np.array([[0, 0, 3], [1, 0, 3], [0, 1, 3], [0, 0, 4.0]])
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    path = tmp_path / "mine.npz"
    np.savez(path, records=["000000.jpg"], vertices=corners[None], faces=faces)
    (one,) = read(path, catalog, dataset).of(photos(dataset)[0]).bodies.values()
    np.testing.assert_array_equal(one.body.faces, faces)
    np.testing.assert_array_equal(one.vertices_camera, corners)
    np.savez(path, records=["000000.jpg"], vertices=corners[None], faces=faces + 1)
    (words,) = read(path, catalog, dataset).of(photos(dataset)[0]).refused.values()
    assert "faces are of the vertices 1 to 4, and it has 0 to 3" in words


def test_a_body_of_another_family_cannot_be_stated(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, bodies: Bodies
) -> None:
    path, _ = wham(tmp_path, bodies)
    with pytest.raises(SefdError, match="these bodies are smpl-neutral, not smplx-neutral"):
        read(path, catalog, dataset, body="smplx-neutral")


def test_annotations_that_the_set_does_not_have_are_told(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, bodies: Bodies
) -> None:
    path, _ = WRITERS["NeuralAnnot of SMPL-X"][1](tmp_path, bodies)
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"4711": content["91"], "4712": {"cam_param": {}}}))
    words = read(path, catalog, dataset).notes
    assert "2 of its 3 annotations are in the set, found by id" in words
    assert "not in the set: 4711" in words
    assert "1 entries hold no parameters and are left out" in words
    path.write_text(json.dumps({"4711": content["91"]}))
    with pytest.raises(SefdError, match="about other annotations: 0 of its 1"):
        read(path, catalog, dataset)


def test_a_file_that_may_be_of_two_bodies_is_asked_about(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog
) -> None:
    path = tmp_path / "out.npz"
    pose = np.random.default_rng(5).normal(scale=0.3, size=(2, 66))
    shape = {"betas": np.zeros((1, 10)), "trans": np.zeros((2, 3))}
    np.savez(path, poses_root=pose[:, :3], poses_body=pose[:, 3:], **shape)
    with pytest.raises(SefdError, match="whether its bodies are smplh or smplx.*out.npz#smplx-neutral"):
        read(path, catalog, dataset)
    for body, count in (("smplx-neutral", 10475), ("smplh-neutral", 6890)):
        (one,) = read(path, catalog, dataset, body).of(photos(dataset)[0]).bodies.values()
        assert len(one.vertices_camera) == count


def test_a_mesh_of_no_known_body_brings_its_own_surface(tmp_path: Path, dataset: Dataset) -> None:
    """A box of 0.4 x 1.6 x 0.2 m, four metres before the set's camera, beside one whose place is unknown."""
    corners = np.array([[x, y, z] for x in (-0.2, 0.2) for y in (-0.8, 0.8) for z in (3.9, 4.1)])
    quads = [(0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (0, 2, 6, 4), (1, 3, 7, 5)]
    folder = tmp_path / "meshes"
    folder.mkdir()
    lines = [f"v {x} {y} {z}" for x, y, z in corners]
    lines += ["f " + " ".join(str(corner + 1) for corner in quad) for quad in quads]
    (folder / "000001_0.obj").write_text("mtllib away.mtl\n" + "\n".join(lines))
    (folder / "000002_0.obj").write_text("\n".join(["f 1 2 3", *lines[:2]]))
    pixels = perspective(corners, 600)
    box = np.concatenate([pixels.min(axis=0), np.ptp(pixels, axis=0)])
    pose = Pose2D("coco17", np.zeros((17, 3)), box, 1.0, "annotation")
    predictions = read(folder, BodyCatalog([]), dataset)
    found = predictions.of(photos(dataset)[1])
    (one,) = found.bodies.values()
    assert one.body.id.startswith("mesh-8-")
    assert len(one.body.faces) == 12
    assert one.camera is not None
    assert one.camera.project_camera(one.vertices_camera) == pytest.approx(pixels, abs=0.01)
    seen = Photo(1, dataset.records[1], poses={"91": pose})
    assert list(named_as_annotated(found.bodies, seen)) == ["91"]
    assert any("1 files are left out" in words for words in predictions.notes)


class Runs:
    def __reduce__(self) -> Any:
        return (eval, ("1/0",))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            {1: {"orig_cam": np.zeros((2, 4)), "pose": np.zeros((2, 70)), "frame_ids": [0, 1]}},
            "not rotations",
        ),
        ({1: {"orig_cam": np.zeros((1, 4)), "pose": np.zeros((2, 72)), "frame_ids": [0, 1]}}, "damaged"),
        ({"a.jpg": {"smpl": [{"betas": np.zeros(10)}], "camera": [np.zeros(3)]}}, "PHALP, and is damaged"),
        ({"a.jpg": {"smpl": [], "camera": []}}, "nobody is in this file of PHALP"),
        ({"a.jpg": {"gt_bbox": np.zeros((1, 4)), "extra_data": {}}}, "boxes and no bodies"),
        (
            {"anything": np.zeros((3, 4))},
            r"not a file of bodies in a known format; it holds anything \(3, 4\)",
        ),
        ({0: {"pose": Runs()}}, "asks to run '.*eval'"),
        (
            {"pose": np.zeros((2, 72)), "betas": 0, "camera": np.zeros((2, 3)), "pred_joints": 0},
            "names no pictures: its rows are those of the evaluated table",
        ),
        ({"7": {"smpl_param": {"pose": np.zeros(70), "shape": [0], "trans": [0, 0, 1]}}}, "pose is .70,"),
        (
            {
                "camera_rotation": np.eye(3)[None],
                "camera_translation": np.zeros((1, 3)),
                "betas": np.zeros((1, 10)),
                "global_orient": np.zeros((1, 3)),
                "body_pose": np.zeros((1, 32)),
            },
            "32 numbers of VPoser",
        ),
    ],
)
def test_damaged_lying_and_hostile_files_give_words(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, content: Any, words: str
) -> None:
    path = tmp_path / "results.pkl"
    path.write_bytes(pickle.dumps(content))
    with pytest.raises(SefdError, match=words):
        read(path, catalog, dataset)


@pytest.mark.parametrize("kept", [3, 40, -30])
def test_half_a_file_of_joblib_is_refused(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, bodies: Bodies, kept: int
) -> None:
    for write in (wham, phalp):
        path, _ = write(tmp_path, bodies)
        path.write_bytes(path.read_bytes()[:kept])
        with pytest.raises(SefdError, match=r"cannot be read|not a file of bodies|damaged"):
            read(path, catalog, dataset)


@pytest.mark.parametrize("case", ["GVHMR", "SAM 3D Body", "CLIFF"])
def test_flipped_bytes_of_an_archive_give_words(tmp_path: Path, bodies: Bodies, case: str) -> None:
    path, _ = WRITERS[case][1](tmp_path, bodies)
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(30):
        damaged = bytearray(whole)
        damaged[-int(rng.integers(1, 1500))] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        with suppress(SefdError):
            people_in(read_stored(path), path)


def test_arrays_larger_than_their_file_take_no_memory(tmp_path: Path) -> None:
    path = joblib_dump({"a": np.zeros((4, 4))}, tmp_path / "a.pkl")
    path.write_bytes(path.read_bytes().replace(b"K\x04K\x04\x86", b"J\xff\xff\xff\x7fK\x04\x86"))
    with pytest.raises(SefdError, match="cannot be read"):
        read_stored(path)


@pytest.mark.parametrize("legacy", [True, False])
def test_tensors_are_read_without_torch(tmp_path: Path, legacy: bool) -> None:
    whole = torch.arange(24.0).reshape(2, 3, 4)
    tensors = {"turned": whole.permute(2, 0, 1), "part": whole[1, 1:], "half": whole.bfloat16() + 0.5}
    tensors["learnt"] = torch.nn.Parameter(whole.double())
    torch.save(tensors, tmp_path / "x.pt", _use_new_zipfile_serialization=not legacy)
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(tensors))
    for name in ("x.pt", "x.pkl"):
        found = read_stored(tmp_path / name)
        for key, tensor in tensors.items():
            assert np.array_equal(found[key], tensor.detach().float().numpy()), (name, key)


def test_a_program_is_not_run(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.pt", "w") as archive:
        archive.writestr("model/code/__torch__.py", "print('hello')")
        archive.writestr("model/data.pkl", pickle.dumps({}))
    with pytest.raises(SefdError, match="TorchScript"):
        read_stored(tmp_path / "model.pt")


def annotated_as_seen(root: Path, body: BodyModel, pose: Any, place: Any) -> Any:
    """Write the 2D joints (17, 2) of the only person's body into the annotation."""
    output = body.forward(SmplParameters.from_pose(body.id, pose, np.zeros(10), place))
    seen = perspective(body.joints(*output, "coco17"), 300, [160, 120])
    file = root / "annotations" / "person_keypoints_train2017.json"
    content = json.loads(file.read_text())
    content["annotations"][0]["keypoints"] = np.column_stack([seen, np.full(17, 2)]).ravel().tolist()
    file.write_text(json.dumps(content))
    return seen


def evaluated(set_root: Path, path: Path, models: Path, run: Path) -> dict[str, Any]:
    """The row of the only person of a set for a file of predictions."""
    dataset = open_dataset(set_root, options=ReadOptions(bodies=(str(models),)))
    methods = [Method("theirs", predictions=str(path))]
    options = RunOptions(device="cpu", bodies=(str(models),))
    store = RunStore(run, RunPlan.of(dataset, methods, settings_of(options)))
    Runner(dataset, methods, options).run(store, range(1))
    return store.table().row(0, named=True)


def test_the_truth_itself_has_no_error_in_any_pose(tmp_path: Path, models: Path) -> None:
    """Joints that the skeleton turns about and those measured on the skin differ in a bent body."""
    root = mscoco_set(tmp_path / "MSCOCO")
    pose = np.array(upright()) + np.random.default_rng(2).normal(scale=0.4, size=72) * (np.arange(72) > 2)
    file = root / "annotations" / "MSCOCO_train_SMPL_NeuralAnnot.json"
    content = json.loads(file.read_text())
    content["101"]["smpl_param"]["pose"] = pose.tolist()
    file.write_text(json.dumps(content))
    annotated_as_seen(root, BodyCatalog([models]).get("smpl-neutral"), pose, np.array([0.0, 0.2, 3.0]))
    common = {"imgname": np.array(["000000000001.jpg"]), "shape": np.zeros((1, 10)), "pose": pose[None]}
    np.savez(tmp_path / "cliff.npz", global_t=[[0.0, 0.2, 3.0]], focal_l=np.array([300.0]), **common)
    same = evaluated(root, tmp_path / "cliff.npz", models, tmp_path / "run")
    assert same["kind"] == "annotated"
    assert same["mpvpe_mm"] == pytest.approx(0, abs=1e-3)
    assert same["mpjpe_mm"] == pytest.approx(0, abs=1e-3)


def test_smpl_smplx_and_mhr_are_measured_against_the_same_truth(tmp_path: Path, models: Path) -> None:
    root = mscoco_set(tmp_path / "MSCOCO")
    pose, place = np.array([upright()]), np.array([[0.0, 0.2, 3.0]])
    seen = annotated_as_seen(root, BodyCatalog([models]).get("smpl-neutral"), pose[0], place[0])
    name = np.array(["000000000001.jpg"])
    common = {"imgname": name, "shape": np.zeros((1, 10))}
    np.savez(tmp_path / "a_cliff.npz", pose=pose, global_t=place, focal_l=np.array([300.0]), **common)
    same = evaluated(root, tmp_path / "a_cliff.npz", models, tmp_path / "run")
    assert same["kind"] == "annotated"
    assert same["mpjpe_mm"] == pytest.approx(0, abs=1e-3)
    assert same["mpvpe_mm"] == pytest.approx(0, abs=1e-3)

    K, extrinsics = np.array([[[300.0, 0, 160], [0, 300, 120], [0, 0, 1]]]), np.eye(4)[None].copy()
    whole = np.concatenate([pose[:, :66], np.zeros((1, 99))], axis=1)
    np.savez(tmp_path / "b.npz", pose_cam=whole, trans_cam=place, cam_ext=extrinsics, cam_int=K, **common)
    whole_body = evaluated(root, tmp_path / "b.npz", models, tmp_path / "run-b")
    assert whole_body["mpjpe_mm"] > 1
    assert whole_body["mpvpe_mm"] is None
    assert "different meshes" in whole_body["problem"]

    joints = np.random.default_rng(0).normal(scale=0.1, size=(70, 3))
    coco = [*range(9), 62, 41, *range(9, 15)]  # MHR's joints in COCO's order
    joints[coco] = np.column_stack([(seen - [160, 120]) / 300 * 3, np.zeros(17)])
    points = (joints + [0, 0, 3])[:, :2] / (joints + [0, 0, 3])[:, 2:] * 300 + [160, 120]
    found = {"pred_vertices": np.zeros((18439, 3)), "pred_keypoints_3d": joints}
    np.savez(tmp_path / f"{name[0][:-4]}_0.npz", pred_keypoints_2d=points, pred_cam_t=[0, 0, 3.0], **found)
    surface = evaluated(root, tmp_path / f"{name[0][:-4]}_0.npz", models, tmp_path / "run-c")
    assert surface["reprojection_px"] == pytest.approx(0, abs=0.01)
    assert surface["mpjpe_mm"] is None
    assert "MHR has no joint Pelvis, Torso, Head_top" in surface["problem"]


def test_frames_that_begin_elsewhere_and_one_of_several_sequences(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, bodies: Bodies
) -> None:
    """A file that counts from 1, about the second of two folders."""
    path, expected = wham(tmp_path, bodies)
    content = read_stored(path)
    content[0]["frame_ids"] = content[0]["frame_ids"] + 1
    joblib_dump(content, path)
    others = [
        replace(one, key=f"b/{one.key}", image_path=tmp_path / "b" / one.key) for one in dataset.records
    ]
    both = replace(dataset, records=[*dataset.records, *others])
    stated = parse_method(f"theirs={path}#smpl-neutral,frames+1,in=b")
    assert (stated.body, stated.later, stated.within) == ("smpl-neutral", 1, "b")
    assert stated.identity() != parse_method(f"theirs={path}#smpl-neutral").identity()
    found = FilePredictions(stated, catalog.get, both)
    people = {photo.position: found.of(photo).bodies for photo in photos(both)}
    assert [place for place, one in people.items() if one] == [3 + place for place, _ in expected]
    assert "photo k of b taken for frame k+1" in found.notes[1]
    content[0]["frame_ids"] = np.array([1, 5])
    slower = FilePredictions(
        parse_method(f"theirs={joblib_dump(content, path)}#frames*4+1,in=b"), catalog.get, both
    )
    assert [photo.position for photo in photos(both) if slower.of(photo).bodies] == [3, 4]
    assert "photo k of b taken for frame 4k+1" in slower.notes[1]
    with pytest.raises(SefdError, match="no photo lies in 'c'.*There are b, frames"):
        FilePredictions(parse_method(f"theirs={path}#in=c"), catalog.get, both)
    with pytest.raises(
        SefdError, match="'frame' is neither a role nor a body.*frames.2, frames.4, in=FOLDER, near=0.4"
    ):
        parse_method(f"theirs={path}#frame")


def test_pictures_of_several_cameras_are_found_by_their_folders(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, bodies: Bodies
) -> None:
    """The path of a frame names its camera; numbers that are said to count otherwise count before names."""

    def seen(path: Path, said: str = "") -> tuple[list[int], tuple[str, ...]]:
        found = FilePredictions(parse_method(f"theirs={path}{said}"), catalog.get, both)
        return [photo.position for photo in photos(both) if found.of(photo).bodies], found.notes

    records = [
        replace(one, key=f"{cam}/{one.key}", image_path=tmp_path / cam / one.key, view=cam)
        for cam in ("cam1", "cam2")
        for one in dataset.records
    ]
    both = replace(dataset, records=records)
    path, _ = phalp(tmp_path, bodies)
    of_walk = read_stored(path)
    second = {name.replace("walk", "cam2"): frame for name, frame in of_walk.items()}
    assert seen(joblib_dump(second, path))[0] == [3, 5]
    assert "2 of its 2 pictures are in the set, found by name" in seen(path)[1]
    assert seen(joblib_dump(second, path), "#frames-1")[0] == [4]
    assert seen(path, "#in=cam1")[0] == [0, 2]
    first = {name.replace("cam2", "cam1"): frame for name, frame in second.items()}
    assert seen(joblib_dump(first | second, path))[0] == [0, 2, 3, 5]
    assert "not in the set: outputs/_DEMO/walk" in str(seen(joblib_dump(first | of_walk, path))[1])


def test_meshes_named_by_camera_frame_and_person_are_found(tmp_path: Path, dataset: Dataset) -> None:
    records = [
        replace(one, key=f"{cam}/{one.key}", image_path=tmp_path / cam / one.key)
        for cam in ("cam1", "cam2")
        for one in dataset.records
    ]
    (tmp_path / "meshes").mkdir()
    triangle = "v 0 0 5\nv 0.3 0 5\nv 0 0.3 5\nf 1 2 3\n"
    for name in ("cam2_000001_0", "cam2_000001_1", "cam1-000002_0"):
        (tmp_path / "meshes" / f"{name}.obj").write_text(triangle)
    both = replace(dataset, records=records)
    found = FilePredictions(parse_method(f"theirs={tmp_path / 'meshes'}"), BodyCatalog().get, both)
    assert [len(found.of(photo).bodies) for photo in photos(both)] == [0, 0, 1, 0, 2, 0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"transl": np.full((3, 3), np.nan)}, "not finite"),
        ({"betas": np.full((3, 10), 1e30)}, "enormous"),
        ({"transl": np.zeros((3, 3))}, "at or behind its own camera"),
        ({"K": np.full((3, 3, 3), np.nan)}, "its camera cannot be used"),
        ({"K": np.zeros((3, 3, 3))}, "its camera cannot be used"),
    ],
)
def test_numbers_that_make_no_body_are_told_for_each_person(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, change: dict[str, Any], words: str
) -> None:
    K = np.array([[800.0, 0, 320], [0, 800, 240], [0, 0, 1]])
    incam = {"global_orient": np.zeros((3, 3)), "body_pose": np.zeros((3, 63)), "betas": np.zeros((3, 10))}
    incam |= {"transl": np.full((3, 3), 5.0)} | {name: one for name, one in change.items() if name != "K"}
    content = {"smpl_params_incam": incam, "K_fullimg": change.get("K", np.tile(K, (3, 1, 1)))}
    path = tmp_path / "hmr4d_results.pkl"
    path.write_bytes(pickle.dumps(content | {"smpl_params_global": incam}))
    found = [read(path, catalog, dataset).of(photo) for photo in photos(dataset)]
    assert [len(one.bodies) for one in found] == [0, 0, 0]
    assert all(words in why for one in found for why in one.refused.values())
