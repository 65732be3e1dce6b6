"""Licensed SMPL files are found and read under all their names, and others are refused in words."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from numpy.testing import assert_allclose, assert_array_equal

from sefd_viewer.body import BodyModel, SmplParameters, find_bodies, load_body
from sefd_viewer.body.smpl_layout import body_from_smpl, gender_of
from sefd_viewer.errors import BodyError
from sefd_viewer.resources import resource_path


def write_npz(path: Path, arrays: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays)
    return path


def test_the_same_body_has_the_same_id_in_both_kinds_of_file(
    tmp_path: Path, small_arrays: dict[str, Any]
) -> None:
    npz = load_body(write_npz(tmp_path / "SMPL_FEMALE.npz", small_arrays))
    pickled = tmp_path / "basicModel_f_lbs_10_207_0_v1.0.0.pkl"
    pickled.write_bytes(pickle.dumps(small_arrays, protocol=2))
    assert load_body(pickled).id == npz.id
    assert npz.id.startswith("smpl-female-")
    assert len(npz.id) == len("smpl-female-") + 8


@pytest.mark.parametrize(
    ("name", "gender"),
    [
        ("SMPL_NEUTRAL.npz", "neutral"),
        ("basicmodel_m_lbs_10_207_0_v1.1.0.npz", "male"),
        ("basicModel_neutral_lbs_10_207_0_v1.0.0.npz", "neutral"),
        ("female/model.npz", "female"),
        ("body.npz", "unknown"),
    ],
)
def test_the_gender_comes_from_the_name(name: str, gender: str) -> None:
    assert gender_of(Path("bodies", name)) == gender


def test_other_names_and_layouts_of_the_same_arrays(smpl_arrays: dict[str, Any]) -> None:
    usual = body_from_smpl(smpl_arrays, Path("SMPL_MALE.npz"))
    renamed = {
        "v_template": smpl_arrays["v_template"],
        "shapedirs": smpl_arrays["shapedirs"][:, :, :10],
        "posedirs": smpl_arrays["posedirs"].reshape(-1, 207).T,
        "J_regressor": smpl_arrays["J_regressor"],
        "lbs_weights": smpl_arrays["weights"],
        "parents": usual.parents,
        "faces": smpl_arrays["f"].astype(np.int64),
    }
    other = body_from_smpl(renamed, Path("smpl_male_2.npz"))
    person = SmplParameters.from_pose(usual.id, np.full(72, 0.2), np.ones(10), np.zeros(3))
    assert other.id == usual.id
    assert_array_equal(other.faces, usual.faces)
    assert_allclose(other.forward(person).vertices, usual.forward(person).vertices, atol=1e-6)


def test_a_sparse_matrix_saved_in_an_npz(tmp_path: Path, small_arrays: dict[str, Any]) -> None:
    dense = small_arrays["J_regressor"]
    sparse = np.array(scipy.sparse.csc_matrix(dense), dtype=object)
    body = load_body(write_npz(tmp_path / "SMPL_MALE.npz", small_arrays | {"J_regressor": sparse}))
    assert_allclose(body.J_regressor, dense, rtol=1e-6)


def test_face_points_and_the_top_of_the_head(tmp_path: Path, small_arrays: dict[str, Any]) -> None:
    body = load_body(write_npz(tmp_path / "SMPL_MALE.npz", small_arrays))
    assert body.extra_regressor.argmax(axis=1)[:5].tolist() == [331, 2802, 6262, 3489, 3990]
    assert body.extra_regressor[5].argmax() == small_arrays["v_template"][:, 1].argmax()


def test_regressors_beside_the_file_are_used(tmp_path: Path, small_arrays: dict[str, Any]) -> None:
    generator = np.random.default_rng(0)
    extra, human36m, mupots = (generator.random((rows, 6890)) for rows in (9, 17, 28))
    np.save(tmp_path / "J_regressor_extra.npy", extra)
    np.save(tmp_path / "J_regressor_h36m_correct.npy", human36m)
    np.save(tmp_path / "J_regressor_mi_smpl.npy", mupots)
    body = load_body(write_npz(tmp_path / "SMPL_MALE.npz", small_arrays))
    assert_allclose(body.extra_regressor[5], extra[3], rtol=1e-6)
    assert_allclose(body.regressors["human36m17"], human36m, rtol=1e-6)
    assert_allclose(body.regressors["mupots17"], mupots[:17], rtol=1e-6)


def test_a_broken_regressor_beside_the_file_is_named(tmp_path: Path, small_arrays: dict[str, Any]) -> None:
    np.save(tmp_path / "J_regressor_extra.npy", np.zeros((9, 100)))
    with pytest.raises(BodyError, match=r"J_regressor_extra.npy.*shape \(9, 100\)"):
        load_body(write_npz(tmp_path / "SMPL_MALE.npz", small_arrays))


def test_joints_without_regressors_come_from_the_chain(tmp_path: Path, small_arrays: dict[str, Any]) -> None:
    body = load_body(write_npz(tmp_path / "SMPL_MALE.npz", small_arrays))
    output = body.forward(SmplParameters.from_pose(body.id, np.zeros(72), np.zeros(10), np.zeros(3)))
    coco = body.joints(*output, "coco17")
    assert_array_equal(coco[11:13], output.joints[1:3])
    assert_array_equal(coco[0], output.vertices[331])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"v_template": np.zeros((10475, 3))}, "another body with 24 joints, not SMPL-X"),
        ({"v_template": np.zeros((100, 3))}, "a body of 100 vertices, not SMPL"),
        ({"weights": np.zeros((6890, 16))}, "another body with 16 joints, not SMPL or SMPL-H"),
        ({"posedirs": np.zeros((6890, 3, 93))}, "this is STAR"),
        ({"shapedirs": np.zeros((6890, 3, 4))}, r"'shapedirs' has shape \(6890, 3, 4\)"),
        ({"posedirs": np.zeros((6890, 3, 9))}, r"'posedirs' has shape \(6890, 3, 9\)"),
        ({"J_regressor": np.zeros((24, 6889))}, r"'J_regressor' has shape \(24, 6889\)"),
        ({"kintree_table": np.full((2, 24), 30)}, "the joint tree is not SMPL's"),
        ({"v_template": np.full((6890, 3), np.nan)}, "'v_template' does not hold finite numbers"),
        ({"f": np.array(["a"])}, "'f' does not hold finite numbers"),
        ({"f": np.full((5, 3), 6890)}, "'faces'"),
    ],
)
def test_another_body_is_refused_in_words(
    small_arrays: dict[str, Any], change: dict[str, Any], words: str
) -> None:
    with pytest.raises(BodyError, match=rf"SMPL_MALE.npz: .*{words}"):
        body_from_smpl(small_arrays | change, Path("SMPL_MALE.npz"))


def test_a_missing_array_is_named_with_the_way_out(small_arrays: dict[str, Any]) -> None:
    less = {key: value for key, value in small_arrays.items() if key != "weights"}
    with pytest.raises(BodyError, match=r"has no 'weights'.*smpl.is.tue.mpg.de"):
        body_from_smpl(less, Path("SMPL_MALE.npz"))


@pytest.mark.parametrize("content", [b"", b"not a body", b"PK\x03\x04 half of a zip", b"\x80\x02}q\x00"])
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "SMPL_NEUTRAL.pkl"
    path.write_bytes(content)
    with pytest.raises(BodyError, match=r"SMPL_NEUTRAL.pkl.*cannot be read"):
        load_body(path)


def test_half_of_an_npz_is_refused(tmp_path: Path, small_arrays: dict[str, Any]) -> None:
    path = write_npz(tmp_path / "SMPL_NEUTRAL.npz", small_arrays)
    content = bytearray(path.read_bytes())
    content[1000:2000] = bytes(1000)
    path.write_bytes(content)
    with pytest.raises(BodyError, match="cannot be read"):
        load_body(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BodyError, match="no such body file"):
        load_body(tmp_path / "SMPL_NEUTRAL.pkl")


def test_the_open_body_is_recognised(open_body: BodyModel) -> None:
    assert load_body(resource_path("open_body.npz")).id == open_body.id


def test_bodies_are_found_by_what_is_inside(tmp_path: Path) -> None:
    stub = {"v_template": np.zeros((6890, 3))}
    bodies = [
        "SMPL_NEUTRAL.pkl",
        "a/basicModel_f_lbs_10_207_0_v1.0.0.pkl",
        "smpl/female/model.npz",
        "smplh/male/model.npz",
        "SMPLX_NEUTRAL.npz",
        "models_lockedhead/smplx/SMPLX_MALE.pkl",
        "mine.pkl",
    ]
    others = ["star/male/model.npz", "MANO_LEFT.npz", "models/flame/FLAME_MALE.pkl"]
    for name in bodies + others:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".npz"):
            np.savez(path, **stub)
        else:
            path.write_bytes(pickle.dumps(stub, protocol=2))
    np.savez(tmp_path / "weights_f.npz", weights=np.zeros(3))
    (tmp_path / "SMPL_MALE.pkl").write_bytes(b"")
    (tmp_path / "SMPL_MALE.txt").write_text("v_template")
    assert find_bodies(tmp_path) == sorted(tmp_path / name for name in bodies)
    assert find_bodies(tmp_path / "nowhere") == []
