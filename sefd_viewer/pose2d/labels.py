"""2D poses as people and programs label them: COCO, MPII, AI Challenger, PoseTrack, labelling tools, CVAT."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from sefd_viewer.geometry.skeletons import published
from sefd_viewer.pose2d.entries import (
    Entry,
    Images,
    PoseFormat,
    corner_box,
    dicts_with,
    file_part,
    grouped,
    has,
    labelled,
    picture_called,
)
from sefd_viewer.pose2d.pose_file import as_id

_VISIBLE, _HIDDEN, _ABSENT = 2.0, 1.0, 0.0
"""COCO's visibility."""


# ---- COCO's annotations


def _is_coco(content: Any) -> bool:
    listed = content.get("annotations") if isinstance(content, dict) else None
    return isinstance(listed, list) and all(isinstance(one, dict) for one in listed)


def _coco(content: Any, _path: Path, images: Images) -> Iterator[Entry]:
    """People with keypoints, and their category's joint names."""
    listed = content.get("images")
    pictures = listed if dicts_with(listed, "id", "file_name") else ()
    named = {as_id(one["id"]): str(one["file_name"]) for one in pictures}
    named = named or dict(images)
    categories = content.get("categories")
    names = {as_id(one.get("id")): _listed(one.get("keypoints")) for one in categories or ()}
    for one in content["annotations"]:
        if "keypoints" in one and as_id(one.get("num_keypoints")) != 0:
            own = names.get(as_id(one.get("category_id"))) or next(iter(names.values()), ())
            picture = picture_called(one, named, "")
            yield Entry(picture, one["keypoints"], one.get("score"), one.get("bbox"), own, annotated=True)


def _listed(value: object) -> tuple[object, ...]:
    return tuple(value) if isinstance(value, list) else ()


# ---- MPII, AI Challenger, PoseTrack 2017, EasyMocap


def _is_mpii(content: Any) -> bool:
    return dicts_with(content, "joints", "joints_vis", "image")


def _mpii(content: Any, _path: Path, _images: Images) -> Iterator[Entry]:
    """As HRNet keeps them; `joints_vis` says whether a joint is labelled."""
    for one in content:
        rows = np.column_stack([one["joints"], np.ravel(one["joints_vis"]) * _VISIBLE])
        yield Entry(str(one["image"]), rows, names=published("mpii16").joints, annotated=True)


def _is_ai_challenger(content: Any) -> bool:
    return dicts_with(content, "keypoint_annotations", "image_id")


def _ai_challenger(content: Any, _path: Path, _images: Images) -> Iterator[Entry]:
    """Its third number is 1 for visible, 2 for hidden, 3 for unlabelled."""
    seen = np.array([_ABSENT, _VISIBLE, _HIDDEN, _ABSENT])
    for one in content:
        boxes = one.get("human_annotations") or {}
        for who, values in one["keypoint_annotations"].items():
            rows = np.array(values, dtype=np.float64).reshape(-1, 3)
            rows[:, 2] = seen[np.clip(rows[:, 2], 0, 3).astype(int)]
            name, names = f"{one['image_id']}.jpg", published("aic14").joints
            yield Entry(name, rows, None, corner_box(boxes.get(who)), names, annotated=True)


def _is_posetrack17(content: Any) -> bool:
    return has(content, "annolist") and dicts_with(content["annolist"], "image")


def _posetrack17(content: Any, _path: Path, _images: Images) -> Iterator[Entry]:
    """Each number is in a list of its own."""
    names = published("posetrack15").joints
    for frame in content["annolist"]:
        picture = str(frame["image"][0]["name"])
        for person in frame.get("annorect") or ():
            rows = np.zeros((len(names), 3))
            for point in person["annopoints"][0]["point"] if person.get("annopoints") else ():
                rows[int(_first(point["id"]))] = _first(point["x"]), _first(point["y"]), _VISIBLE
            yield Entry(picture, rows, _first(person.get("score")), names=names, annotated=True)


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _is_easymocap(content: Any) -> bool:
    return has(content, "annots", "filename")


def _easymocap(content: Any, _path: Path, _images: Images) -> Iterator[Entry]:
    for one in content["annots"]:
        box = one.get("bbox")
        score = box[4] if isinstance(box, list) and len(box) > 4 else None
        yield Entry(str(content["filename"]), one["keypoints"], score, corner_box(box))


# ---- labelling tools


def _is_labelme(content: Any) -> bool:
    return has(content, "shapes", "imagePath")


def _labelme(content: Any, _path: Path, _images: Images) -> Iterator[Entry]:
    points = (
        (one.get("group_id"), str(one["label"]), (*one["points"][0], _VISIBLE))
        for one in content["shapes"]
        if one.get("shape_type") == "point"
    )
    for person in grouped(points):
        yield labelled(file_part(str(content["imagePath"])), person)


def _is_label_studio(content: Any) -> bool:
    return dicts_with(content, "data", "annotations")


def _label_studio(content: Any, _path: Path, _images: Images) -> Iterator[Entry]:
    """Points in percent of the picture; whose they are says a parent, else a rectangle or a name again."""
    for task in content:
        words = [one for one in task["data"].values() if isinstance(one, str)]
        shown = next((one for one in words if "." in file_part(one)), words[0] if words else "")
        name = re.sub(r"^[0-9a-f]{8}-", "", file_part(str(task.get("file_upload") or shown)))
        for annotation in task["annotations"]:
            for person in grouped(_studio_points(annotation.get("result") or ())):
                yield labelled(name, person)


def _studio_points(result: Any) -> Iterator[tuple[Any, str, tuple[float, float, float]]]:
    parents, rectangles = {one.get("parentID") for one in result} - {None}, 0
    for one in result:
        kind = str(one.get("type")).lower()
        rectangles += kind == "rectanglelabels" and not parents
        if kind == "keypointlabels":
            value = one["value"]
            sides = np.array([one["original_width"], one["original_height"]], dtype=np.float64)
            x, y = np.array([value["x"], value["y"]], dtype=np.float64) / 100 * sides
            group = one.get("parentID") if parents else rectangles
            yield group, str(value["keypointlabels"][0]), (x, y, _VISIBLE)


def _is_darwin(content: Any) -> bool:
    return has(content, "item", "annotations") and has(content["item"], "name")


def _darwin(content: Any, _path: Path, _images: Images) -> Iterator[Entry]:
    for one in content["annotations"]:
        nodes = one["skeleton"]["nodes"] if has(one, "skeleton") else ()
        points = {
            str(node["name"]): (node["x"], node["y"], _HIDDEN if node.get("occluded") else _VISIBLE)
            for node in nodes
        }
        if points:
            yield labelled(str(content["item"]["name"]), points)


def _is_superannotate(content: Any) -> bool:
    return has(content, "metadata", "instances") and has(content["metadata"], "name")


def _superannotate(content: Any, _path: Path, _images: Images) -> Iterator[Entry]:
    for one in content["instances"]:
        names = one.get("pointLabels")
        if one.get("type") == "template" and isinstance(names, dict):
            named = {int(key) + 1: str(name) for key, name in names.items()}
            points = {named[p["id"]]: (p["x"], p["y"], _VISIBLE) for p in one["points"] if p["id"] in named}
            yield labelled(str(content["metadata"]["name"]), points)


def _is_datumaro(content: Any) -> bool:
    return has(content, "items", "categories") and has(content["categories"], "points")


def _datumaro(content: Any, _path: Path, _images: Images) -> Iterator[Entry]:
    kinds = content["categories"]["points"].get("items") or ()
    names = {one["label_id"]: tuple(one["labels"]) for one in kinds}
    for item in content["items"]:
        about = item.get("image") or {}
        picture = str(about.get("path") or item["id"])
        for one in item["annotations"]:
            if one.get("type") == "points":
                rows = np.column_stack([np.reshape(one["points"], (-1, 2)), one["visibility"]])
                yield Entry(picture, rows, names=names.get(one.get("label_id"), ()), annotated=True)


# ---- CVAT


def _is_cvat(content: Any) -> bool:
    return (
        isinstance(content, Element) and content.tag == "annotations" and content.find("version") is not None
    )


def _cvat(root: Element, _path: Path, _images: Images) -> Iterator[Entry]:
    """Pictures, or a video's tracks; sublabels that are mere numbers stand in the order of the labels."""
    order = [one.text or "" for one in root.findall(".//label[parent]/name")]
    for image in root.findall("image"):
        for skeleton in image.findall("skeleton"):
            yield _skeleton(image.get("name", ""), skeleton, order)
    for skeleton in root.findall("track/skeleton"):
        yield _skeleton(skeleton.get("frame", ""), skeleton, order)


def _skeleton(picture: str, skeleton: Element, order: list[str]) -> Entry:
    points: dict[str, tuple[float, float, float]] = {}
    for one in skeleton.findall("points"):
        x, y = one.get("points", "").split(";")[0].split(",")
        seen = _HIDDEN if one.get("occluded") == "1" else _VISIBLE
        points[one.get("label", "")] = float(x), float(y), _ABSENT if one.get("outside") == "1" else seen
    if any(not name.isdecimal() for name in points):
        return labelled(picture, points)
    names = order if set(points) <= set(order) else sorted(points, key=int)
    return Entry(picture, [points.get(name, (0, 0, _ABSENT)) for name in names], annotated=True)


# ---- files of known kinds that cannot be read


def _is_by_annotation(content: Any) -> bool:
    return (
        isinstance(content, dict)
        and bool(content)
        and all(has(one, "coco_joints") for one in content.values())
    )


def _by_annotation(content: Mapping[str, Any], _path: Path, _images: Images) -> Iterator[Entry]:
    words = "this file names people by a set's annotation ids: put it where the set's reader looks for it"
    yield Entry(next(iter(content)), None, refused=words)


FORMATS = (
    PoseFormat(
        "labelme",
        "labelme",
        "`<picture>.json`, or the folder",
        "names in the file",
        "`imagePath`",
        _is_labelme,
        _labelme,
    ),
    PoseFormat(
        "Label Studio",
        "Label Studio",
        "its JSON export",
        "names in the file",
        "uploaded names",
        _is_label_studio,
        _label_studio,
    ),
    PoseFormat(
        "V7 Darwin",
        "V7",
        "`<picture>.json`, or the folder",
        "names in the file",
        "`item`",
        _is_darwin,
        _darwin,
    ),
    PoseFormat(
        "SuperAnnotate",
        "SuperAnnotate",
        "`<picture>.json`, or the folder",
        "names in the file",
        "`metadata`",
        _is_superannotate,
        _superannotate,
    ),
    PoseFormat(
        "Datumaro",
        "Datumaro",
        "`<subset>.json`",
        "names in the file",
        "picture names",
        _is_datumaro,
        _datumaro,
    ),
    PoseFormat(
        "CVAT",
        "CVAT for images, for video 1.1",
        "`annotations.xml`",
        "names in the file",
        "picture names; frame numbers",
        _is_cvat,
        _cvat,
        numbered=True,
    ),
    PoseFormat(
        "EasyMocap",
        "EasyMocap",
        "`annots/<picture>.json`, or the folder",
        "their number, the points",
        "`filename`",
        _is_easymocap,
        _easymocap,
    ),
    PoseFormat(
        "PoseTrack 2017",
        "PoseTrack",
        "`<sequence>.json`",
        "its own 15",
        "picture names",
        _is_posetrack17,
        _posetrack17,
    ),
    PoseFormat(
        "AI Challenger",
        "AI Challenger",
        "`keypoint_*_annotations_*.json`",
        "its own 14",
        "picture names",
        _is_ai_challenger,
        _ai_challenger,
    ),
    PoseFormat(
        "MPII", "HRNet's MPII", "`train.json`, `valid.json`", "its own 16", "picture names", _is_mpii, _mpii
    ),
    PoseFormat(
        "COCO annotations",
        "COCO, COCO-WholeBody, Halpe, CrowdPose, PoseTrack, Roboflow, CVAT",
        "`person_keypoints_*.json` and others",
        "names in the file, the points",
        "picture names",
        _is_coco,
        _coco,
    ),
)
REFUSED = (PoseFormat("by annotation", "3DCrowdNet's sets", "", "", "", _is_by_annotation, _by_annotation),)
"""Known, and of use only where a set's own reader finds them."""
