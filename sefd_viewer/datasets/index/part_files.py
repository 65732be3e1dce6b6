"""What annotation files said, to a folder of arrays and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.columns import Labels
from sefd_viewer.datasets.annotations.rows import (
    BodyColumn,
    CameraRows,
    JointsColumn,
    PartRows,
    PersonRows,
    PictureRows,
    PoseColumn,
    WorldJoints,
)
from sefd_viewer.datasets.annotations.smpl_table import SmplTable
from sefd_viewer.datasets.records import SkipReason
from sefd_viewer.geometry.joints import JOINT_SETS

_BY_SIZE = ((1 << 7, np.int8), (1 << 15, np.int16), (1 << 31, np.int32))


class MappedWords(Sequence[str]):
    """N words in one text: word i is bytes starts[i] to starts[i + 1], `starts` (N + 1,)."""

    def __init__(self, starts: NDArray[np.integer], text: NDArray[np.uint8]) -> None:
        if len(starts) == 0 or int(starts[-1]) != len(text):
            raise ValueError("the text does not fit its words")
        self._starts, self._text = starts, text

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __iter__(self) -> Iterator[str]:
        return (self[row] for row in range(len(self)))

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[row] for row in range(*index.indices(len(self)))]
        row = index + len(self) if index < 0 else index
        if not 0 <= row < len(self):
            raise IndexError(f"there are {len(self)} words, no number {index}")
        text = self._text[int(self._starts[row]) : int(self._starts[row + 1])]
        return text.tobytes().decode("utf-8", "surrogatepass")


class MappedFaults(Mapping[int, Sequence[str]]):
    """What is wrong with some rows: `rows` (F,) rising, with a sentence each."""

    def __init__(self, rows: NDArray[np.integer], sentences: Sequence[str]) -> None:
        self._rows, self._sentences = rows, sentences

    def __getitem__(self, row: int) -> Sequence[str]:
        first, last = np.searchsorted(self._rows, [row, row + 1]).tolist()
        if first == last:
            raise KeyError(row)
        return self._sentences[first:last]

    def __iter__(self) -> Iterator[int]:
        rows: list[int] = np.unique(self._rows).tolist()
        return iter(rows)

    def __len__(self) -> int:
        return len(np.unique(self._rows))


@dataclass(frozen=True)
class ArrayFolder:
    """Named arrays and words in `folder`."""

    folder: Path

    def put(self, name: str, array: NDArray[Any]) -> None:
        """Write an array."""
        np.save(self.folder / f"{name}.npy", np.ascontiguousarray(array))

    def put_order(self, name: str, numbers: Sequence[int] | NDArray[np.integer]) -> None:
        """Write whole numbers (N,) in the narrowest type that holds them."""
        array = np.asarray(numbers, dtype=np.int64)
        largest = int(np.abs(array).max(initial=0))
        kind = next((kind for limit, kind in _BY_SIZE if largest < limit), np.int64)
        self.put(name, array.astype(kind))

    def get(self, name: str) -> NDArray[Any]:
        """An array, to be read where it is looked at."""
        file = self.folder / f"{name}.npy"
        try:
            return np.load(file, mmap_mode="r").view(np.ndarray)
        except ValueError:  # an empty array cannot be mapped; a broken one fails again
            array: NDArray[Any] = np.load(file)
            return array

    def put_words(self, name: str, words: Sequence[str]) -> None:
        """Write words."""
        encoded = [word.encode("utf-8", "surrogatepass") for word in words]
        self.put_order(f"{name}.starts", np.cumsum([0, *map(len, encoded)]))
        self.put(f"{name}.text", np.frombuffer(b"".join(encoded), dtype=np.uint8))

    def get_words(self, name: str) -> MappedWords:
        """Words, to be read where they are looked at."""
        return MappedWords(self.get(f"{name}.starts"), self.get(f"{name}.text"))

    def put_faults(self, name: str, faults: Mapping[int, Sequence[str]]) -> None:
        """Write what is wrong with which rows."""
        pairs = [(row, sentence) for row in sorted(faults) for sentence in faults[row]]
        self.put_order(f"{name}.rows", [row for row, _ in pairs])
        self.put_words(name, [sentence for _, sentence in pairs])

    def get_faults(self, name: str) -> Mapping[int, Sequence[str]]:
        """What is wrong with which rows."""
        rows = self.get(f"{name}.rows")
        return MappedFaults(rows, self.get_words(name)) if len(rows) else {}


Layout = dict[str, Any]
_LABELS = ("moments", "views", "actions")


def save_rows(rows: PartRows, arrays: ArrayFolder) -> Layout:
    """Write everything; what is returned is JSON, and needed to read it again."""
    return {
        "folder": str(rows.folder.absolute()),
        "world_up": rows.world_up,
        "pictures": _save_pictures(rows.pictures, arrays),
        "people": _save_people(rows.people, arrays),
    }


def load_rows(layout: Layout, arrays: ArrayFolder) -> PartRows:
    """Everything, read where it is looked at."""
    up = layout["world_up"]
    return PartRows(
        Path(layout["folder"]),
        _load_pictures(layout["pictures"], arrays),
        _load_people(layout["people"], arrays),
        None if up is None else (up[0], up[1], up[2]),
    )


def _save_pictures(pictures: PictureRows, arrays: ArrayFolder) -> Layout:
    named = pictures.names != pictures.keys
    if named:
        arrays.put_words("names", pictures.names)
    arrays.put_words("keys", pictures.keys)
    arrays.put("sizes", pictures.sizes)
    arrays.put_order("offsets", pictures.offsets)
    arrays.put_faults("picture_faults", pictures.faults)
    if pictures.titles is not None:
        arrays.put_words("titles", pictures.titles)
    if pictures.cameras is not None:
        arrays.put("cameras", pictures.cameras.table)
        arrays.put_order("camera_rows", pictures.cameras.rows)
    if pictures.crowding is not None:
        arrays.put("crowding", pictures.crowding)
    if pictures.ids is not None:
        arrays.put("picture_ids", pictures.ids)
    labels = {name: getattr(pictures, name) for name in _LABELS}
    for name, column in labels.items():
        if column is not None:
            _save_labels(name, column, arrays)
    return {
        "named": named,
        "titled": pictures.titles is not None,
        "cameras": pictures.cameras is not None,
        "crowding": pictures.crowding is not None,
        "ids": pictures.ids is not None,
        "labels": [name for name, column in labels.items() if column is not None],
        "subject": pictures.subject,
    }


def _load_pictures(layout: Layout, arrays: ArrayFolder) -> PictureRows:
    keys = arrays.get_words("keys")
    labels = {name: _load_labels(name, arrays) for name in layout["labels"]}
    return PictureRows(
        arrays.get_words("names") if layout["named"] else keys,
        keys,
        arrays.get("sizes"),
        arrays.get("offsets"),
        titles=arrays.get_words("titles") if layout["titled"] else None,
        cameras=CameraRows(arrays.get("cameras"), arrays.get("camera_rows")) if layout["cameras"] else None,
        subject=layout["subject"],
        crowding=arrays.get("crowding") if layout["crowding"] else None,
        ids=arrays.get("picture_ids") if layout["ids"] else None,
        faults=arrays.get_faults("picture_faults"),
        **labels,
    )


def _save_people(people: PersonRows, arrays: ArrayFolder) -> Layout:
    arrays.put_words("ids", people.ids)
    arrays.put("boxes", people.boxes)
    arrays.put_faults("person_faults", people.faults)
    for number, pose in enumerate(people.poses):
        arrays.put(f"pose_{number}", pose.keypoints)
    if people.joints is not None:
        arrays.put("joints", people.joints.points_camera)
    if people.world_joints is not None:
        arrays.put("world_joints", people.world_joints.points_world)
        arrays.put_order("world_joint_rows", people.world_joints.rows)
    for name in ("own_cameras", "scores", "areas"):
        column = getattr(people, name)
        if column is not None:
            arrays.put(name, column)
    for reason, marks in people.left_out.items():
        arrays.put(f"left_out_{reason.name}", marks)
    return {
        "poses": [(pose.joint_set.name, pose.source) for pose in people.poses],
        "joints": None if people.joints is None else people.joints.joint_set.name,
        "world_joints": None if people.world_joints is None else people.world_joints.joint_set.name,
        "bodies": None if people.bodies is None else _save_bodies(people.bodies, arrays),
        "own_cameras": people.own_cameras is not None,
        "scores": people.scores is not None,
        "left_out": [reason.name for reason in people.left_out],
        "derived_boxes": people.derived_boxes,
        "areas": people.areas is not None,
    }


def _load_people(layout: Layout, arrays: ArrayFolder) -> PersonRows:
    joints, world = layout["joints"], layout["world_joints"]
    return PersonRows(
        arrays.get_words("ids"),
        arrays.get("boxes"),
        tuple(
            PoseColumn(JOINT_SETS[name], arrays.get(f"pose_{number}"), source)
            for number, (name, source) in enumerate(layout["poses"])
        ),
        joints=None if joints is None else JointsColumn(JOINT_SETS[joints], arrays.get("joints")),
        world_joints=None
        if world is None
        else WorldJoints(JOINT_SETS[world], arrays.get("world_joints"), arrays.get("world_joint_rows")),
        bodies=None if layout["bodies"] is None else _load_bodies(layout["bodies"], arrays),
        own_cameras=arrays.get("own_cameras") if layout["own_cameras"] else None,
        scores=arrays.get("scores") if layout["scores"] else None,
        left_out={SkipReason[name]: arrays.get(f"left_out_{name}") for name in layout["left_out"]},
        faults=arrays.get_faults("person_faults"),
        derived_boxes=layout["derived_boxes"],
        areas=arrays.get("areas") if layout["areas"] else None,
    )


def _save_bodies(bodies: BodyColumn, arrays: ArrayFolder) -> Layout:
    arrays.put("parameters", bodies.table.values)
    arrays.put("fit_errors", bodies.table.fit_errors)
    arrays.put_faults("parameter_faults", bodies.table.faults)
    _save_labels("body_ids", bodies.table.body_ids, arrays)
    arrays.put_order("body_rows", bodies.rows)
    if bodies.unaligned is not None:
        arrays.put("unaligned", bodies.unaligned)
    return {
        "world": bodies.table.world,
        "absent": bodies.absent,
        "unaligned": bodies.unaligned is not None,
    }


def _load_bodies(layout: Layout, arrays: ArrayFolder) -> BodyColumn:
    table = SmplTable(
        arrays.get("parameters"),
        _load_labels("body_ids", arrays),
        arrays.get("fit_errors"),
        arrays.get_faults("parameter_faults"),
        layout["world"],
    )
    unaligned = arrays.get("unaligned") if layout["unaligned"] else None
    return BodyColumn(table, arrays.get("body_rows"), layout["absent"], unaligned)


def _save_labels(name: str, labels: Labels, arrays: ArrayFolder) -> None:
    arrays.put_order(f"{name}.codes", labels.codes)
    arrays.put_words(name, labels.words)


def _load_labels(name: str, arrays: ArrayFolder) -> Labels:
    return Labels(arrays.get(f"{name}.codes"), arrays.get_words(name))
