"""Files in COCO's shape: a list of images, and a list of annotations that name their image."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.json_files import read_json_object
from sefd_viewer.datasets.annotations.problems import Problems, shown
from sefd_viewer.errors import DatasetError

Entry = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class CocoFile:
    """Sound entries of one file: every image has an id and a `file_name`, every annotation its image.

    Annotations stand in the order of their images: those of image i are rows offsets[i] to offsets[i + 1],
    `offsets` (N + 1,). `repeated` (P,) marks an annotation whose id an earlier one has.
    """

    path: Path
    images: list[Entry]
    annotations: list[Entry]
    offsets: NDArray[np.int64]
    repeated: NDArray[np.bool_]

    @property
    def annotation_ids(self) -> list[str]:
        """The annotations' ids as words; those without one are numbered."""
        return [str(entry.get("id", f"#{row}")) for row, entry in enumerate(self.annotations)]

    @property
    def image_names(self) -> list[str]:
        """Each image's `file_name`."""
        return [entry["file_name"] for entry in self.images]


def read_coco_file(path: Path, problems: Problems) -> CocoFile:
    """The file's sound entries; the others are noted. Raises DatasetError when there are no such lists."""
    content = read_json_object(path, problems)
    images = _images(_entries(content, "images", path, problems), path, problems)
    rows = {entry["id"]: row for row, entry in enumerate(images)}
    listed = _entries(content, "annotations", path, problems)
    annotations, image_rows = _annotations(listed, rows, path, problems)
    order = np.argsort(image_rows, kind="stable")
    offsets = np.searchsorted(image_rows[order], np.arange(len(images) + 1))
    ordered = [annotations[row] for row in order.tolist()]
    return CocoFile(path, images, ordered, offsets, _repeated(ordered, path, problems))


def _entries(content: Entry, key: str, path: Path, problems: Problems) -> list[tuple[int, Entry]]:
    """The named list's entries that hold named values, with their positions."""
    listed = content.get(key)
    if not isinstance(listed, list):
        raise DatasetError(
            f"this has no list of {key}", where=shown(str(path)), remedy=f"Open a file with the key {key!r}"
        )
    sound: list[tuple[int, Entry]] = []
    for position, entry in enumerate(listed):
        if isinstance(entry, dict):
            sound.append((position, entry))
        else:
            problems.add(path, f"an entry of {key} holds no named values", f"{key}[{position}]")
    return sound


def _images(entries: list[tuple[int, Entry]], path: Path, problems: Problems) -> list[Entry]:
    images, seen = [], set()
    for position, entry in entries:
        key = entry.get("id")
        name = f"images[{position}]"
        if not _is_id(key):
            problems.add(path, "an image has no id", name)
        elif key in seen:
            problems.add(path, "an image id is there twice; the first image counts", f"image {key}")
        elif not isinstance(entry.get("file_name"), str) or not entry["file_name"]:
            problems.add(path, "an image has no file_name", f"image {key}")
        else:
            seen.add(key)
            images.append(entry)
    return images


def _annotations(
    entries: list[tuple[int, Entry]], rows: Mapping[Hashable, int], path: Path, problems: Problems
) -> tuple[list[Entry], NDArray[np.int64]]:
    annotations, image_rows = [], []
    for position, entry in entries:
        image = entry.get("image_id")
        row = rows.get(image) if _is_id(image) else None
        if row is None:
            record = f"annotation {entry.get('id', f'#{position}')} names image {image}"
            problems.add(path, "image_id names an image that is not in the file", record)
        else:
            annotations.append(entry)
            image_rows.append(row)
    return annotations, np.array(image_rows, dtype=np.int64)


def _repeated(annotations: list[Entry], path: Path, problems: Problems) -> NDArray[np.bool_]:
    seen: set[Hashable] = set()
    repeated = np.zeros(len(annotations), dtype=bool)
    for row, entry in enumerate(annotations):
        key = entry.get("id")
        if not _is_id(key):
            problems.add(path, "an annotation has no id", f"an annotation of image {entry['image_id']}")
        elif key in seen:
            repeated[row] = True
            problems.add(path, "an annotation id is there twice; the first counts", f"annotation {key}")
        else:
            seen.add(key)
    return repeated


def _is_id(value: object) -> bool:
    return isinstance(value, int | str)
