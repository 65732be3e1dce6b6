"""SMPL-H and SMPL-X out of files in their published layouts: equal to smplx, with hands and face."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.body.files import load_body
from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters, hand_bends
from sefd_viewer.body.smpl_layout import body_from_smpl
from sefd_viewer.cli.probes import largest_difference, probe_smplx
from sefd_viewer.errors import BodyError
from tests.owners_files import expressive_arrays, smpl_arrays, write_body

smplx = pytest.importorskip("smplx")
COUNT = 3


def written(folder: Path, family: str, ending: str, **changes: Any) -> Path:
    return write_body(folder / f"{family.upper()}_MALE{ending}", expressive_arrays(family) | changes)


def of_smplx(path: Path, family: str, inputs: dict[str, NDArray[Any]], **options: Any) -> Any:
    """smplx's own reading of the same file, in double precision."""
    made = {"smplh": smplx.SMPLH, "smplx": smplx.SMPLX}[family]
    layer = made(
        str(path), gender="male", ext=path.suffix[1:], batch_size=COUNT, dtype=torch.float64, **options
    )
    return layer(**{name: torch.tensor(values, dtype=torch.float64) for name, values in inputs.items()})


def ours(body: BodyModel, inputs: dict[str, NDArray[Any]], *, flat: bool) -> Any:
    """The same people through our own parameters."""
    people = []
    for row in range(COUNT):
        one = {name: values[row] for name, values in inputs.items()}
        hands = hand_bends(body.hands, one["left_hand_pose"], one["right_hand_pose"], flat_mean=flat)
        face = [one[name] for name in ("jaw_pose", "leye_pose", "reye_pose") if name in one]
        pose = np.concatenate([one["body_pose"], *face, hands])
        known = {
            name: one[name] for name in ("global_orient", "betas", "transl", "expression") if name in one
        }
        people.append(body.forward(SmplParameters(body.id, body_pose=pose, **known)))
    return np.stack([one.vertices for one in people]), np.stack([one.joints for one in people])


@pytest.mark.parametrize(
    ("family", "ending", "flat", "components"),
    [
        ("smplh", ".pkl", True, 45),
        ("smplh", ".pkl", False, 6),
        ("smplx", ".pkl", True, 12),
        ("smplx", ".npz", False, 45),
    ],
)
def test_the_same_file_gives_the_same_body_as_smplx(
    tmp_path: Path, family: str, ending: str, flat: bool, components: int
) -> None:
    path = written(tmp_path, family, ending)
    rng = np.random.default_rng(5)
    sizes = {"global_orient": 3, "body_pose": 63, "betas": 10, "transl": 3}
    sizes |= {"left_hand_pose": components, "right_hand_pose": components}
    if family == "smplx":
        sizes |= {"jaw_pose": 3, "leye_pose": 3, "reye_pose": 3, "expression": 10}
    inputs = {name: rng.normal(scale=0.4, size=(COUNT, size)) for name, size in sizes.items()}
    principal = components < 45
    options = {"num_pca_comps": components} if principal else {}
    theirs = of_smplx(path, family, inputs, use_pca=principal, flat_hand_mean=flat, **options)
    body = load_body(path)
    vertices, joints = ours(body, inputs, flat=flat)
    assert body.id.startswith(f"{family}-male-")
    assert_allclose(vertices, theirs.vertices.detach().numpy(), atol=1e-5)
    assert_allclose(joints, theirs.joints.detach().numpy()[:, : body.joint_set.count], atol=1e-5)


def test_all_300_betas_and_100_expressions_count(tmp_path: Path) -> None:
    path = written(tmp_path, "smplx", ".npz")
    rng = np.random.default_rng(2)
    inputs = {"betas": rng.normal(size=(COUNT, 300)), "expression": rng.normal(size=(COUNT, 100))}
    theirs = of_smplx(path, "smplx", inputs, num_betas=300, num_expression_coeffs=100, flat_hand_mean=True)
    body = load_body(path)
    still = np.zeros((COUNT, 3)), np.zeros((COUNT, 162))
    found = body.forward_batch(*still, inputs["betas"], np.zeros((COUNT, 3)), inputs["expression"])
    assert_allclose(found.vertices, theirs.vertices.detach().numpy(), atol=1e-5)


def test_the_short_file_of_smplx_has_ten_betas_and_ten_expressions(tmp_path: Path) -> None:
    shapes = expressive_arrays("smplx")["shapedirs"][:, :, :20]
    body = load_body(written(tmp_path, "smplx", ".npz", shapedirs=shapes))
    assert (body.betas_count, body.expressions) == (10, 10)


def test_joints_of_one_name_are_the_same_point_in_all_three_bodies(tmp_path: Path) -> None:
    smpl = load_body(write_body(tmp_path / "SMPL_MALE.pkl", smpl_arrays(1)))
    for family, count in (("smplh", 52), ("smplx", 55)):
        body = load_body(written(tmp_path, family, ".npz"))
        rest = body.forward_batch(
            *(np.zeros((1, size), np.float32) for size in (3, 3 * count - 3, 10, 3)),
        )
        vertices, chain = rest.vertices[0], rest.joints[0]
        for name in ("coco17", "coco19", "human36m17", "crowdpose14", "graph15"):
            assert (
                body.joints(vertices, chain, name).shape
                == smpl.joints(np.zeros((6890, 3)), np.zeros((24, 3)), name).shape
            )
        by_name = dict(zip(body.joint_set.names, body.parents, strict=True))
        parent = body.joint_set.names[by_name["L_Elbow"]]
        assert parent == "L_Shoulder"
        assert body.joint_set.names[by_name["R_Thumb1"]] == "R_Wrist"
        assert_array_equal(body.joints(vertices, chain, "human36m17")[13], chain[20])
        with pytest.raises(BodyError, match="has no joint L_Hand, R_Hand of the joint set 'smpl24'"):
            body.joints(vertices, chain, "smpl24")


def test_hands_that_the_file_does_not_describe_are_asked_for(tmp_path: Path) -> None:
    amass = {name: value for name, value in expressive_arrays("smplh").items() if "hands" not in name}
    body = load_body(write_body(tmp_path / "smplh" / "male" / "model.npz", amass))
    assert body.id.startswith("smplh-male-")
    assert_array_equal(hand_bends(body.hands, np.ones(45), np.zeros(45), flat_mean=True)[:45], np.ones(45))
    with pytest.raises(BodyError, match="relative to the relaxed hand.*hands_meanl"):
        hand_bends(body.hands, np.ones(45), np.ones(45))
    with pytest.raises(BodyError, match="6 principal components, the body's file describes 0"):
        hand_bends(body.hands, np.ones(6), np.ones(6), flat_mean=True)


def test_parameters_of_another_family_are_refused(tmp_path: Path) -> None:
    body = load_body(written(tmp_path, "smplx", ".npz"))
    plain = SmplParameters.from_pose(body.id, np.zeros(72), np.zeros(10), np.zeros(3))
    with pytest.raises(BodyError, match="turn 24 joints, 'smplx-male-.*' has 55"):
        body.forward(plain)
    with pytest.raises(BodyError, match="belong to the body 'smpl-male'"):
        body.forward(SmplParameters.from_pose("smpl-male", np.zeros(72), np.zeros(10), np.zeros(3)))
    zeros = np.zeros((1, 3)), np.zeros((1, 162)), np.zeros((1, 301)), np.zeros((1, 3))
    with pytest.raises(BodyError, match="301 betas .* which has 300 and 100"):
        body.forward_batch(*zeros)


def test_a_catalog_tells_families_apart(tmp_path: Path) -> None:
    smpl = write_body(tmp_path / "SMPL_MALE.pkl", smpl_arrays(1))
    nameless = write_body(tmp_path / "expressive.npz", expressive_arrays("smplx"))
    catalog = BodyCatalog([smpl, nameless])
    assert catalog.get("smplx-neutral").id.startswith("smplx-neutral-")
    assert catalog.get("smpl-male").joint_set.name == "smpl24"
    assert catalog.find("smplh-male") is None
    assert "expressive.npz: the file's name gives no gender" in catalog.notes[0]


@pytest.mark.parametrize("family", ["smpl", "smplh", "smplx"])
def test_doctor_proves_an_owners_file(tmp_path: Path, family: str) -> None:
    arrays = smpl_arrays(1) if family == "smpl" else expressive_arrays(family)
    path = write_body(tmp_path / f"{family.upper()}_MALE.pkl", arrays)
    assert largest_difference(path) < 1e-5
    assert probe_smplx(str(path)).startswith(f"{path}: equal, largest difference 0.00")


def test_doctor_tells_a_file_that_is_no_body(tmp_path: Path) -> None:
    path = write_body(tmp_path / "MANO_LEFT.pkl", {"v_template": np.zeros((778, 3))})
    assert "not compared (BodyError" in probe_smplx(str(path))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"hands_meanl": np.zeros(44)}, "do not describe hands of 15 joints"),
        ({"shapedirs": np.zeros((10475, 3, 9))}, r"'shapedirs' has shape \(10475, 3, 9\)"),
        ({"posedirs": np.zeros((10475, 3, 207))}, r"'posedirs' has shape"),
        ({"J_regressor": np.zeros((54, 10475))}, r"'J_regressor' has shape \(54, 10475\)"),
        ({"weights": np.zeros((10475, 24))}, "another body with 24 joints, not SMPL-X"),
        ({"kintree_table": np.zeros((2, 24))}, "the joint tree is not SMPL-X's"),
    ],
)
def test_a_damaged_file_is_refused_in_words(change: dict[str, Any], words: str) -> None:
    with pytest.raises(BodyError, match=f"SMPLX_MALE.npz: .*{words}"):
        body_from_smpl(expressive_arrays("smplx") | change, Path("SMPLX_MALE.npz"))
