"""Released checkpoints: their own input convention, their names in the file, and bodies at the end."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import orjson
import pytest
import torch

from sefd_viewer import api
from sefd_viewer.cli.main import main
from sefd_viewer.datasets.sample import make_sample
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.crops import Crop, image_camera, network_camera
from sefd_viewer.geometry.joints import SMPL30, Pose2D
from sefd_viewer.inference import photo_run
from sefd_viewer.inference.messages import PersonInput, PredictRequest, RoleResult
from sefd_viewer.inference.predictor import Predictor
from tests.owners_files import smpl_arrays, standing, write_body, write_checkpoint

SIZE = (640, 480)


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with released checkpoints and a neutral SMPL body, and a photo of somebody with a 2D pose."""
    root = tmp_path_factory.mktemp("owned")
    body = smpl_arrays(3)
    write_checkpoint(root / "SEFD.pth.tar", "student", distilled=True, body=body)
    write_checkpoint(root / "baseline.pth.tar", "baseline", body=body, seed=1)
    write_body(root / "models" / "basicModel_neutral_lbs_10_207_0_v1.0.0.pkl", body)
    picture = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
    cv2.imwrite(str(root / "photo.png"), picture)
    (root / "poses.json").write_text(json.dumps({"photo.png": [standing().tolist()]}))
    return root


def pose(keypoints: np.ndarray, source: str = "file a.json") -> Pose2D:
    names = {17: "coco17", 18: "openpose18"}
    return Pose2D(names[len(keypoints)], keypoints, np.array([100, 30, 120, 190]), 1.0, source)


@pytest.mark.parametrize(
    ("box", "centre", "side"),
    [
        # numbers of 3DCrowdNet's process_bbox, by hand: one pixel less; pushed in on the left and at the top,
        # cut off on the right and at the bottom; then 1.25 times the longer side
        ((100, 50, 80, 200), (139.5, 149.5), 199 * 1.25),
        ((-30, 100, 100, 200), (49.5, 199.5), 199 * 1.25),
        ((100, -40, 80, 120), (139.5, 59.5), 119 * 1.25),
        ((600, 100, 100, 200), (619.5, 199.5), 199 * 1.25),
        ((100, 400, 80, 120), (139.5, 439.5), 79 * 1.25),
        ((-20, -20, 700, 560), (319.5, 239.5), 639 * 1.25),
    ],
)
def test_the_crop_of_a_released_network_is_the_releases(box, centre, side) -> None:
    crop = Crop.from_bbox(box, SIZE, convention="release")
    np.testing.assert_allclose(crop.bbox_xywh[:2] + crop.bbox_xywh[2:] / 2, centre)
    assert crop.bbox_xywh[2] == pytest.approx(side)
    # the middle of the box goes to (128, 128), its right lower corner to (256, 256)
    np.testing.assert_allclose(
        crop.points_to_crop([centre, np.add(centre, side / 2)]), [[128] * 2, [256] * 2]
    )
    np.testing.assert_allclose(crop.points_to_image(crop.points_to_crop([[3.0, 4.0]])), [[3.0, 4.0]])
    point = [[0.1, -0.2, 30.0]]
    seen = image_camera(crop).project_camera(point)
    np.testing.assert_allclose(network_camera(crop).project_camera(point), crop.points_to_crop(seen))
    np.testing.assert_allclose(network_camera(crop).principal_point, [128, 128])


def test_a_box_outside_the_picture_is_refused_in_this_convention_too() -> None:
    with pytest.raises(SefdError, match="no part in the 640x480 image"):
        Crop.from_bbox((-200, 10, 100, 100), SIZE, convention="release")


@pytest.mark.parametrize("count", [17, 18])
def test_joints_lie_at_a_quarter_of_their_crop_pixels_and_pixels_where_the_release_has_them(count) -> None:
    keypoints = standing(count)
    keypoints[0, 2] = 0.04  # too weak for any source
    noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3), np.uint8)
    picture = cv2.GaussianBlur(noise, (0, 0), 3)
    sample = make_sample(picture, pose(keypoints), convention="release")

    seen = keypoints[:, 2] > (0.05 if count == 18 else 0.1)
    low, high = keypoints[seen, :2].min(0), keypoints[seen, :2].max(0)
    corner, extent = (low + high) / 2 - (high - low) * 0.6, (high - low) * 1.2
    start = np.maximum(corner, 0)
    end = np.minimum(start + extent - 1, [319, 239])
    scale = 256 / ((end - start).max() * 1.25)
    to_crop = np.column_stack([np.eye(2) * scale, 128 - scale * (start + end) / 2])
    warped = cv2.warpAffine(picture, to_crop, (256, 256), flags=cv2.INTER_LINEAR)
    assert np.abs(sample.crop_rgb.astype(int) - warped).max() <= 1  # rounded box
    slot = SMPL30.index("L_Knee")
    knee = keypoints[13 if count == 17 else 12, :2]
    np.testing.assert_allclose(sample.joints_heatmap[slot], (to_crop @ [*knee, 1]) / 4, atol=1e-4)
    assert sample.joint_mask[SMPL30.index("Nose")] == 0
    middle = (to_crop @ [160, 132, 1]) / 4
    np.testing.assert_allclose(sample.joints_heatmap[SMPL30.index("Pelvis")], middle, atol=1e-4)

    ours = make_sample(picture, pose(keypoints))
    gap = sample.crop.points_to_crop([knee])[0] / 4 - sample.joints_heatmap[slot]
    np.testing.assert_allclose(gap, 0, atol=1e-4)
    inner = (ours.crop.points_to_crop([knee])[0] + 0.5) / 4 - 0.5
    np.testing.assert_allclose(ours.joints_heatmap[slot], inner, atol=1e-4)


def test_the_threshold_of_joints_goes_by_where_the_pose_came_from() -> None:
    weak = standing()
    weak[:, 2] = 0.07
    openpose = standing(18)
    openpose[:, 2] = 0.07
    picture = np.zeros((240, 320, 3), np.uint8)
    for found, used in (
        (pose(openpose, "OpenPose"), True),
        (pose(openpose), True),
        (pose(weak, "OpenPose, file a_keypoints.json"), True),
        (pose(weak, "HigherHRNet"), False),
        (pose(weak), False),
    ):
        assert found.joint_threshold == (0.05 if used else 0.1)
        for convention in ("centred", "release"):
            mask = make_sample(picture, found, convention=convention).joint_mask
            assert mask[SMPL30.index("L_Knee")] == used


@pytest.mark.parametrize("body", ["models", "models/basicModel_neutral_lbs_10_207_0_v1.0.0.pkl"])
def test_predict_writes_bodies_of_released_checkpoints(
    owned: Path, tmp_path: Path, capsys, body: str
) -> None:
    weights = [f"--weights=student={owned}/SEFD.pth.tar", f"--weights=baseline={owned}/baseline.pth.tar"]
    words = ["predict", f"{owned}/photo.png", "--poses", f"{owned}/poses.json", "--out", str(tmp_path)]
    with pytest.raises(SystemExit) as ended:
        main(
            [*words, *weights, "--roles", "baseline,student", "--body", f"{owned}/{body}", "--device", "cpu"]
        )
    assert ended.value.code == 0, capsys.readouterr().err
    document = orjson.loads((tmp_path / "photo.json").read_bytes())
    for role in ("baseline", "student"):
        found = document["people"][0]["predictions"][role]
        assert found["smpl"]["body_id"].startswith("smpl-neutral-")
        assert found["crop"]["convention"] == "release"
        assert np.isfinite(found["joints_image"]).all()
        assert (tmp_path / f"photo_{role}.obj").stat().st_size > 6890


def test_a_missing_body_is_told_before_anything_runs(
    owned: Path, tmp_path: Path, capsys, monkeypatch
) -> None:
    def ran(*_a: object, **_k: object) -> None:
        raise AssertionError("a network ran")

    monkeypatch.setattr(photo_run, "estimate", ran)
    out = tmp_path / "out"
    words = ["predict", f"{owned}/photo.png", "--out", str(out), "--device", "cpu"]
    with pytest.raises(SystemExit) as ended:
        main([*words, f"--weights=student={owned}/SEFD.pth.tar", "--roles", "student"])
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert "the body 'smpl-neutral' is needed" in told
    assert "--body PATH" in told
    assert list(out.iterdir()) == []
    predictor = Predictor("cpu", weights={"student": f"{owned}/SEFD.pth.tar"})
    image = api.load_image(owned / "photo.png")
    with pytest.raises(SefdError, match="the body 'smpl-neutral' is needed"):
        api.predict(image, [pose(standing())], roles=["student"], predictor=predictor)


def test_the_numbers_come_from_the_releases_input(owned: Path) -> None:
    predictor = Predictor(
        "cpu", weights={"baseline": f"{owned}/baseline.pth.tar"}, bodies=[str(owned / "models")]
    )
    image = api.load_image(owned / "photo.png")
    (found,) = api.predict(image, [pose(standing())], roles=["baseline"], predictor=predictor)["baseline"]
    network = predictor.networks.get("baseline", None).network
    sample = make_sample(image, pose(standing()), convention="release")
    pixels = torch.from_numpy(sample.crop_rgb).permute(2, 0, 1)[None].float() / 255
    with torch.inference_mode():
        output = network(
            pixels, torch.from_numpy(sample.joints_heatmap)[None], torch.from_numpy(sample.joint_mask)[None]
        )
    np.testing.assert_allclose(found.parameters.betas, output.betas[0].numpy(), atol=1e-4)
    seen = network_camera(sample.crop).project_camera(found.joints_camera)
    np.testing.assert_allclose(sample.crop.points_to_crop(found.joints_image), seen, atol=0.05)


def test_shipped_and_released_networks_each_get_their_own_crop(owned: Path) -> None:
    predictor = Predictor("cpu", weights={"student": f"{owned}/SEFD.pth.tar"}, bodies=[str(owned / "models")])
    image, person = api.load_image(owned / "photo.png"), PersonInput("p", pose(standing()))
    request = PredictRequest(0, image, (person,), ("baseline", "student"), api.EdgeSettings())
    results = {m.role: m for m in predictor.predict(request) if isinstance(m, RoleResult)}
    (ours,), (theirs,) = results["baseline"].predictions, results["student"].predictions
    assert (ours.crop.convention, theirs.crop.convention) == ("centred", "release")
    assert (ours.crop.middle, theirs.crop.middle) == (127.5, 128)
    assert ours.parameters.body_id == "open-body-1"
    assert theirs.edge is not None
    assert theirs.edge.label == "Canny soft 5x5"


def test_people_without_extent_are_not_dropped_in_silence(owned: Path) -> None:
    nobody = standing()
    nobody[:, :2] = 5.0
    lost = Pose2D("coco17", nobody, np.array([5, 5, 0, 0]), 1.0, "file a.json")
    image = api.load_image(owned / "photo.png")
    with pytest.raises(SefdError, match="person 1: .*no part in the"):
        api.predict(image, [pose(standing()), lost], roles=["baseline"])
    problems: list[str] = []
    found = api.predict(image, [pose(standing()), lost], roles=["baseline", "student"], problems=problems)
    assert [len(found[role]) for role in ("baseline", "student")] == [1, 1]
    assert len(problems) == 1
