"""Pictures of sequences: are they there, as large as annotated, and do they show what was measured?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import scandir
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.diagnosis.conventions import Array
from sefd_viewer.cameras.diagnosis.evidence import by_luck
from sefd_viewer.cameras.sequences.reading import SequenceFrames, SubjectFrames
from sefd_viewer.cameras.views.tracks import coco_pixels
from sefd_viewer.datasets.images import image_size, load_image
from sefd_viewer.errors import ImageError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import COCO17, JointSet, Pose2D, remap


@dataclass(frozen=True)
class Detect:
    """Finds joints in a picture: of the person in a box x y w h, or, more slowly, of everybody."""

    person: Callable[[NDArray[np.uint8], NDArray[np.floating]], Pose2D | None]
    everybody: Callable[[NDArray[np.uint8]], Sequence[Pose2D]]

    @classmethod
    def shipped(cls) -> Detect:
        """The detector that comes with the program."""
        from sefd_viewer.pose2d.detector import detect_people, detect_person

        return cls(detect_person, detect_people)


MOMENTS = 5
"""In how many pictures of every sequence and camera people are looked for, where nobody asks otherwise."""

MOST_HEADERS = 200_000
"""Pictures of a set up to which every header is read; of larger ones as many of each sequence and camera."""

UNLIKE = 0.06
"""Part of the person's height in the picture from which found and measured joints are unlike."""

_REACH = 15
_AROUND = 2
_LEAST_JOINTS = 6
_CAP = 0.15
_IN_STEP = 0.8
_LUCK = 1e-3
_TIMES = 0.65


@dataclass(frozen=True, eq=False)
class PictureFaults:
    """Rows of one sequence before one camera whose pictures are missing, broken, or of another size."""

    rows: Mapping[str, NDArray[np.int64]]
    there: NDArray[np.bool_]


class Folders:
    """Which files there are, one look per folder."""

    def __init__(self) -> None:
        self._names: dict[Path, frozenset[str]] = {}

    def has(self, path: Path) -> bool:
        """Whether the file is there."""
        folder = path.parent
        if folder not in self._names:
            try:
                with scandir(folder) as entries:
                    self._names[folder] = frozenset(entry.name for entry in entries)
            except OSError:
                self._names[folder] = frozenset()
        return path.name in self._names[folder]


def path_of(subject: SubjectFrames, record: int) -> Path:
    """The picture's file of a record."""
    return subject.part.folder / subject.part.pictures.names[record - subject.start]


def picture_faults(
    subject: SubjectFrames, sequence: SequenceFrames, camera: int, folders: Folders, *, headers: int
) -> PictureFaults:
    """Look at the files of a sequence before a camera, and at the sizes of up to so many."""
    records = sequence.records[:, camera]
    there = np.array([record >= 0 and folders.has(path_of(subject, int(record))) for record in records], bool)
    found: dict[str, list[int]] = {}
    missing = np.flatnonzero((records >= 0) & ~there)
    if len(missing):
        found["the pictures are missing"] = missing.tolist()
    present = np.flatnonzero(there)
    chosen = present[np.unique(np.linspace(0, len(present) - 1, headers).astype(int))] if len(present) else []
    unlike = {int(row): words for row in chosen if (words := _size_words(subject, int(records[row])))}
    for row, words in unlike.items():
        found.setdefault(words, []).append(row)
    if len(found) == 1 and len(unlike) == len(chosen) < len(present):  # all that were looked at
        found = {words: present.tolist() for words in found}
    return PictureFaults({words: np.array(rows, np.int64) for words, rows in found.items()}, there)


def _size_words(subject: SubjectFrames, record: int) -> str:
    """What is wrong with the size of a picture; "" where nothing is."""
    try:
        width, height = image_size(path_of(subject, record))
    except ImageError as error:
        return f"the pictures cannot be read ({error.what})"
    annotated = subject.part.pictures.size(record - subject.start)
    if annotated is None or annotated == (width, height):
        return ""
    scale = width / annotated[0]
    if abs(height - scale * annotated[1]) <= 1 and abs(scale - 1) > 0.002:
        return f"the pictures are {scale:.3g} times as large as annotated"
    return f"the pictures have {width} x {height} pixels, annotated as {annotated[0]} x {annotated[1]}"


# ---- what pictures show


@dataclass(frozen=True, eq=False)
class Shown:
    """K pictures of one sequence before one camera: `rows` (K,) and COCO joints found (K, 17, 2), nan where
    none; `heights` (K,) px of the person as measured."""

    rows: NDArray[np.int64]
    pixels: Array
    heights: Array


def moving_rows(joints: Array, count: int) -> NDArray[np.int64]:
    """Up to `count` frames, spread over the sequence, in which most moves: these tell the time best."""
    total = len(joints)
    if total <= count:
        return np.arange(total)
    before = joints[np.maximum(np.arange(total) - _AROUND, 0)]
    after = joints[np.minimum(np.arange(total) + _AROUND, total - 1)]
    motion = np.nan_to_num(np.linalg.norm(after - before, axis=-1).mean(axis=1), nan=-1.0)
    parts = np.array_split(np.arange(total), count)
    return np.array([part[int(np.argmax(motion[part]))] for part in parts], np.int64)


def people_shown(
    subject: SubjectFrames,
    sequence: SequenceFrames,
    camera: int,
    rows: NDArray[np.int64],
    detect: Detect,
    *,
    boxed: bool = True,
) -> Shown:
    """Look for the person in some pictures, `boxed` ones in their boxes; unreadable ones show nobody."""
    boxes = subject.boxes(sequence, camera)
    pixels = np.full((len(rows), 17, 2), np.nan)
    for place, row in enumerate(rows):
        record = int(sequence.records[row, camera])
        try:
            image = load_image(path_of(subject, record))
        except ImageError:
            continue
        annotated = subject.part.pictures.size(record - subject.start)
        scale = 1.0 if annotated is None else annotated[0] / image.shape[1]
        box = boxes[row] / scale if boxed and np.isfinite(boxes[row]).all() else None
        poses = detect.everybody(image) if box is None else [detect.person(image, box)]
        found = [coco_pixels(pose) * scale for pose in poses if pose is not None]
        chosen = _nearest(found, boxes[row])
        if chosen is not None:
            pixels[place] = chosen
    return Shown(rows, pixels, boxes[rows, 3])


def _nearest(found: Sequence[Array], box: Array) -> Array | None:
    """The pose whose middle is nearest to the box's, if it is not far from it; the only one without a box."""
    if not found:
        return None
    if not np.isfinite(box).all():
        return found[0] if len(found) == 1 else None
    middle, side = box[:2] + box[2:] / 2, float(box[2:].max())
    apart = [float(np.linalg.norm(np.nanmean(pixels, axis=0) - middle)) for pixels in found]
    best = int(np.argmin(np.nan_to_num(apart, nan=np.inf)))
    enough = np.isfinite(found[best][:, 0]).sum() >= _LEAST_JOINTS
    return found[best] if apart[best] < side and enough else None


def as_coco(joints: Array, joint_set: JointSet) -> Array:
    """COCO joints (N, 17, 3) of those of a set; nan where it has none."""
    values, present = remap(joints, joint_set, COCO17)
    return np.where(present[:, None], values, np.nan)


def unlike_by_frame(shown: Shown, coco: Array, camera: PinholeCamera, late: int = 0) -> Array:
    """The mean capped distance (K,) of found joints from those measured `late` frames later, in heights."""
    wanted = shown.rows + late
    inside = (wanted >= 0) & (wanted < len(coco))
    points = coco[np.clip(wanted, 0, len(coco) - 1)]
    pixels = camera.project(np.nan_to_num(points))
    pixels[~np.isfinite(points).all(axis=-1)] = np.nan
    distances = np.linalg.norm(pixels - shown.pixels, axis=-1) / shown.heights[:, None]
    behind = np.isfinite(shown.pixels[..., 0]) & np.isfinite(points[..., 0]) & ~np.isfinite(distances)
    distances[behind] = _CAP
    known = np.isfinite(distances)
    counts = known.sum(axis=1)
    sums = np.where(known, np.minimum(distances, _CAP), 0).sum(axis=1)
    return np.where(inside & (counts >= _LEAST_JOINTS), sums / np.maximum(counts, 1), np.nan)


@dataclass(frozen=True)
class Late:
    """The pictures show what was measured `count` frames later; unlikeness in heights before and after."""

    count: int
    before: float
    after: float

    @property
    def words(self) -> str:
        """In words."""
        frames = f"{abs(self.count)} frame{'s' if abs(self.count) > 1 else ''}"
        return (
            f"the pictures are {frames} {'early' if self.count > 0 else 'late'}: "
            f"they show what was measured {frames} {'later' if self.count > 0 else 'earlier'}"
        )


def lateness(pairs: Sequence[tuple[Shown, Array, PinholeCamera]], *, alone: bool) -> Late | None:
    """By how many frames pictures of sequences are off, if so; `alone`: a few frames of one must do."""
    curves = {
        late: np.concatenate([unlike_by_frame(shown, coco, camera, late) for shown, coco, camera in pairs])
        for late in range(-_REACH, _REACH + 1)
    }
    now = curves[0]
    best: tuple[float, int] = (np.inf, 0)
    for late, values in curves.items():
        both = np.isfinite(values) & np.isfinite(now)
        if both.sum() >= max(2, 0.6 * np.isfinite(now).sum()):
            best = min(best, (float(values[both].mean() / max(now[both].mean(), 1e-9)), late))
    if best[1] == 0:
        return None
    both = np.isfinite(curves[best[1]]) & np.isfinite(now)
    before, after = now[both], curves[best[1]][both]
    sure = (
        best[0] < _TIMES and bool((after < before).all())
        if alone
        else best[0] < _IN_STEP and _chance(before - after) < _LUCK
    )
    return Late(best[1], float(before.mean()), float(after.mean())) if sure else None


def _chance(gains: Array) -> float:
    """How likely gains (N,) seem so large by chance: a one-sided t-test."""
    if len(gains) < 3 or gains.mean() <= 0:
        return 1.0
    error = max(float(gains.std(ddof=1)) / np.sqrt(len(gains)), 1e-12)
    return by_luck(float(gains.mean()) / error, len(gains) - 1)


def shown_instead(
    shown: Shown, coco: Array, own: str, cameras: Mapping[str, PinholeCamera], width: int
) -> str | None:
    """Whose pictures these are, if not this camera's: those of another one, or mirrored ones."""
    now = float(np.nanmean(unlike_by_frame(shown, coco, cameras[own])))
    best = min(_others(shown, coco, own, cameras, width), default=(np.inf, ""))
    return best[1] if best[0] < now / 2 and best[0] < UNLIKE else None


def _others(
    shown: Shown, coco: Array, own: str, cameras: Mapping[str, PinholeCamera], width: int
) -> Iterator[tuple[float, str]]:
    for view, camera in cameras.items():
        if view != own:
            yield float(np.nanmean(unlike_by_frame(shown, coco, camera))), f"the pictures are those of {view}"
    sides = list(range(17))
    for left, right in COCO17.flip_pairs:
        sides[left], sides[right] = right, left
    mirrored = Shown(shown.rows, shown.pixels[:, sides] * [-1, 1] + [width - 1, 0], shown.heights)
    unlike = float(np.nanmean(unlike_by_frame(mirrored, coco, cameras[own])))
    yield unlike, "the pictures are mirrored left to right"
