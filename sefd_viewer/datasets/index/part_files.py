"""What annotation files said, to a shelf of arrays and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sefd_viewer.datasets.annotations.labels import Labels
from sefd_viewer.datasets.annotations.part_rows import PartRows
from sefd_viewer.datasets.annotations.person_rows import (
    BodyColumn,
    JointsColumn,
    PersonRows,
    PoseColumn,
    WorldJoints,
)
from sefd_viewer.datasets.annotations.picture_rows import CameraRows, PictureRows
from sefd_viewer.datasets.annotations.smpl_table import SmplTable
from sefd_viewer.datasets.index.shelf import Shelf
from sefd_viewer.datasets.records import SkipReason
from sefd_viewer.geometry.joints import JOINT_SETS

Layout = dict[str, Any]
_LABELS = ("moments", "views", "actions")


def save_rows(rows: PartRows, shelf: Shelf) -> Layout:
    """Write everything; what is returned is JSON, and needed to read it again."""
    return {
        "folder": str(rows.folder.absolute()),
        "world_up": rows.world_up,
        "pictures": _save_pictures(rows.pictures, shelf),
        "people": _save_people(rows.people, shelf),
    }


def load_rows(layout: Layout, shelf: Shelf) -> PartRows:
    """Everything, read where it is looked at."""
    up = layout["world_up"]
    return PartRows(
        Path(layout["folder"]),
        _load_pictures(layout["pictures"], shelf),
        _load_people(layout["people"], shelf),
        None if up is None else (up[0], up[1], up[2]),
    )


def _save_pictures(pictures: PictureRows, shelf: Shelf) -> Layout:
    named = pictures.names != pictures.keys
    if named:
        shelf.put_words("names", pictures.names)
    shelf.put_words("keys", pictures.keys)
    shelf.put("sizes", pictures.sizes)
    shelf.put_order("offsets", pictures.offsets)
    shelf.put_faults("picture_faults", pictures.faults)
    if pictures.titles is not None:
        shelf.put_words("titles", pictures.titles)
    if pictures.cameras is not None:
        shelf.put("cameras", pictures.cameras.table)
        shelf.put_order("camera_rows", pictures.cameras.rows)
    if pictures.crowding is not None:
        shelf.put("crowding", pictures.crowding)
    labels = {name: getattr(pictures, name) for name in _LABELS}
    for name, column in labels.items():
        if column is not None:
            _save_labels(name, column, shelf)
    return {
        "named": named,
        "titled": pictures.titles is not None,
        "cameras": pictures.cameras is not None,
        "crowding": pictures.crowding is not None,
        "labels": [name for name, column in labels.items() if column is not None],
        "subject": pictures.subject,
    }


def _load_pictures(layout: Layout, shelf: Shelf) -> PictureRows:
    keys = shelf.get_words("keys")
    labels = {name: _load_labels(name, shelf) for name in layout["labels"]}
    return PictureRows(
        shelf.get_words("names") if layout["named"] else keys,
        keys,
        shelf.get("sizes"),
        shelf.get("offsets"),
        titles=shelf.get_words("titles") if layout["titled"] else None,
        cameras=CameraRows(shelf.get("cameras"), shelf.get("camera_rows")) if layout["cameras"] else None,
        subject=layout["subject"],
        crowding=shelf.get("crowding") if layout["crowding"] else None,
        faults=shelf.get_faults("picture_faults"),
        **labels,
    )


def _save_people(people: PersonRows, shelf: Shelf) -> Layout:
    shelf.put_words("ids", people.ids)
    shelf.put("boxes", people.boxes)
    shelf.put_faults("person_faults", people.faults)
    for number, pose in enumerate(people.poses):
        shelf.put(f"pose_{number}", pose.keypoints)
    if people.joints is not None:
        shelf.put("joints", people.joints.points_camera)
    if people.world_joints is not None:
        shelf.put("world_joints", people.world_joints.points_world)
        shelf.put_order("world_joint_rows", people.world_joints.rows)
    for name in ("own_cameras", "scores", "areas"):
        column = getattr(people, name)
        if column is not None:
            shelf.put(name, column)
    for reason, marks in people.left_out.items():
        shelf.put(f"left_out_{reason.name}", marks)
    return {
        "poses": [(pose.joint_set.name, pose.source) for pose in people.poses],
        "joints": None if people.joints is None else people.joints.joint_set.name,
        "world_joints": None if people.world_joints is None else people.world_joints.joint_set.name,
        "bodies": None if people.bodies is None else _save_bodies(people.bodies, shelf),
        "own_cameras": people.own_cameras is not None,
        "scores": people.scores is not None,
        "left_out": [reason.name for reason in people.left_out],
        "derived_boxes": people.derived_boxes,
        "areas": people.areas is not None,
    }


def _load_people(layout: Layout, shelf: Shelf) -> PersonRows:
    joints, world = layout["joints"], layout["world_joints"]
    return PersonRows(
        shelf.get_words("ids"),
        shelf.get("boxes"),
        tuple(
            PoseColumn(JOINT_SETS[name], shelf.get(f"pose_{number}"), source)
            for number, (name, source) in enumerate(layout["poses"])
        ),
        joints=None if joints is None else JointsColumn(JOINT_SETS[joints], shelf.get("joints")),
        world_joints=None
        if world is None
        else WorldJoints(JOINT_SETS[world], shelf.get("world_joints"), shelf.get("world_joint_rows")),
        bodies=None if layout["bodies"] is None else _load_bodies(layout["bodies"], shelf),
        own_cameras=shelf.get("own_cameras") if layout["own_cameras"] else None,
        scores=shelf.get("scores") if layout["scores"] else None,
        left_out={SkipReason[name]: shelf.get(f"left_out_{name}") for name in layout["left_out"]},
        faults=shelf.get_faults("person_faults"),
        derived_boxes=layout["derived_boxes"],
        areas=shelf.get("areas") if layout["areas"] else None,
    )


def _save_bodies(bodies: BodyColumn, shelf: Shelf) -> Layout:
    shelf.put("parameters", bodies.table.values)
    shelf.put("fit_errors", bodies.table.fit_errors)
    shelf.put_faults("parameter_faults", bodies.table.faults)
    _save_labels("body_ids", bodies.table.body_ids, shelf)
    shelf.put_order("body_rows", bodies.rows)
    if bodies.unaligned is not None:
        shelf.put("unaligned", bodies.unaligned)
    return {
        "world": bodies.table.world,
        "absent": bodies.absent,
        "unaligned": bodies.unaligned is not None,
    }


def _load_bodies(layout: Layout, shelf: Shelf) -> BodyColumn:
    table = SmplTable(
        shelf.get("parameters"),
        _load_labels("body_ids", shelf),
        shelf.get("fit_errors"),
        shelf.get_faults("parameter_faults"),
        layout["world"],
    )
    unaligned = shelf.get("unaligned") if layout["unaligned"] else None
    return BodyColumn(table, shelf.get("body_rows"), layout["absent"], unaligned)


def _save_labels(name: str, labels: Labels, shelf: Shelf) -> None:
    shelf.put_order(f"{name}.codes", labels.codes)
    shelf.put_words(name, labels.words)


def _load_labels(name: str, shelf: Shelf) -> Labels:
    return Labels(shelf.get(f"{name}.codes"), shelf.get_words(name))
