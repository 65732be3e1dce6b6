"""People are found in the shipped pictures, with the right joints, also behind others."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.datasets.images import load_image
from sefd_viewer.errors import ImageError
from sefd_viewer.geometry.joints import COCO17, Pose2D
from sefd_viewer.pose2d.detector import detect_people
from sefd_viewer.resources import resource_path

SHOULDERS = [COCO17.index("L_Shoulder"), COCO17.index("R_Shoulder")]


def people_in(name: str) -> list[Pose2D]:
    return detect_people(load_image(resource_path(name)))


def neck(pose: Pose2D) -> np.ndarray:
    return pose.keypoints[SHOULDERS, :2].mean(axis=0)


@pytest.mark.parametrize(
    ("picture", "necks"),
    [
        ("cam01/000092", [(342, 303), (411, 513)]),
        ("cam02/000048", [(322, 302), (72, 423)]),
        ("cam03/000084", [(186, 289), (134, 306)]),
        ("cam04/000056", [(145, 345), (372, 252)]),
    ],
)
def test_both_people_are_found_where_one_hides_the_other(
    picture: str, necks: list[tuple[float, float]]
) -> None:
    found = people_in(f"sample_capture/{picture}.jpg")
    for place in necks:
        assert min(np.linalg.norm(neck(pose) - place) for pose in found) < 25


def test_a_close_portrait_is_one_person() -> None:
    found = people_in("sample_photos/astronaut.jpg")
    assert len(found) == 1
    nose = found[0].keypoints[COCO17.index("Nose")]
    assert np.linalg.norm(nose[:2] - (219, 120)) < 25


def test_poses_are_ordered_named_and_repeatable() -> None:
    found = people_in("sample_photos/walkers.jpg")
    sizes = [float(np.hypot(*pose.bbox_xywh[2:]) * pose.score) for pose in found]
    assert sizes[0] == max(sizes)
    assert all(pose.joint_set == "coco17" and "MoveNet" in pose.source for pose in found)
    again = people_in("sample_photos/walkers.jpg")
    assert all(np.array_equal(a.keypoints, b.keypoints) for a, b in zip(found, again, strict=True))
    assert len(detect_people(load_image(resource_path("sample_photos/walkers.jpg")), max_people=1)) == 1


def test_nobody_in_an_empty_picture() -> None:
    assert detect_people(np.full((240, 320, 3), 127, np.uint8)) == []
    assert detect_people(np.random.default_rng(0).integers(0, 255, (100, 900, 3), dtype=np.uint8)) == []


def test_a_tiny_picture_is_refused_in_words() -> None:
    with pytest.raises(ImageError, match="1 x 1 pixels, too small to find people") as caught:
        detect_people(np.zeros((1, 1, 3), np.uint8))
    assert caught.value.remedy


def test_threads_share_the_models() -> None:
    image = load_image(resource_path("sample_photos/astronaut.jpg"))
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(detect_people, [image, image])
    assert np.array_equal(one[0].keypoints, two[0].keypoints)


def test_the_runtime_keeps_no_report_for_its_maker(tmp_path: Path) -> None:
    """ONNX Runtime's report is kept in the user's cache until it is sent; a machine of CI makes none."""
    mute = ("CI", "TF_BUILD", "GITHUB_ACTIONS")
    kept = {name: value for name, value in os.environ.items() if name not in mute and "ORT_" not in name}
    homes = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(tmp_path))
    code = (
        "import numpy as np; from sefd_viewer.pose2d.models import person_boxes; "
        "print(person_boxes(np.zeros((64, 64, 3), np.uint8)).shape)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env=kept | homes, cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "(0, 5)"
    assert [path for path in tmp_path.rglob("*") if "onnxruntime" in path.name] == []
