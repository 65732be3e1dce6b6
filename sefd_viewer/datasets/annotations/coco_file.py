"""Files in COCO's shape: a list of images, and a list of annotations that name their image."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.entries import Entries, EntryCollector
from sefd_viewer.datasets.annotations.json_files import ReadingFiles, collect_lists
from sefd_viewer.datasets.progress import Problems
from sefd_viewer.errors import DatasetError, shown
from sefd_viewer.plain_files import possible_path
from sefd_viewer.pose2d.pose_file import as_id

_IMAGE_KEYS = ("id", "file_name", "width", "height")
_ANNOTATION_KEYS = ("id", "image_id", "category_id", "bbox", "score")


@dataclass(frozen=True, eq=False)
class CocoFile:
    """Sound entries of one file: every image has an id and a `file_name`, every annotation its image.

    Annotations stand in the order of their images: those of image i are rows offsets[i] to offsets[i + 1],
    `offsets` (N + 1,). `repeated` (P,) marks an annotation whose id an earlier one has. The entries have the
    keys that were asked for. `joint_names` are those of each category that names joints, by its id.
    """

    path: Path
    images: Entries
    annotations: Entries
    offsets: NDArray[np.int64]
    repeated: NDArray[np.bool_]
    joint_names: Mapping[int | str | None, tuple[str, ...]]

    @property
    def annotation_ids(self) -> list[str]:
        """The annotations' ids as words; those without one are numbered."""
        ids = self.annotations.cells("id")
        return [f"#{row}" if key is None else str(as_id(key)) for row, key in enumerate(ids)]

    @property
    def category_ids(self) -> list[int | str | None]:
        """Each annotation's category."""
        return list(map(as_id, self.annotations.cells("category_id")))

    @property
    def image_names(self) -> list[str]:
        """Each image's `file_name`, as a file system takes it."""
        return [possible_path(str(name)) for name in self.images.cells("file_name")]

    @property
    def image_ids(self) -> list[object]:
        """Each image's id."""
        return self.images.cells("id")

    @property
    def image_numbers(self) -> NDArray[np.int64] | None:
        """The same as numbers (N,); None where one is none."""
        numbers = list(map(as_id, self.image_ids))
        return np.array(numbers, np.int64) if all(isinstance(one, int) for one in numbers) else None


class _Lists:
    """The two lists of a file as they come in."""

    def __init__(self, image_keys: Iterable[str], annotation_keys: Iterable[str]) -> None:
        self.found: dict[str, EntryCollector | None] = {}
        self.joint_names: dict[int | str | None, tuple[str, ...]] = {}
        self._keys = {
            "images": (*_IMAGE_KEYS, *image_keys),
            "annotations": (*_ANNOTATION_KEYS, *annotation_keys),
        }

    def take(self, key: str, value: object) -> None:
        """Take a value, or a batch of it, that stands at the top of the file."""
        if key == "categories":
            self._take_categories(value)
        if key not in self._keys:
            return
        if not isinstance(value, list):
            self.found[key] = None
            return
        collector = self.found.setdefault(key, EntryCollector(self._keys[key]))
        if collector is not None:
            collector.add(value)

    def _take_categories(self, value: object) -> None:
        for one in value if isinstance(value, list) else ():
            names = one.get("keypoints") if isinstance(one, dict) else None
            if isinstance(names, list) and names:
                self.joint_names[as_id(one.get("id"))] = tuple(map(str, names))


Unfold = Callable[[str, object], Iterable[tuple[str, object]]]
"""Makes what stands at the top of a file, by key, into COCO's lists `images` and `annotations`."""


def read_coco_file(
    path: Path,
    reading: ReadingFiles,
    *,
    image_keys: Iterable[str] = (),
    annotation_keys: Iterable[str] = (),
    unfold: Unfold | None = None,
) -> CocoFile:
    """The file's sound entries with these keys besides the usual; the others are noted.

    `unfold` is for files of another shape. Raises DatasetError when there are no such lists.
    """
    lists: list[_Lists] = []

    def make() -> Callable[[str, object], None]:
        lists.append(_Lists(image_keys, annotation_keys))
        return lists[-1].take if unfold is None else partial(_take_unfolded, lists[-1], unfold)

    collect_lists(path, reading, make)
    problems = reading.problems
    images = _images(_listed(lists[-1], "images", path, problems), path, problems)
    listed = _listed(lists[-1], "annotations", path, problems)
    annotations, image_rows = _annotations(listed, images, path, problems)
    order = np.argsort(image_rows, kind="stable")
    offsets = np.searchsorted(image_rows[order], np.arange(len(images) + 1))
    ordered = annotations.take(order)
    repeated = _repeated(ordered, path, problems)
    return CocoFile(path, images, ordered, offsets, repeated, lists[-1].joint_names)


def _take_unfolded(lists: _Lists, unfold: Unfold, key: str, value: object) -> None:
    for pair in unfold(key, value):
        lists.take(*pair)


def _listed(lists: _Lists, key: str, path: Path, problems: Problems) -> Entries:
    """The named list's entries that hold named values."""
    collector = lists.found.get(key)
    if collector is None:
        raise DatasetError(
            f"this has no list of {key}", where=shown(str(path)), remedy=f"Open a file with the key {key!r}"
        )
    for position in collector.odd:
        problems.add(path, f"an entry of {key} holds no named values", f"{key}[{position}]")
    return collector.entries()


def _images(entries: Entries, path: Path, problems: Problems) -> Entries:
    rows: list[int] = []
    seen: set[Hashable] = set()
    cells = zip(map(as_id, entries.cells("id")), entries.cells("file_name"), strict=True)
    for row, (key, file_name) in enumerate(cells):
        if key is None:
            problems.add(path, "an image has no id", f"images[{entries.positions[row]}]")
        elif key in seen:
            problems.add(path, "an image id occurs twice; the first image counts", f"image {key}")
        elif not isinstance(file_name, str) or not file_name:
            problems.add(path, "an image has no file_name", f"image {key}")
        else:
            seen.add(key)
            rows.append(row)
    return entries.take(np.array(rows, dtype=np.int64))


def _annotations(
    entries: Entries, images: Entries, path: Path, problems: Problems
) -> tuple[Entries, NDArray[np.int64]]:
    """The annotations whose image is there, and the image's row of each."""
    image_rows = _image_rows(entries, images)
    lost = np.flatnonzero(image_rows < 0)
    strangers = entries.take(lost)
    names = zip(lost.tolist(), strangers.cells("id"), strangers.cells("image_id"), strict=True)
    for row, key, image in names:
        known = f"#{entries.positions[row]}" if key is None else key
        record = f"annotation {known} names image {image}"
        problems.add(path, "image_id names an image that is not in the file", record)
    kept = np.flatnonzero(image_rows >= 0)
    return entries.take(kept), image_rows[kept]


def _image_rows(annotations: Entries, images: Entries) -> NDArray[np.int64]:
    """The row of each annotation's image (P,), -1 where there is none."""
    wanted, known = annotations.integers("image_id"), images.integers("id")
    if wanted is None or known is None or len(known) == 0:
        rows = {as_id(key): row for row, key in enumerate(images.cells("id"))}
        cells = map(as_id, annotations.cells("image_id"))
        return np.array([rows.get(cell, -1) for cell in cells], dtype=np.int64)
    order = np.argsort(known)
    places = np.searchsorted(known, wanted, sorter=order)
    rows_found = order[np.minimum(places, len(known) - 1)]
    return np.where(known[rows_found] == wanted, rows_found, -1)


def _repeated(annotations: Entries, path: Path, problems: Problems) -> NDArray[np.bool_]:
    """Where an annotation's id is one that was there before (P,)."""
    repeated = np.zeros(len(annotations), dtype=bool)
    ids = annotations.integers("id")
    if ids is not None and (np.diff(np.sort(ids)) > 0).all():
        return repeated
    seen: set[Hashable] = set()
    cells = zip(map(as_id, annotations.cells("id")), annotations.cells("image_id"), strict=True)
    for row, (key, image) in enumerate(cells):
        if key is None:
            problems.add(path, "an annotation has no id", f"an annotation of image {image}")
        elif key in seen:
            repeated[row] = True
            problems.add(path, "an annotation id occurs twice; the first counts", f"annotation {key}")
        else:
            seen.add(key)
    return repeated
