"""SKEL's files, and HSMR's predictions of it: posed by body-models out of what was read safely."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csc_matrix
from scipy.spatial.transform import Rotation

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.body.files import load_body
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.body.skel import SkelBody
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import BodyError, SefdError
from sefd_viewer.evaluation.runs.file_predictions import FilePredictions
from sefd_viewer.evaluation.runs.methods import parse_method
from sefd_viewer.evaluation.runs.photos import Photo
from sefd_viewer.recognition.kinds import look_at
from tests.owners_files import smpl_arrays

pytest.importorskip("body_models")

TREE = [-1, 0, 1, 2, 3, 4, 0, 6, 7, 8, 9, 0, 11, 12, 12, 14, 15, 16, 17, 12, 19, 20, 21, 22]
"""Parents of SKEL's bones: legs, spine, head, arms."""


def skel_arrays() -> dict[str, Any]:
    """The arrays of a SKEL file: points around SMPL's joints, where its bones rest, too."""
    smpl, rng = smpl_arrays(3), np.random.default_rng(4)
    places = [0, 2, 5, 8, 8, 11, 1, 4, 7, 7, 10, 3, 6, 15, 14, 17, 19, 19, 21, 13, 16, 18, 18, 20]
    osim = np.zeros((24, 6890))
    osim[np.arange(24), places] = 1
    osim[:, 500:524] += np.eye(24) * 0.5
    osim /= osim.sum(axis=1, keepdims=True)
    apose = np.tile(np.eye(4), (24, 1, 1))
    apose[:, :3, 3] = rng.normal(size=(24, 3))
    return {
        "skin_template_v": smpl["v_template"],
        "skin_template_f": smpl["f"],
        "shapedirs": smpl["shapedirs"],
        "posedirs": smpl["posedirs"],
        "skin_weights": csc_matrix(np.eye(24)[rng.integers(0, 24, 6890)]),
        "J_regressor": csc_matrix(smpl["J_regressor"]),
        "J_regressor_osim": csc_matrix(osim),
        "osim_kintree_table": np.array([TREE, range(24)]),
        "apose_rel_transfo": apose,
        "per_joint_rot": np.tile(np.eye(3), (24, 1, 1)),
        "skel_template_v": np.zeros((3, 3)),
        "bone_names": ["pelvis"] * 24,
    }


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    (folder / "skel_male.pkl").write_bytes(pickle.dumps(skel_arrays(), protocol=2))
    return folder


@pytest.fixture(scope="module")
def body(models: Path) -> SkelBody:
    found = load_body(models / "skel_male.pkl")
    assert isinstance(found, SkelBody)
    return found


def test_the_resting_body_is_the_shaped_skin_and_the_pelvis_turns_all(body: SkelBody) -> None:
    """By hand: template and betas; then tilt about z, list about x, turn about y, about the pelvis' place."""
    arrays, betas = skel_arrays(), np.random.default_rng(5).normal(size=10)
    shaped = arrays["skin_template_v"] + arrays["shapedirs"] @ betas
    np.testing.assert_allclose(body.posed(np.zeros(46), betas), shaped, atol=1e-5)
    angles = np.zeros(46)
    angles[:3] = 0.3, -0.4, 0.9
    turn = Rotation.from_euler("zxy", angles[:3]).as_matrix()
    pelvis = (arrays["J_regressor_osim"] @ shaped)[0]
    expected = (shaped - pelvis) @ turn.T + pelvis
    np.testing.assert_allclose(body.posed(angles, betas), expected, atol=1e-4)


def test_a_knee_bends_what_hangs_on_it_alone(body: SkelBody) -> None:
    """Angle 6 is the right knee's, about -z: shin and foot move, and turn about the knee."""
    angles = np.zeros(46)
    angles[6] = 0.8
    arrays = skel_arrays()
    bone = np.argmax(arrays["skin_weights"].toarray(), axis=1)
    still = {"posedirs": np.zeros((6890, 3, 207))}
    rigid = replace(body, arrays={**body.arrays, **still})
    moved = rigid.posed(angles, np.zeros(10)) - rigid.posed(np.zeros(46), np.zeros(10))
    below = np.isin(bone, [2, 3, 4, 5])
    assert np.abs(moved[~below]).max() < 1e-5
    assert np.linalg.norm(moved[below], axis=1).mean() > 0.05


def test_smpls_rotations_do_not_pose_it(body: SkelBody) -> None:
    smpl = SmplParameters(body.id, np.zeros(3), np.zeros(69), np.zeros(10), np.zeros(3))
    with pytest.raises(BodyError, match="posed by its own 46 angles"):
        body.forward(smpl)


SIZE = (1280, 720)


def dataset(folder: Path, size: tuple[int, int] = SIZE) -> Dataset:
    names = ["one.jpg", "two.jpg"]
    return Dataset("frames", folder, "images", [Record(n, n, folder / n, size=size) for n in names])


def predictions() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(8)
    return {
        "patch_cam_t": np.zeros((2, 3), np.float32),
        "poses": rng.normal(scale=0.1, size=(2, 46)).astype(np.float32),
        "betas": rng.normal(size=(2, 10)).astype(np.float32),
        "full_cam_t": np.array([[0.5, 0.2, 25.0], [-0.6, 0.1, 30.0]], np.float32),
        "bbx_cs": np.array([[600.0, 300, 200], [500, 300, 220]]),
    }


@pytest.mark.parametrize(
    ("size", "focal"), [(SIZE, 5000.0), ((1440, 2160), 10000.0), ((3840, 1080), 10000.0)]
)
def test_people_of_hsmr_land_where_it_draws_them(
    tmp_path: Path, models: Path, body: SkelBody, size: tuple[int, int], focal: float
) -> None:
    """5000 pixels of the picture that it makes smaller where that is higher than 1080 or wider than 1920."""
    found = predictions()
    np.savez(tmp_path / "HSMR-one.jpg.npz", **found)
    method = parse_method(f"theirs={tmp_path / 'HSMR-one.jpg.npz'}")
    there = dataset(tmp_path, size)
    read = FilePredictions(method, BodyCatalog([models]).get, there)
    people = read.of(Photo(0, there.records[0]))
    assert not people.refused
    for row, one in enumerate(people.bodies.values()):
        vertices = body.posed(found["poses"][row], found["betas"][row]) + found["full_cam_t"][row]
        expected = vertices[:, :2] / vertices[:, 2:] * focal + np.array(size) / 2
        assert one.camera is not None
        assert np.abs(one.camera.project_camera(one.vertices_camera) - expected).max() < 1
    assert not read.of(Photo(1, there.records[1])).bodies


def test_people_of_a_video_go_by_frames(tmp_path: Path, models: Path) -> None:
    one, path = predictions(), tmp_path / "HSMR-clip.npy"
    np.save(path, np.array([one, one], dtype=object), allow_pickle=True)
    there = dataset(tmp_path)
    read = FilePredictions(parse_method(f"t={path}"), BodyCatalog([models]).get, there)
    assert [len(read.of(Photo(k, record)).bodies) for k, record in enumerate(there.records)] == [2, 2]


def test_what_it_is_and_what_is_missing(tmp_path: Path, models: Path) -> None:
    np.savez(tmp_path / "HSMR-one.jpg.npz", **predictions())
    (told,) = look_at(tmp_path / "HSMR-one.jpg.npz").told
    assert told.what == "bodies of HSMR"
    assert "the body skel-male is not here" in told.missing[0]
    (told,) = look_at(tmp_path / "HSMR-one.jpg.npz", BodyCatalog([models])).told
    assert told.missing == ()
    (told,) = look_at(models / "skel_male.pkl").told
    assert told.what.startswith("the body skel-male-")


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("true",)


def lacking(name: str) -> dict[str, Any]:
    return {key: value for key, value in skel_arrays().items() if key != name}


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        (lacking("per_joint_rot"), "has no 'per_joint_rot'"),
        (skel_arrays() | {"posedirs": np.zeros((6890, 3, 93))}, "'posedirs' is"),
        (skel_arrays() | {"skin_weights": np.full((6890, 24), np.nan)}, "not finite"),
        (skel_arrays() | {"skin_template_f": np.full((5, 3), 9000)}, "'skin_template_f' are not triangles"),
        (skel_arrays() | {"extra": Evil()}, "asks to run '(os|posix).system'"),
    ],
)
def test_damaged_files_are_told(tmp_path: Path, arrays: dict[str, Any], words: str) -> None:
    (tmp_path / "skel_female.pkl").write_bytes(pickle.dumps(arrays))
    with pytest.raises(BodyError, match=words):
        load_body(tmp_path / "skel_female.pkl")


def test_lying_predictions_are_told(tmp_path: Path, models: Path) -> None:
    catalog, there = BodyCatalog([models]), dataset(tmp_path)
    path = tmp_path / "one.npz"
    np.savez(path, **predictions() | {"full_cam_t": np.zeros((3, 3))})
    with pytest.raises(SefdError, match=r"file of HSMR, and is damaged .*full_cam_t"):
        FilePredictions(parse_method(f"t={path}"), catalog.get, there)
    np.savez(path, **predictions() | {"poses": np.full((2, 46), np.nan)})
    people = FilePredictions(parse_method(f"t={path}"), catalog.get, there).of(Photo(0, there.records[0]))
    assert "46 finite angles" in next(iter(people.refused.values()))
    with pytest.raises(SefdError, match="these bodies are skel-male, not smpl-neutral"):
        FilePredictions(parse_method(f"t={path}#smpl-neutral"), catalog.get, there)
