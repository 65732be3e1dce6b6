"""Pictures of Human3.6M's sequences: of other frames, other cameras, mirrored; and right ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import pytest

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.body.files import bodies_within
from sefd_viewer.cameras.sequences.findings import SetVerdict
from sefd_viewer.cameras.sequences.verdict import check_set
from sefd_viewer.datasets import open_dataset
from sefd_viewer.datasets.annotations import ReadOptions
from tests.cameras.moving_rig import FRAMES, SUBJECTS, MovingRig, Skeleton
from tests.cameras.painted_pictures import PaintedPictures


@pytest.fixture(scope="module")
def skeleton() -> Skeleton:
    return Skeleton()


@pytest.fixture
def rig(tmp_path: Path, skeleton: Skeleton) -> MovingRig:
    return MovingRig(tmp_path / "set", skeleton)


def verdict(rig: MovingRig, pictures: PaintedPictures) -> SetVerdict:
    places = tuple(map(str, bodies_within(rig.root)))
    dataset = open_dataset(rig.root, options=ReadOptions(bodies=places))
    return check_set(dataset, BodyCatalog(places).get, detect=pictures.detect)


def sentences(found: SetVerdict) -> list[str]:
    return [one.sentence for one in found.findings]


def test_right_pictures_are_silent(rig: MovingRig) -> None:
    found = verdict(rig, PaintedPictures(rig.root, SUBJECTS))
    assert sentences(found) == []
    assert found.coverage == 1
    assert max(row.errors["pictures %"] for row in found.rows) < 3


@pytest.mark.parametrize(
    ("late", "words"),
    [
        (2, "the pictures are 2 frames early: they show what was measured 2 frames later"),
        (-1, "the pictures are 1 frame late: they show what was measured 1 frame earlier"),
    ],
)
def test_pictures_of_other_frames_before_one_camera(rig: MovingRig, late: int, words: str) -> None:
    def shown(image: dict[str, Any]) -> int:
        concerned = image["subject"] == 8 and image["cam_idx"] == 2
        return min(max(image["frame_idx"] + late * concerned, 0), FRAMES - 1)

    found = verdict(rig, PaintedPictures(rig.root, SUBJECTS, shown))
    (told,) = sentences(found)
    assert told.startswith(f"S8 (all 3 sequences), camera 2, frames 0-29: {words}")


def test_pictures_of_another_camera(rig: MovingRig) -> None:
    pictures = PaintedPictures(rig.root, SUBJECTS)
    folders = [rig.root / "images" / f"s_01_act_14_subact_01_ca_0{camera}" for camera in (1, 3)]
    for path in folders[0].iterdir():
        path.write_bytes((folders[1] / path.name.replace("ca_01", "ca_03")).read_bytes())
    (told,) = sentences(verdict(rig, pictures))
    assert told.startswith("S1 Walking 1, camera 1, frames 0-29: the pictures are those of camera 3")


def test_broken_missing_and_smaller_pictures_stop_nothing(rig: MovingRig) -> None:
    pictures = PaintedPictures(rig.root, SUBJECTS)
    folder = rig.root / "images" / "s_01_act_02_subact_01_ca_01"
    paths = sorted(folder.iterdir())
    paths[3].unlink()
    paths[4].write_bytes(b"no picture")
    cv2.imwrite(str(paths[5]), cv2.resize(cv2.imread(str(paths[5])), (160, 120)))
    told = "\n".join(sentences(verdict(rig, pictures)))
    assert "frame 3: the pictures are missing" in told
    assert "frame 4: the pictures cannot be read" in told
    assert "frame 5: the pictures are 0.5 times as large as annotated" in told
    assert len(json.loads(rig.path(1, "data").read_text())["images"]) == 270
