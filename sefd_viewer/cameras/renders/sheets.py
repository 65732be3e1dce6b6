"""Contact sheets: a sequence in every camera, photo, raw, paper and exact beside each other (Fig. 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.catalog import catalog_at
from sefd_viewer.cameras.extrinsic_modes import EXTRINSIC_MODES, ModeResult, compare_extrinsic_modes
from sefd_viewer.cameras.renders.pictures import Image, Rendered, What, ground, jpeg, painted, words_on
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.edge_maps.jobs import body_of
from sefd_viewer.edge_maps.making import write_in_folder
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.cameras import PinholeCamera

CELL = 220
"""Pixels of a side of one picture on a sheet."""

_LETTERS = 14
_MARGIN = 2
_AROUND = 1.5
_LINE = 24
_PAPER = 30


@dataclass(frozen=True, eq=False)
class Placed:
    """A person of the world in one photo, small enough to be sent to another process."""

    view: str
    frame: str
    photo: Path | None
    size: tuple[int, int] | None
    camera: PinholeCamera
    person: Person


@dataclass(frozen=True, eq=False)
class SheetJob:
    """A sheet: its title, its path and who is seen; a line for each view, cells for each moment."""

    title: str
    path: PurePosixPath
    placed: tuple[Placed, ...]


def plan_sheet(
    dataset: Dataset, sequence: str, positions: Sequence[int], path: PurePosixPath, moments: int
) -> SheetJob | None:
    """The sheet of a sequence whose records are at `positions`; None where nobody has a body in the world."""
    wanted = set(_spread(list(dict.fromkeys(dataset.instant(i)[0] for i in positions)), moments))
    records = [dataset.records[i] for i in positions if dataset.instant(i)[0] in wanted]
    placed = [one for record in records if (one := _placed(record)) is not None]
    if not placed:
        return None
    title = " · ".join(records[0].title.split(" · ")[:2])
    return SheetJob(f"{title}   ({sequence})", path, tuple(placed))


@dataclass(frozen=True)
class SheetMaker:
    """Paints and writes sheets; travels to worker processes."""

    out: Path
    what: What
    bodies: tuple[str, ...] = ()

    def __call__(self, job: SheetJob) -> Rendered:
        """Write the sheet; one that cannot be painted is told. Raises SefdError where writing fails."""
        try:
            sheet = self._sheet(job)
        except Exception as error:  # whatever is wrong with one sequence must not stop the others
            reason = str(error) if isinstance(error, SefdError) else f"{type(error).__name__}: {error}"
            return Rendered(job.path.stem, job.path, reason)
        write_in_folder(self.out / job.path, jpeg(sheet))
        return Rendered(job.path.stem, job.path)

    def _sheet(self, job: SheetJob) -> Image:
        views = sorted({one.view for one in job.placed})
        moments = list(dict.fromkeys(one.frame for one in job.placed))
        group = (1 + len(EXTRINSIC_MODES)) * (CELL + _MARGIN)
        width, height = len(moments) * (group + _LINE), len(views) * (CELL + _MARGIN) + 2 * _LINE
        sheet: Image = np.full((height, width, 3), _PAPER, np.uint8)
        words = [((6, 4), job.title)]
        for one in job.placed:
            left = moments.index(one.frame) * (group + _LINE)
            top = 2 * _LINE + views.index(one.view) * (CELL + _MARGIN)
            words.append(((left + 6, _LINE + 2), one.frame))
            for cell, caption in self._cells(one):
                sheet[top : top + CELL, left : left + CELL] = cell
                words.append(((left + 6, top + CELL - 22), caption))
                left += CELL + _MARGIN
        return words_on(sheet, words, _LETTERS)

    def _cells(self, one: Placed) -> list[tuple[Image, str]]:
        """The photo around the person, then the same with the body through each mode, and captions."""
        assert one.person.smpl_world is not None
        body = body_of(one.person.smpl_world, catalog_at(self.bodies).find)
        modes = compare_extrinsic_modes(
            one.person.smpl_world, one.camera, body, pose2d=one.person.pose2d, joints=one.person.joints
        )
        photo, _fault = ground(one.photo, one.size)
        corner, scale = _part(modes["exact"].vertices_camera, one.camera, photo)
        cut = np.array([[scale, 0, -corner[0] * scale], [0, scale, -corner[1] * scale]])
        small = np.asarray(cv2.warpAffine(photo, cut, (CELL, CELL), borderValue=(_PAPER,) * 3), np.uint8)
        camera = one.camera.without_extrinsics().shifted(-corner[0], -corner[1]).resized(scale)
        cells = [(small, one.view)]
        for mode in EXTRINSIC_MODES:
            result = modes[mode]
            cell = painted(small, [result.vertices_camera], body.faces, camera, self.what, line=1)
            cells.append((cell, f"{mode}  {_distance(result)}"))
        return cells


def _placed(record: Record) -> Placed | None:
    """The first person of a record with a body in the world and a camera."""
    for person in record.people:
        camera = person.camera or record.camera
        if person.smpl_world is not None and camera is not None and record.moment is not None:
            frame = record.title.split(" · ")[-1]
            return Placed(record.view or "camera", frame, record.image_path, record.size, camera, person)
    return None


def _part(
    vertices: NDArray[np.floating], camera: PinholeCamera, photo: Image
) -> tuple[NDArray[np.float64], float]:
    """Upper left corner (x, y) of the square part of the photo around a body, and cell pixels per pixel."""
    pixels = camera.project_camera(vertices)
    pixels = pixels[np.isfinite(pixels).all(axis=1)]
    size = np.array([photo.shape[1], photo.shape[0]], np.float64)
    low, high = (pixels.min(axis=0), pixels.max(axis=0)) if len(pixels) else (np.zeros(2), size)
    middle, side = (low + high) / 2, float(_AROUND * (high - low).max())
    if not 16 < side < 4 * size.max() or not ((middle > 0) & (middle < size)).all():
        middle, side = size / 2, float(size.max())
    return middle - side / 2, CELL / side


def _distance(result: ModeResult) -> str:
    """How far a mode's body is from annotated joints, in words."""
    if np.isfinite(result.joints_mm):
        return f"{result.joints_mm:.0f} mm"
    return f"{result.joints_px:.0f} px" if np.isfinite(result.joints_px) else ""


def _spread(items: Sequence[str | None], count: int) -> list[str | None]:
    """At most `count` of the items, evenly spread, ends left out where there are enough."""
    steps = (np.arange(count) + 0.5) / count * len(items)
    return [items[i] for i in sorted({int(step) for step in steps})] if items else []
