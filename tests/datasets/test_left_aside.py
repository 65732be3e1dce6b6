"""What lies in a folder and is not read is told: pictures of other kinds, annotation files of other names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sefd_viewer.datasets.annotations.coco import kind_of
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.progress import Hint
from sefd_viewer.errors import DatasetError
from tests.datasets.annotation_sets import picture

PERSON = {"id": 7, "image_id": 1, "bbox": [5, 5, 20, 30], "keypoints": [10, 10, 2] * 17, "category_id": 1}
COCO = {"images": [{"id": 1, "file_name": "1.jpg", "width": 60, "height": 40}], "annotations": [PERSON]}
FITS = {"7": {"smpl_param": {"pose": [0] * 72, "shape": [0] * 10, "trans": [0] * 3}}}


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def told(path: Path) -> str:
    return "\n".join(open_dataset(path).problems)


def test_pictures_of_other_kinds_are_counted(tmp_path: Path) -> None:
    picture(tmp_path / "1.jpg")
    for name in ("IMG_2.HEIC", "IMG_10.heic", "a.NEF", "._b.heic", "notes.txt"):
        (tmp_path / name).touch()
    raw, heic = open_dataset(tmp_path).problems
    assert heic == (
        "2 HEIC pictures cannot be read and are left aside (IMG_2.HEIC, IMG_10.heic). "
        "Save them as JPEG or PNG"
    )
    assert raw.startswith("1 RAW picture cannot be read and is left aside (a.NEF). ")


def test_a_folder_of_other_pictures_alone_says_so(tmp_path: Path) -> None:
    (tmp_path / "1.dng").touch()
    with pytest.raises(DatasetError, match="1 RAW picture cannot be read.*1.dng"):
        open_dataset(tmp_path)
    with pytest.raises(DatasetError, match="Save the picture as JPEG or PNG"):
        open_dataset(tmp_path / "1.dng")


def test_pictures_of_other_kinds_in_a_capture_are_counted(tmp_path: Path) -> None:
    camera = {"focal": [50, 50], "principal_point": [30, 20]}
    write(tmp_path / "cameras.json", {"cameras": {"a": camera, "b": camera}})
    picture(tmp_path / "a" / "1.jpg")
    picture(tmp_path / "b" / "1.jpg")
    (tmp_path / "b" / "2.heic").touch()
    assert "1 HEIC picture cannot be read and is left aside (b/2.heic)" in told(tmp_path)


def test_a_misnamed_file_of_bodies_is_told_with_the_name_that_it_needs(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "train2017" / "1.jpg")
    write(tmp_path / "annotations" / "person_keypoints_train2017.json", COCO)
    write(tmp_path / "annotations" / "MSCOCO_train_SMPL.json", FITS)
    write(tmp_path / "annotations" / "captions_train2017.json", {"images": [], "annotations": [{}]})
    missing, other = open_dataset(tmp_path).problems
    assert missing.endswith(
        "MSCOCO_train_SMPL_NeuralAnnot.json: this is not there, so nobody annotated here has a body"
    )
    assert other.endswith(
        "MSCOCO_train_SMPL.json: this holds SMPL parameters and is not used: they would be read from "
        "MSCOCO_train_SMPL_NeuralAnnot.json"
    )


def test_a_misnamed_file_of_people_is_told_with_the_name_that_it_needs(tmp_path: Path) -> None:
    write(tmp_path / "annotations" / "person_keypoints_train2017.json", COCO)
    write(tmp_path / "annotations" / "keypoints_val2017.json", COCO)
    assert told(tmp_path).endswith(
        "keypoints_val2017.json: this holds people in COCO's shape and is not used: "
        "they would be read from a file called person_keypoints_<split>.json"
    )


@pytest.mark.parametrize(
    ("annotations", "pictures"),
    [
        ("test_coco.json", "1.jpg"),
        ("train/_annotations.coco.json", "train/1.jpg"),
        ("annotations/person_keypoints_default.json", "images/default/1.jpg"),
        ("labels.json", "data/1.jpg"),
        ("annotations/instances_with_joints.json", "images/1.jpg"),
        ("annotations/mine.json", "images/train2017/1.jpg"),
        ("mine.json", "photos/1.jpg"),
    ],
)
def test_people_in_files_of_other_names_are_read(annotations: str, pictures: str, tmp_path: Path) -> None:
    picture(tmp_path / pictures)
    write(tmp_path / annotations, COCO)
    (record,) = open_dataset(tmp_path).records
    assert record.image_path is not None
    assert record.image_path.is_file()
    (person,) = record.people
    assert person.pose2d is not None
    assert person.pose2d.keypoints[:, :2].tolist() == [[10, 10]] * 17
    (alone,) = open_dataset(tmp_path / annotations).records
    assert alone.people[0].pose2d is not None


def test_splits_beside_each_other_are_one_set_and_their_bodies_are_found(tmp_path: Path) -> None:
    for split in ("train", "valid"):
        picture(tmp_path / split / "1.jpg")
        write(tmp_path / split / "_annotations.coco.json", COCO)
    camera = {"cam_param": {"focal": [60, 60], "princpt": [30, 20]}}
    write(tmp_path / "train" / "fits.json", {"7": FITS["7"] | camera})
    dataset = open_dataset(tmp_path)
    assert [record.key for record in dataset.records] == ["train/1.jpg", "valid/1.jpg"]
    assert "smpl-neutral, which is not here" in told(tmp_path)


def test_predicting_pictures_whose_bodies_are_missing_is_no_failure(tmp_path: Path) -> None:
    picture(tmp_path / "images" / "train2017" / "1.jpg")
    write(tmp_path / "annotations" / "person_keypoints_train2017.json", COCO)
    (problem,) = open_dataset(tmp_path).problems
    assert isinstance(problem, Hint)


def test_annotations_that_no_reader_takes_are_told_beside_plain_pictures(tmp_path: Path) -> None:
    picture(tmp_path / "1.jpg")
    write(tmp_path / "boxes.json", {"images": [], "annotations": []})
    write(tmp_path / "fits.json", FITS)
    write(tmp_path / "list.json", [{"image": "1.jpg", "joints": [], "joints_vis": []}])
    write(tmp_path / "settings.json", {})
    dataset = open_dataset(tmp_path)
    assert dataset.format == "image folder"
    names = [Path(one.split(": ")[0]).name for one in dataset.problems]
    assert names == ["boxes.json", "fits.json", "list.json"]


@pytest.mark.parametrize(
    "order", [("images", "annotations", "categories"), ("categories", "annotations", "images")]
)
def test_large_files_are_known_by_their_ends(order: tuple[str, ...], tmp_path: Path) -> None:
    content = {
        "images": [{"id": number, "file_name": f"{number:060d}.jpg"} for number in range(20_000)],
        "annotations": [PERSON] * 20_000,
        "categories": [{"id": 1, "name": "person", "keypoints": ["nose"]}],
    }
    write(tmp_path / "a.json", {key: content[key] for key in order})
    assert (tmp_path / "a.json").stat().st_size > 3 << 20
    assert kind_of(tmp_path / "a.json") == "people"
    write(tmp_path / "b.json", {str(number): FITS["7"] for number in range(9_000)})
    assert kind_of(tmp_path / "b.json") == "bodies"


def test_a_folder_whose_file_is_no_set_after_all_is_one_of_pictures(tmp_path: Path) -> None:
    picture(tmp_path / "1.jpg")
    write(tmp_path / "other.json", {"annotations": [{"image_id": 1, "file_name": "1.jpg", "keypoints": []}]})
    dataset = open_dataset(tmp_path)
    assert dataset.format == "image folder"
    assert any("other.json: this has no list of images" in one for one in dataset.problems)
    with pytest.raises(DatasetError, match="no list of images"):
        open_dataset(tmp_path / "other.json")
