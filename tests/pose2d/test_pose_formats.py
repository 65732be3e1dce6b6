"""Files of 2D poses in the layouts that estimators and labelling tools write."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sefd_viewer.datasets.attaching import attach_poses
from sefd_viewer.datasets.image_folder import ImageFolderReader
from sefd_viewer.errors import PoseFileError
from sefd_viewer.geometry.joints import Pose2D, as_joint_set
from sefd_viewer.pose2d.files import read_poses

SIZE = WIDTH, HEIGHT = 640, 480
NAMES = """nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow
    left_wrist right_wrist left_hip right_hip left_knee right_knee left_ankle right_ankle"""
COCO = NAMES.split()
PLACES = """320 80  323 77  317 77  328 79  311 80  340 110  302 111  352 150  290 149  358 186  286 185
    332 196  308 196  336 260  306 261  338 330  304 331"""
POINTS = dict(zip(COCO, np.array(PLACES.split(), float).reshape(-1, 2), strict=True))
"""One upright person in a picture of 640 x 480."""
OURS = {
    "left_wrist": "L_Wrist",
    "right_knee": "R_Knee",
    "right_shoulder": "R_Shoulder",
    "left_ankle": "L_Ankle",
}


def spelled(short: str) -> list[str]:
    """COCO's names of joints in short: LS is left_shoulder, Ly left_eye, n nose; a dot is none."""
    parts = {"S": "shoulder", "E": "elbow", "W": "wrist", "H": "hip", "K": "knee", "A": "ankle"}
    parts |= {"y": "eye", "e": "ear"}
    sides = {"L": "left", "R": "right"}
    whole = {"n": "nose", ".": "."}
    return [whole.get(word) or f"{sides[word[0]]}_{parts[word[1]]}" for word in short.split()]


def middle(first: str, second: str) -> np.ndarray:
    return (POINTS[first] + POINTS[second]) / 2


def openpose18() -> list[list[float]]:
    """OpenPose's order; AlphaPose puts the neck between the shoulders."""
    order = spelled("n . RS RE RW LS LE LW RH RK RA LH LK LA Ry Ly Re Le")
    neck = middle("left_shoulder", "right_shoulder")
    return [[*(neck if name == "." else POINTS[name]), 0.8] for name in order]


def coco_rows(score: float = 0.9) -> list[list[float]]:
    return [[*POINTS[name], score] for name in COCO]


def instance() -> dict[str, Any]:
    """MMPose's: the box is in one more list than one would think."""
    points = [list(POINTS[name]) for name in COCO]
    return {
        "keypoints": points,
        "keypoint_scores": [0.9] * 17,
        "bbox": [[280.0, 70.0, 365.0, 340.0]],
        "bbox_score": 0.7,
    }


def goliath() -> dict[str, Any]:
    """Sapiens's 308 points: hips after the elbows, wrists among the hands."""
    points = np.tile([400.0, 400.0], (308, 1))
    places = dict(enumerate(COCO[:9])) | dict(enumerate(COCO[11:], start=9))
    for index, name in (places | {41: "right_wrist", 62: "left_wrist"}).items():
        points[index] = POINTS[name]
    points[69] = middle("left_shoulder", "right_shoulder")
    return {"instance_info": [{"keypoints": points.tolist(), "keypoint_scores": [0.9] * 308}]}


def json_tricks(array: Any) -> dict[str, Any]:
    values = np.asarray(array, dtype=np.float32)
    return {"__ndarray__": values.tolist(), "dtype": "float32", "shape": list(values.shape)}


def ultralytics(scale: tuple[float, float] = (1.0, 1.0)) -> list[dict[str, Any]]:
    """The left ear is below the confidence, and so put to 0, 0."""
    x, y = (np.array([POINTS[name][axis] for name in COCO]) / scale[axis] for axis in (0, 1))
    x[3] = y[3] = 0.0
    corners = {"x1": 280 / scale[0], "y1": 70 / scale[1], "x2": 365 / scale[0], "y2": 340 / scale[1]}
    points = {"x": x.tolist(), "y": y.tolist(), "visible": [0.9] * 3 + [0.2] + [0.9] * 13}
    return [{"name": "person", "class": 0, "confidence": 0.85, "box": corners, "keypoints": points}]


def mediapipe() -> list[dict[str, float]]:
    """33 landmarks, x by width and y by height."""
    order = spelled("n . Ly . . Ry . Le Re . . LS RS LE RE LW RW . . . . . . LH RH LK RK LA RA . . . .")
    found = [POINTS.get(name, np.array([5.0, 5.0])) / SIZE for name in order]
    return [{"x": float(x), "y": float(y), "z": -0.3, "visibility": 0.9} for x, y in found]


def shape(label: str, group: int | None) -> dict[str, Any]:
    return {
        "label": label,
        "points": [list(POINTS[label])],
        "group_id": group,
        "shape_type": "point",
        "flags": {},
    }


def labelme() -> dict[str, Any]:
    rectangle = {"label": "bag", "points": [[1, 2], [3, 4]], "group_id": 1, "shape_type": "rectangle"}
    shapes = [shape(name, 1) for name in COCO if name != "left_eye"] + [rectangle]
    return {"version": "5.2", "shapes": shapes, "imagePath": "..\\photos\\one.jpg", "imageData": None}


def label_studio() -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = [
        {
            "type": "keypointlabels",
            "original_width": WIDTH,
            "original_height": HEIGHT,
            "value": {"x": x / WIDTH * 100, "y": y / HEIGHT * 100, "width": 0.4, "keypointlabels": [name]},
        }
        for name, (x, y) in POINTS.items()
    ]
    result.append({"type": "rectanglelabels", "value": {"x": 40, "y": 10, "rectanglelabels": ["person"]}})
    return [
        {"id": 1, "data": {"img": "/data/upload/3/ab12cd34-one.jpg"}, "annotations": [{"result": result}]}
    ]


def darwin() -> dict[str, Any]:
    nodes = [{"name": name, "x": x, "y": y, "occluded": name == "nose"} for name, (x, y) in POINTS.items()]
    return {
        "version": "2.0",
        "schema_ref": "https://darwin-public.s3.eu-west-1.amazonaws.com/darwin_json/2.0/schema.json",
        "item": {"name": "one.jpg", "slots": [{"width": WIDTH, "height": HEIGHT}]},
        "annotations": [{"name": "person", "skeleton": {"nodes": nodes}}, {"name": "sky", "tag": {}}],
    }


def superannotate() -> dict[str, Any]:
    points = [{"id": i + 1, "x": x, "y": y} for i, (x, y) in enumerate(POINTS.values())]
    labels = {str(i): name for i, name in enumerate(POINTS)}
    person = {"type": "template", "className": "person", "points": points, "pointLabels": labels}
    return {"metadata": {"name": "one.jpg", "width": WIDTH, "height": HEIGHT}, "instances": [person]}


def datumaro() -> dict[str, Any]:
    points = {
        "id": 0,
        "type": "points",
        "label_id": 3,
        "points": [value for name in COCO for value in POINTS[name]],
        "visibility": [2] * 16 + [1],
    }
    labels = {"items": [{"label_id": 3, "labels": COCO, "joints": []}]}
    item = {"id": "a/one", "image": {"path": "a/one.jpg", "size": [HEIGHT, WIDTH]}, "annotations": [points]}
    return {"infos": {}, "categories": {"points": labels}, "items": [item]}


def cvat(*, video: bool = False) -> str:
    """The points of a skeleton are not in the order of its definition."""
    track = ' frame="7" keyframe="1" outside="0" occluded="0"'
    points = "".join(
        f'<points label="{name}" occluded="0" outside="0" points="{x:.2f},{y:.2f}"></points>'
        for name, (x, y) in reversed(POINTS.items())
    )
    skeleton = f'<skeleton label="person" z_order="0"{track if video else ""}>{points}</skeleton>'
    image = f'<image id="0" name="a/one.jpg" width="{WIDTH}" height="{HEIGHT}">{skeleton}</image>'
    body = f'<track id="0" label="person">{skeleton}</track>' if video else image
    return f'<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version>{body}</annotations>'


def numbered_cvat() -> str:
    """Sublabels that are mere numbers: their order in the labels is COCO's."""
    order = [str(number) for number in range(17, 0, -1)]
    labels = "".join(
        f"<label><name>{one}</name><type>points</type><parent>person</parent></label>" for one in order
    )
    points = "".join(
        f'<points label="{one}" occluded="0" outside="0" points="{x},{y}"></points>'
        for one, (x, y) in zip(order, POINTS.values(), strict=True)
    )
    image = f'<image id="0" name="one.jpg"><skeleton label="person">{points}</skeleton></image>'
    meta = f"<meta><job><labels><label><name>person</name></label>{labels}</labels></job></meta>"
    return f"<annotations><version>1.1</version>{meta}{image}</annotations>"


def mpii() -> list[dict[str, Any]]:
    order = spelled("RA RK RH LH LK LA . . . . RW RE RS LS LE LW")
    trunk = iter([(320, 196), (321, 110), (321, 104), (320, 60)])
    joints = [list(next(trunk)) if name == "." else list(POINTS[name]) for name in order]
    return [
        {"image": "one.jpg", "center": [320, 200], "scale": 1.5, "joints": joints, "joints_vis": [1] * 16}
    ]


def ai_challenger() -> list[dict[str, Any]]:
    """Visible is 1, hidden 2, unlabelled 3."""
    order = spelled("RS RE RW LS LE LW RH RK RA LH LK LA . .")
    head = iter([(320, 60, 1), (0, 0, 3)])
    values = [value for name in order for value in (next(head) if name == "." else (*POINTS[name], 1))]
    boxes = {"human1": [280, 70, 365, 340]}
    return [{"image_id": "one", "keypoint_annotations": {"human1": values}, "human_annotations": boxes}]


def posetrack17() -> dict[str, Any]:
    order = spelled("RA RK RH LH LK LA RW RE RS LS LE LW")
    points = [{"id": [i], "x": [POINTS[name][0]], "y": [POINTS[name][1]]} for i, name in enumerate(order)]
    person = {"x1": [1], "track_id": [0], "annopoints": [{"point": points}]}
    frame = {"image": [{"name": "images/val/one.jpg"}], "annorect": [person]}
    return {"annolist": [frame, {"image": [{"name": "images/val/two.jpg"}], "annorect": []}]}


def easymocap() -> dict[str, Any]:
    order = spelled("n . RS RE RW LS LE LW . RH RK RA LH LK LA Ry Ly Re Le")
    rows = [[*POINTS.get(name, middle("left_hip", "right_hip")), 0.9] for name in order] + [[0, 0, 0]] * 6
    person = {"personID": 0, "bbox": [280, 70, 365, 340, 0.95], "keypoints": rows}
    return {"filename": "images/one.jpg", "height": HEIGHT, "width": WIDTH, "annots": [person]}


def yolo(*, predicted: bool = False) -> str:
    """Class, box and joints as shares of the picture; predictions with score and track."""
    third = 0.93 if predicted else 2
    joints = " ".join(f"{x / WIDTH:.6f} {y / HEIGHT:.6f} {third}" for x, y in POINTS.values())
    return f"0 0.5 0.45 0.15 0.6 {joints}{' 0.88 4' if predicted else ''}\n"


def deeplabcut() -> str:
    scorer = ",".join(["scorer", *["DLC_resnet50"] * 51])
    parts = ",".join(["bodyparts", *[name for name in COCO for _ in range(3)]])
    coords = ",".join(["coords", *["x", "y", "likelihood"] * 17])
    row = ",".join(["0", *[f"{value}" for name in COCO for value in (*POINTS[name], 0.9)]])
    second = ",".join(["1", *[f"{value}" for name in COCO for value in (*(POINTS[name] + 3), 0.9)]])
    return "\n".join([scorer, parts, coords, row, second])


def openpose_shares(low: float) -> dict[str, Any]:
    """`--keypoint_scale` 3 (from 0) or 4 (from -1)."""
    rows = np.array(openpose18())
    rows[:, :2] = rows[:, :2] / SIZE * (1 - low) + low
    return {"version": 1.3, "people": [{"person_id": [-1], "pose_keypoints_2d": rows.ravel().tolist()}]}


def flat(rows: list[list[float]]) -> list[float]:
    return [value for row in rows for value in row]


ONE, FRAME = "one.jpg", "000007.png"
Case = tuple[str, str, Callable[[], Any]]
"""The picture's name, the file's, and what is in it."""
CASES: dict[str, Case] = {
    "MMPose on a picture": (ONE, "one.json", lambda: [instance()]),
    "MMPose on a video": (FRAME, "clip.json", lambda: [{"frame_id": 7, "instances": [instance()]}]),
    "MMPose's demo": (
        ONE,
        "results_one.json",
        lambda: {
            "meta_info": {"keypoint_id2name": {str(i): name for i, name in enumerate(COCO)}},
            "instance_info": [instance()],
        },
    ),
    "MMPose's demo on a video counts from 1": (
        FRAME,
        "results_clip.json",
        lambda: {"meta_info": {}, "instance_info": [{"frame_id": 8, "instances": [instance()]}]},
    ),
    "json_tricks": (
        ONE,
        "results_one.json",
        lambda: {
            "instance_info": [
                {
                    "keypoints": json_tricks([POINTS[name] for name in COCO]),
                    "keypoint_scores": json_tricks([0.9] * 17),
                }
            ]
        },
    ),
    "Sapiens": (ONE, "one.json", goliath),
    "mmpose 0.x": (
        ONE,
        "one.json",
        lambda: [{"bbox": [280, 70, 365, 340, 0.9], "keypoints": coco_rows()}],
    ),
    "Ultralytics": (ONE, "one.json", ultralytics),
    "Ultralytics, normalized": (ONE, "one.json", lambda: ultralytics((WIDTH, HEIGHT))),
    "AlphaPose": (
        ONE,
        "alphapose-results.json",
        lambda: [
            {
                "image_id": "one.jpg",
                "category_id": 1,
                "keypoints": flat(coco_rows()),
                "score": 3.02,
                "box": [280, 70, 85, 270],
                "idx": [0.0],
            }
        ],
    ),
    "AlphaPose cmu": (
        ONE,
        "alphapose-results.json",
        lambda: {"one.jpg": {"version": "AlphaPose v0.3", "bodies": [{"joints": flat(openpose18())}]}},
    ),
    "AlphaPose open": (
        ONE,
        "alphapose-results.json",
        lambda: {
            "one.jpg": {"version": "AlphaPose v0.3", "people": [{"pose_keypoints_2d": flat(openpose18())}]}
        },
    ),
    "AlphaPose cmu, one picture": (
        ONE,
        "one.json",
        lambda: {"version": 0.1, "bodies": [{"joints": flat(openpose18())}]},
    ),
    "MediaPipe's tasks": (ONE, "one.json", lambda: {"pose_landmarks": [mediapipe()]}),
    "MediaPipe's solutions": (ONE, "one.json", lambda: {"pose_landmarks": {"landmark": mediapipe()}}),
    "MediaPipe's landmarks alone": (ONE, "one.json", mediapipe),
    "MediaPipe in a list": (ONE, "one.json", lambda: [{"landmarks": mediapipe()}]),
    "MediaPipe by picture": (ONE, "all.json", lambda: {"one.jpg": [mediapipe()]}),
    "MediaPipe on a video": (FRAME, "clip.json", lambda: [{"landmarks": mediapipe()}] * 8),
    "OpenPifPaf": (
        ONE,
        "one.jpg.predictions.json",
        lambda: [
            {"keypoints": flat(coco_rows()), "bbox": [280, 70, 85, 270], "score": 0.8, "category_id": 1}
        ],
    ),
    "OpenPifPaf on a video": (
        FRAME,
        "clip.openpifpaf.json",
        lambda: "\n".join(
            json.dumps({"frame": n, "predictions": [{"keypoints": flat(coco_rows())}, {"category": "car"}]})
            for n in (6, 7)
        ),
    ),
    "TensorFlow.js": (
        ONE,
        "one.json",
        lambda: [
            {
                "score": 0.9,
                "keypoints": [
                    {"x": x, "y": y, "score": 0.8, "name": name} for name, (x, y) in POINTS.items()
                ],
            }
        ],
    ),
    "OpenPose, shares": (ONE, "one_keypoints.json", lambda: openpose_shares(0.0)),
    "OpenPose, from -1 to 1": (ONE, "one_keypoints.json", lambda: openpose_shares(-1.0)),
    "labelme": (ONE, "one.json", labelme),
    "Label Studio": (ONE, "project.json", label_studio),
    "V7": (ONE, "one.json", darwin),
    "SuperAnnotate": (ONE, "one.jpg.json", superannotate),
    "Datumaro": (ONE, "train.json", datumaro),
    "CVAT": (ONE, "annotations.xml", cvat),
    "CVAT on a video": (FRAME, "annotations.xml", lambda: cvat(video=True)),
    "CVAT, numbers": (ONE, "annotations.xml", numbered_cvat),
    "MPII": (ONE, "valid.json", mpii),
    "AI Challenger": (ONE, "keypoint_train_annotations.json", ai_challenger),
    "PoseTrack 2017": (ONE, "val.json", posetrack17),
    "EasyMocap": (ONE, "one.json", easymocap),
    "YOLO": (ONE, "one.txt", yolo),
    "YOLO, predicted": (ONE, "one.txt", lambda: yolo(predicted=True)),
    "DeepLabCut": ("000000.png", "clipDLC.csv", deeplabcut),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_people_come_to_lie_on_their_pixels(tmp_path: Path, case: Case) -> None:
    picture, name, make = case
    (tmp_path / "pictures").mkdir()
    Image.new("RGB", SIZE).save(tmp_path / "pictures" / picture)
    content = make()
    (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content))
    dataset = attach_poses(ImageFolderReader().open(tmp_path / "pictures"), read_poses(tmp_path / name))
    (person,) = dataset.records[0].people
    assert person.pose2d is not None
    assert_person(person.pose2d)


def is_picture(value: Any) -> bool:
    return isinstance(value, str) and value.endswith((".jpg", ".png"))


def on_windows(content: Any) -> Any:
    """Pictures as Windows names them, as keys, too; keys in the other order."""
    if isinstance(content, dict):
        return {on_windows(key): on_windows(value) for key, value in reversed(content.items())}
    if isinstance(content, list):
        return [on_windows(one) for one in content]
    return "C:\\my set\\" + content.replace("/", "\\") if is_picture(content) else content


def batched(content: Any) -> Any:
    """People's points in a batch of one."""
    if isinstance(content, list):
        return [batched(one) for one in content]
    if not isinstance(content, dict):
        return content
    arrays = ("keypoints", "keypoint_scores", "pose_keypoints_2d")
    named = {"x", "y"}
    return {
        key: [value]
        if key in arrays
        and isinstance(value, list)
        and not (isinstance(value[0], dict) and named & value[0].keys())
        else batched(value)
        for key, value in content.items()
    }


def in_an_answer(content: Any) -> Any:
    """As services wrap what a program says."""
    return {"status": "ok", "predictions": content} if isinstance(content, list) else content


EXPORTS: dict[str, Callable[[Any], Any]] = {
    "on Windows": on_windows,
    "in a batch": batched,
    "in an answer": in_an_answer,
}


@pytest.mark.parametrize("export", EXPORTS)
@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_people_lie_there_however_they_are_exported(tmp_path: Path, case: Case, export: str) -> None:
    """Also packed behind a byte order mark, and in UTF-16 with lines of Windows."""
    picture, name, make = case
    (tmp_path / "pictures").mkdir()
    Image.new("RGB", SIZE).save(tmp_path / "pictures" / picture)
    content = make()
    text = content if isinstance(content, str) else json.dumps(EXPORTS[export](content), indent=1)
    packed, wide = tmp_path / f"{name}.gz", tmp_path / name
    packed.write_bytes(gzip.compress(b"\xef\xbb\xbf" + text.encode()))
    wide.write_bytes(f"{text}\n\n".replace("\n", "\r\n").encode("utf-16"))
    for path in (packed, wide):
        dataset = attach_poses(ImageFolderReader().open(tmp_path / "pictures"), read_poses(path))
        (person,) = dataset.records[0].people
        assert person.pose2d is not None
        assert_person(person.pose2d)


def assert_person(pose: Pose2D) -> None:
    joints = as_joint_set(pose.joint_set)
    for theirs, ours in OURS.items():
        found = pose.keypoints[joints.index(ours)]
        np.testing.assert_allclose(found[:2], POINTS[theirs], atol=0.01)
        assert found[2] > 0.5
    x, y, width, height = pose.bbox_xywh
    assert 260 < x < x + width < 380
    assert 20 < y < y + height < 380


def test_joints_that_are_not_there_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(ultralytics()))
    pose = read_poses(tmp_path / "one.json")["one"][0]
    assert pose.keypoints[as_joint_set(pose.joint_set).index("L_Ear")].tolist() == [0, 0, 0]


def test_a_neck_that_is_the_top_of_the_head_is_put_between_the_shoulders(tmp_path: Path) -> None:
    """With a model of 26 joints AlphaPose writes the head's top as the neck."""
    rows = openpose18()
    rows[1] = [320, 55, 0.8]
    (tmp_path / "one.json").write_text(json.dumps({"version": 0.1, "bodies": [{"joints": flat(rows)}]}))
    neck = read_poses(tmp_path / "one.json")["one"][0].keypoints[1]
    assert neck[:2] == pytest.approx(middle("left_shoulder", "right_shoulder"))


def test_people_of_a_group_each(tmp_path: Path) -> None:
    content = labelme()
    content["shapes"] += [shape(name, 2) for name in COCO]
    (tmp_path / "one.json").write_text(json.dumps(content))
    first, second = read_poses(tmp_path / "one.json")["one.jpg"]
    assert (first.keypoints[:, 2] > 0).sum() + 1 == (second.keypoints[:, 2] > 0).sum()


def test_a_folder_has_one_file_per_picture(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(json.dumps([instance()]))
    (tmp_path / "notes.json").write_text('{"by": "somebody"}')
    file = read_poses(tmp_path)
    assert set(file) == {"a", "b"}
    assert len(file.problems) == 1
    assert "notes.json: this is not a file of 2D poses" in file.problems[0]


def endless() -> dict[str, Any]:
    """A joint whose number is infinite, which Python writes into JSON."""
    content = posetrack17()
    content["annolist"][0]["annorect"][0]["annopoints"][0]["point"][0]["id"] = [float("inf")]
    return content


def test_a_joint_whose_name_is_a_list_is_read_like_one_without(tmp_path: Path) -> None:
    joints = [{"x": x, "y": y, "score": 0.8, "name": name} for name, (x, y) in POINTS.items()]
    joints[3]["name"] = [None]
    (tmp_path / "one.json").write_text(json.dumps([{"score": 0.9, "keypoints": joints}]))
    assert [len(people) for people in read_poses(tmp_path / "one.json").poses.values()] == [1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([{"landmarks": [{"x": 0.01, "y": -0.2, "z": 0.1, "visibility": 1}] * 33}], "world landmarks"),
        ({"17": {"coco_joints": coco_rows()}}, "annotation ids"),
        (
            {"shapes": [{"label": "tail", "shape_type": "point", "points": [[3, 4]]}], "imagePath": "a.jpg"},
            "tail",
        ),
        ([{"keypoints": [[1, 2]] * 17, "keypoint_scores": [1.0]}], "file of MMPose, and is damaged"),
        ({"meta_info": {}, "instance_info": [{"frame_id": 1, "instances": []}]}, "nobody is in this file"),
        (endless(), "file of PoseTrack 2017, and is damaged"),
        ({"instance_info": [{"keypoints": 5, "keypoint_scores": 3}]}, "file of MMPose demo, and is damaged"),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path: Path, content: Any, words: str) -> None:
    if isinstance(content, list) and "landmarks" in content[0]:
        content[0]["landmarks"][23] = content[0]["landmarks"][24] = {"x": 0.0, "y": 0.001, "visibility": 1}
    (tmp_path / "one.json").write_text(json.dumps(content))
    with pytest.raises(PoseFileError, match=words):
        read_poses(tmp_path / "one.json")
