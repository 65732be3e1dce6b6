"""Bodies written for other programs lie there where they lie here."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scipy.spatial.transform import Rotation

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.cli.main import main
from sefd_viewer.datasets import open_dataset
from sefd_viewer.datasets.bodies_out import Motions, motions, write_amass, write_coco, write_glb, write_obj
from sefd_viewer.datasets.body_files.reading import people_in, stored_content
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.errors import DatasetError, SefdError
from sefd_viewer.evaluation.runs.file_predictions import FilePredictions
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.photos import Photo
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.pose2d.files import read_poses

COUNT, RATE = 4, 25.0
UP = (0.0, 0.0, 1.0)


@pytest.fixture
def dataset(tmp_path: Path, open_body: BodyModel) -> Dataset:
    """Two people who move in a world whose z is up; one is there from the third frame on."""
    rng = np.random.default_rng(2)
    betas = rng.normal(size=10)
    camera = PinholeCamera(np.full(2, 500.0), np.array([320.0, 240.0]), t=np.array([0, 0, 6.0]))
    records = []
    for frame in range(COUNT):
        people = []
        for key in ("a", "b") if frame > 1 else ("a",):
            pose = rng.normal(scale=0.3, size=72)
            world = SmplParameters.from_pose(open_body.id, pose, betas, rng.normal(size=3))
            people.append(
                Person(
                    key,
                    smpl=SmplParameters.from_pose(open_body.id, pose, betas, np.array([0.1 * frame, 0, 6.0])),
                    smpl_world=world,
                )
            )
        records.append(
            Record(f"walk/{frame:06d}", "", size=(640, 480), camera=camera, people=tuple(people), world_up=UP)
        )
    return Dataset("walk", tmp_path, "bodies", records)


def found(dataset: Dataset, body: BodyModel) -> Motions:
    return motions(dataset, lambda _id: body)


Y_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0.0]])
"""z up to y up."""


class Glb:
    """A reader of its own: just enough of glTF to skin a mesh at a time."""

    def __init__(self, data: bytes) -> None:
        assert struct.unpack_from("<III", data) == (0x46546C67, 2, len(data))
        size = struct.unpack_from("<I", data, 12)[0]
        self.json = json.loads(data[20 : 20 + size])
        self.binary = data[28 + size :]

    def values(self, number: int) -> np.ndarray:
        one = self.json["accessors"][number]
        view = self.json["bufferViews"][one["bufferView"]]
        kind = {5126: np.float32, 5125: np.uint32, 5121: np.uint8}[one["componentType"]]
        width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}[one["type"]]
        flat = np.frombuffer(self.binary, kind, one["count"] * width, view["byteOffset"])
        return flat if width == 1 else flat.reshape(-1, width)

    def local(self, node: int, time: float) -> np.ndarray:
        entry = self.json["nodes"][node]
        parts = {
            "translation": entry.get("translation", [0, 0, 0]),
            "rotation": entry.get("rotation", [0, 0, 0, 1]),
        }
        animation = self.json["animations"][0]
        for channel in animation["channels"]:
            if channel["target"]["node"] == node:
                sampler = animation["samplers"][channel["sampler"]]
                row = int(np.argmin(np.abs(self.values(sampler["input"]) - time)))
                parts[channel["target"]["path"]] = self.values(sampler["output"])[row]
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_quat(parts["rotation"]).as_matrix()
        matrix[:3, 3] = parts["translation"]
        return matrix

    def globals(self, time: float) -> dict[int, np.ndarray]:
        done: dict[int, np.ndarray] = {}

        def walk(node: int, above: np.ndarray) -> None:
            done[node] = above @ self.local(node, time)
            for child in self.json["nodes"][node].get("children", ()):
                walk(child, done[node])

        for node in self.json["scenes"][0]["nodes"]:
            walk(node, np.eye(4))
        return done

    def posed(self, mesh: int, time: float) -> np.ndarray:
        owner: dict[str, Any] = next(one for one in self.json["nodes"] if one.get("mesh") == mesh)
        skin = self.json["skins"][owner["skin"]]
        attributes = self.json["meshes"][mesh]["primitives"][0]["attributes"]
        rest, joints, weights = (
            self.values(attributes[name]) for name in ("POSITION", "JOINTS_0", "WEIGHTS_0")
        )
        inverse = self.values(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        places = self.globals(time)
        matrices = np.stack([places[node] for node in skin["joints"]]) @ inverse
        blended = np.einsum("vk,vkab->vab", weights, matrices[joints])
        return np.einsum("vab,vb->va", blended, np.column_stack([rest, np.ones(len(rest))]))[:, :3]


def test_a_glb_moves_as_the_bodies_do(tmp_path: Path, dataset: Dataset, open_body: BodyModel) -> None:
    write_glb(found(dataset, open_body), tmp_path / "walk.glb", RATE)
    glb = Glb((tmp_path / "walk.glb").read_bytes())
    assert [one["name"] for one in glb.json["meshes"]] == ["walk_a", "walk_b"]
    for frame, person, mesh in ((0, 0, 0), (3, 0, 0), (2, 1, 1), (3, 1, 1)):
        smpl = dataset.records[frame].people[person].smpl_world
        assert smpl is not None
        known = open_body.forward(smpl).vertices @ Y_UP.T
        np.testing.assert_allclose(glb.posed(mesh, frame / RATE), known, atol=2e-4)


def test_a_glb_is_read_by_others(tmp_path: Path, dataset: Dataset, open_body: BodyModel) -> None:
    write_glb(found(dataset, open_body), tmp_path / "walk.glb", RATE)
    scene = trimesh.load(tmp_path / "walk.glb")
    assert sorted(len(mesh.vertices) for mesh in scene.geometry.values()) == [6890, 6890]


@pytest.mark.parametrize("ending", [".usda", ".usdc"])
def test_a_usd_file_has_every_surface_and_who_is_there(
    tmp_path: Path, dataset: Dataset, open_body: BodyModel, ending: str
) -> None:
    pxr = pytest.importorskip("pxr.Usd")
    from sefd_viewer.datasets.usd_out import write_usd

    write_usd(found(dataset, open_body), tmp_path / f"walk{ending}", RATE)
    stage = pxr.Stage.Open(str(tmp_path / f"walk{ending}"))
    assert (stage.GetTimeCodesPerSecond(), stage.GetMetadata("metersPerUnit")) == (RATE, 1.0)
    assert stage.GetMetadata("upAxis") == "Y"
    second = stage.GetPrimAtPath("/people/person_1")
    assert second.GetAttribute("displayName").Get() == "walk_b"
    assert len(second.GetAttribute("faceVertexIndices").Get()) == open_body.faces.size
    smpl = dataset.records[3].people[1].smpl_world
    assert smpl is not None
    points = np.array(second.GetAttribute("points").Get(3))
    np.testing.assert_allclose(points, open_body.forward(smpl).vertices @ Y_UP.T, atol=1e-5)
    seen = [second.GetAttribute("visibility").Get(frame) for frame in (0, 1, 2, 3)]
    assert seen == ["invisible", "invisible", "inherited", "inherited"]
    with pytest.raises(SefdError, match="not the name of a USD file"):
        write_usd(found(dataset, open_body), tmp_path / "walk.abc", RATE)


def test_obj_files_have_the_surface_of_each_frame(
    tmp_path: Path, dataset: Dataset, open_body: BodyModel
) -> None:
    assert write_obj(found(dataset, open_body), tmp_path / "obj") == COUNT + 2
    lines = (tmp_path / "obj" / "walk_b" / "000002.obj").read_text().splitlines()
    vertices = np.array([line.split()[1:] for line in lines if line.startswith("v ")], float)
    smpl = dataset.records[2].people[1].smpl_world
    assert smpl is not None
    np.testing.assert_allclose(vertices, open_body.forward(smpl).vertices @ Y_UP.T, atol=1e-5)
    mesh = trimesh.load(tmp_path / "obj" / "walk_b" / "000002.obj", process=False)
    np.testing.assert_allclose(mesh.vertices, vertices, atol=1e-6)
    assert (mesh.faces == open_body.faces).all()
    assert mesh.is_watertight
    assert 0.03 < mesh.volume < 0.2, "cubic metres of a person, and faces that look outwards"


def test_surfaces_that_were_written_are_a_method_again(
    tmp_path: Path, dataset: Dataset, open_body: BodyModel
) -> None:
    """As after a way through Blender: before the camera, and of the body whose triangles they have."""
    people = [replace(one.people[0], smpl_world=None) for one in dataset.records]
    records = [
        replace(one, people=(who,), camera=one.camera and replace(one.camera, t=np.zeros(3)))
        for one, who in zip(dataset.records, people, strict=True)
    ]
    before = replace(dataset, records=records)
    write_obj(motions(before, lambda _id: open_body), tmp_path / "obj")
    edited = Method("edited", predictions=str(tmp_path / "obj" / "walk_a"))
    predictions = FilePredictions(edited, lambda _id: open_body, before)
    (one,) = predictions.of(Photo(2, records[2])).bodies.values()
    smpl = people[2].smpl
    assert smpl is not None
    assert one.body is open_body
    np.testing.assert_allclose(one.vertices_camera, open_body.forward(smpl).vertices, atol=1e-5)
    assert any("it is turned into the camera's frame" in words for words in predictions.notes)


def test_amass_files_are_read_again(tmp_path: Path, dataset: Dataset, open_body: BodyModel) -> None:
    assert write_amass(found(dataset, open_body), tmp_path / "amass", RATE) == 2
    with np.load(tmp_path / "amass" / "walk_a_poses.npz") as file:
        assert file["poses"].shape == (COUNT, 156)
        smpl = dataset.records[1].people[0].smpl_world
        assert smpl is not None
        np.testing.assert_allclose(file["poses"][1, :66], smpl.pose[:66], atol=1e-6)
        np.testing.assert_allclose(file["trans"][1], smpl.transl, atol=1e-6)
        assert float(file["mocap_framerate"]) == RATE
    again = open_dataset(tmp_path / "amass" / "walk_a_poses.npz")
    assert (again.format, len(again.records)) == ("bodies", COUNT)
    same = again.records[1].people[0].smpl_world
    assert same is not None
    assert same.body_id == open_body.id
    np.testing.assert_allclose(same.betas, smpl.betas, atol=1e-6)
    later = open_dataset(tmp_path / "amass" / "walk_b_poses.npz")
    assert [len(record.people) for record in later.records] == [0, 0, 1, 1]


@pytest.mark.parametrize("stated", ["smpl", None])
def test_betas_of_smpl_in_a_file_of_52_joints_stay_smpl_s(tmp_path: Path, stated: str | None) -> None:
    """What AMASS leaves to the number of joints the file may say: none of these betas is SMPL-H's."""
    motion = {"poses": np.zeros((2, 156)), "trans": np.zeros((2, 3)), "betas": np.ones(10)}
    said = {} if stated is None else {"surface_model_type": np.array(stated)}
    np.savez(tmp_path / "walk_poses.npz", **motion, gender="female", mocap_framerate=30.0, **said)
    people = people_in(stored_content(tmp_path / "walk_poses.npz"), tmp_path / "walk_poses.npz")
    assert people is not None
    assert {one.body for one in people.people} == {f"{stated or 'smplh'}-female"}


def test_joints_as_coco_results(tmp_path: Path, dataset: Dataset, open_body: BodyModel) -> None:
    assert write_coco(dataset, tmp_path / "found.json", lambda _id: open_body) == COUNT + 2
    (first,) = read_poses(tmp_path / "found.json")["0"]
    smpl, camera = dataset.records[0].people[0].smpl, dataset.records[0].camera
    assert smpl is not None
    assert camera is not None
    body = open_body.forward(smpl)
    known = camera.project_camera(open_body.joints(body.vertices, body.joints, "coco17"))
    np.testing.assert_allclose(first.keypoints[:, :2], known, atol=0.02)
    stored = json.loads((tmp_path / "found.json").read_text())[0]
    np.testing.assert_allclose(np.reshape(stored["keypoints"], (17, 3))[:, :2], known, atol=0.02)
    assert (stored["image_id"], stored["category_id"]) == (0, 1)
    truth = {
        "id": 1,
        "image_id": 0,
        "category_id": 1,
        "keypoints": np.c_[known, np.full(17, 2)].ravel().tolist(),
    }
    truth |= {"num_keypoints": 17, "area": 4000.0, "bbox": [0, 0, 50, 80], "iscrowd": 0}
    (tmp_path / "truth.json").write_text(
        json.dumps({"images": [{"id": 0}], "annotations": [truth], "categories": [{"id": 1}]})
    )
    coco = COCO(tmp_path / "truth.json")
    judged = COCOeval(coco, coco.loadRes(json.loads((tmp_path / "found.json").read_text())[:1]), "keypoints")
    judged.evaluate()
    assert judged.ious[0, 1].max() == pytest.approx(1, abs=1e-4), "OKS of COCO's own evaluation"


def test_the_command_writes_what_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    motion = {"poses": np.zeros((3, 156)), "trans": np.zeros((3, 3)), "betas": np.zeros(16)}
    np.savez(tmp_path / "walk_poses.npz", **motion, gender="male", mocap_framerate=30.0)  # type: ignore[arg-type]
    with pytest.raises(SystemExit) as ended:
        main(["convert", str(tmp_path / "walk_poses.npz"), str(tmp_path / "a.glb"), "--to", "glb"])
    assert ended.value.code == 2
    assert "nobody here has a body that could be written" in capsys.readouterr().err


def test_nobody_is_told(open_body: BodyModel) -> None:
    empty = Dataset("empty", None, "images", [Record("a.jpg", "")])
    with pytest.raises(DatasetError, match="nobody here has a body"):
        motions(empty, lambda _id: open_body)


def test_cameras_that_call_their_pictures_alike_are_told_apart(tmp_path: Path, open_body: BodyModel) -> None:
    sample = open_dataset(None)
    records = [record for record in sample.records if record.moment == sample.records[0].moment]
    people = Dataset("moment", None, "test", records)
    write_coco(people, tmp_path / "found.json", lambda _id: open_body)
    found = read_poses(tmp_path / "found.json")
    assert sorted(found) == [f"cam0{number}/000000.jpg" for number in (1, 2, 3, 4)]
    assert [len(found[name]) for name in sorted(found)] == [len(record.people) for record in records]


def test_pictures_without_an_id_get_none_that_another_has(tmp_path: Path, open_body: BodyModel) -> None:
    """Of joined files some pictures have no number of their own: two would be one for COCO's evaluation."""
    records = open_dataset(None).records[:4]
    people = Dataset("joined", None, "test", [replace(one, key=f"a:{one.key}") for one in records])
    people.__dict__["pictures_by_id"] = {2: people.records[0].key}
    write_coco(people, tmp_path / "found.json", lambda _id: open_body)
    ids = {one["file_name"]: one["image_id"] for one in json.loads((tmp_path / "found.json").read_text())}
    assert sorted(ids.values()) == [2, 4, 5, 6]
    assert ids["cam01/000000.jpg"] == 2
