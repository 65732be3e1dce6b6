"""The three ways from the world into the camera for a record's people: how far apart, and which fits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sefd_viewer.features.cameras.model import MODES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.scene import FindBody
    from sefd_viewer.app.state import Color
    from sefd_viewer.cameras.diagnosis.conventions import Array
    from sefd_viewer.cameras.extrinsic_modes import ModeResult
    from sefd_viewer.datasets.records import Person, Record
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.geometry.rotations import ExtrinsicMode

    Contour = NDArray[np.float32]


FITS_MM, FITS_PX = 80.0, 12.0
"""Median distances of joints up to which a mode is said to fit: regressed joints are no better than that."""

_NEARLY = 1.5
"""How many times larger an error must be at least to tell one mode from another."""

_BY_CHANCE = 0.01
"""How likely it may be that joints prefer one mode to another by chance alone."""

FORMULAS: dict[ExtrinsicMode, str] = {
    "raw": "T and θ as they are stored",
    "paper": "R T + t, and R turns θ (Eq. 5-6)",
    "exact": "R (T + J0) + t - J0: the root joint compensated",
}
_FAULTS: dict[ExtrinsicMode, str] = {
    "raw": "the body is still in the world's frame",
    "paper": "the root joint was not compensated",
    "exact": "the stored translation had no root joint to compensate",
}
_MEANS: dict[ExtrinsicMode, str] = {
    "raw": "the parameters are in the camera's frame already",
    "paper": "the translation was stored without the root joint's compensation",
    "exact": "",
}


@dataclass(frozen=True)
class ModeRow:
    """One person through one mode.

    `shift_mm` and `shift_px` are (mean, largest) distances of vertices from those of the exact mode;
    `joints_px` and `joints_mm` median distances from the annotated joints in the image and in space; nan
    where there is nothing to compare with. `best` marks the mode that explains the joints best, beyond their
    noise; `alike` those between which the joints cannot decide.
    """

    mode: ExtrinsicMode
    shift_mm: tuple[float, float]
    shift_px: tuple[float, float]
    joints_px: float
    joints_mm: float
    best: bool = False
    alike: bool = False


@dataclass(frozen=True)
class PersonModes:
    """One person through all modes, and what that means in a sentence."""

    person: str
    rows: tuple[ModeRow, ...]
    sentence: str


def extrinsic_modes(record: Record, find_body: FindBody) -> tuple[PersonModes, ...]:
    """Everybody of the record who has a body in the world. Raises BodyError when its model is not here."""
    return tuple(
        _person_modes(person.key, results, camera)
        for person in record.people
        if (camera := _camera(person, record)) is not None
        and (results := mode_results(person, camera, find_body)) is not None
    )


def mode_results(
    person: Person, camera: PinholeCamera, find_body: FindBody
) -> Mapping[ExtrinsicMode, ModeResult] | None:
    """The person's body through each mode; None without a body in the world."""
    from sefd_viewer.cameras.extrinsic_modes import compare_extrinsic_modes

    if person.smpl_world is None:
        return None
    body = find_body(person.smpl_world.body_id)
    return compare_extrinsic_modes(
        person.smpl_world, camera, body, pose2d=person.pose2d, joints=person.joints
    )


def _camera(person: Person, record: Record) -> PinholeCamera | None:
    return person.camera if person.camera is not None else record.camera


def _person_modes(
    key: str, results: Mapping[ExtrinsicMode, ModeResult], camera: PinholeCamera
) -> PersonModes:
    best = best_modes({mode: (one.distances_mm, one.distances_px) for mode, one in results.items()})
    exact = results["exact"]
    rows = tuple(_row(results[mode], exact, camera, best) for mode in MODES)
    return PersonModes(key, rows, sentence(rows))


def best_modes(distances: Mapping[ExtrinsicMode, tuple[Array, Array]]) -> tuple[ExtrinsicMode, ...]:
    """The mode that explains the joints best, or all those that cannot be told from it; none without joints.

    `distances` are those of the joints in mm (J,) and px (K,); in space where joints are known there. A mode
    is told from another where its median error is much smaller and the joints prefer it beyond chance.
    """
    from sefd_viewer.cameras.diagnosis.evidence import chance

    for index in (0, 1):
        known = {mode: pair[index] for mode, pair in distances.items() if math.isfinite(_median(pair[index]))}
        if known:
            first = min(known, key=lambda mode: _median(known[mode]))
            least = _median(known[first])
            alike = [
                mode
                for mode, errors in known.items()
                if _median(errors) < _NEARLY * least or chance(errors, known[first]) > _BY_CHANCE
            ]
            return tuple(dict.fromkeys((first, *alike)))
    return ()


def _median(values: Array) -> float:
    import numpy as np

    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else math.nan


def _row(
    result: ModeResult, exact: ModeResult, camera: PinholeCamera, best: tuple[ExtrinsicMode, ...]
) -> ModeRow:
    from sefd_viewer.geometry.image_plane import largest_shift_px

    moved = result.vertices_camera.astype(float) - exact.vertices_camera
    largest_mm = float((moved**2).sum(axis=1).max() ** 0.5) * 1000
    largest_px = largest_shift_px(
        camera.project_camera(exact.vertices_camera), camera.project_camera(result.vertices_camera)
    )
    return ModeRow(
        result.mode,
        (result.shift_mm, largest_mm),
        (result.shift_px, largest_px),
        result.joints_px,
        result.joints_mm,
        best=best == (result.mode,),
        alike=len(best) > 1 and result.mode in best,
    )


def sentence(rows: tuple[ModeRow, ...]) -> str:
    """Which mode fits, and how far off the others are and why; none is named where joints cannot decide."""
    chosen = sorted((row for row in rows if row.best or row.alike), key=_error)
    if not chosen:
        return (
            "No annotated joints to compare with: shifts are measured against exact, which equals posing the "
            "body in the world and then moving every vertex by R v + t."
        )
    names, amounts = _listed([row.mode for row in chosen]), _listed([_amount(row) for row in chosen])
    if not _fits(chosen[0]):
        are = "the best, {}, is {}" if len(chosen) == 1 else "{} are {}"
        return f"No mode fits: {are.format(names, amounts)} from the annotated joints."
    others = [_off(row, chosen) for row in reversed(rows) if row not in chosen]
    if len(chosen) > 1:
        undecided = f"These joints cannot tell {names} apart: {amounts}{_apart(chosen)}"
        return "; ".join([undecided, *others]) + "."
    meaning = f" ({_MEANS[chosen[0].mode]})" if _MEANS[chosen[0].mode] else ""
    return f"{chosen[0].mode.capitalize()} fits: {amounts}{meaning}; " + "; ".join(others) + "."


def _off(row: ModeRow, chosen: Sequence[ModeRow]) -> str:
    reason = _FAULTS[row.mode] if [one.mode for one in chosen] == ["exact"] else ""
    return f"{row.mode} is {_amount(row)} off" + (f": {reason}" if reason else "")


def _apart(alike: Sequence[ModeRow]) -> str:
    """How far the modes that cannot be told apart lie from the exact one, where that is one of them."""
    if all(row.mode != "exact" for row in alike):
        return ""
    words = [f"{row.mode} lies {length(row.shift_mm[0])} from exact" for row in alike if row.mode != "exact"]
    return f" ({', '.join(words)})"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _amount(row: ModeRow) -> str:
    if math.isfinite(row.joints_mm):
        return length(row.joints_mm)
    return f"{row.joints_px:.1f} px" if math.isfinite(row.joints_px) else "behind the camera, so anywhere"


def _error(row: ModeRow) -> float:
    error = row.joints_mm if math.isfinite(row.joints_mm) else row.joints_px
    return error if math.isfinite(error) else math.inf


def _fits(row: ModeRow) -> bool:
    return _error(row) <= (FITS_MM if math.isfinite(row.joints_mm) else FITS_PX)


def length(mm: float) -> str:
    """A length in words: tenths of a millimetre up to 10 mm, whole ones up to 10 m, then metres."""
    if mm < 10:
        return f"{mm:.1f} mm"
    return f"{mm:.0f} mm" if mm < 10_000 else f"{mm / 1000:.1f} m"


Line = Literal["solid", "dashed", "dotted"]
_SMOOTH_PX = 0.6
_SPECK_PX = 12.0
"""Borders around less than so many square pixels are not drawn."""


@dataclass(frozen=True)
class LineStyle:
    """How an outline is drawn."""

    color: Color
    line: Line


STYLES: dict[ExtrinsicMode, LineStyle] = {
    "raw": LineStyle((0xC3, 0x8F, 0xD9), "dotted"),
    "paper": LineStyle((0xFF, 0x8F, 0x4D), "solid"),
    "exact": LineStyle((0xFF, 0xFF, 0xFF), "dashed"),
}
"""Violet dots, an orange line, white dashes: distinct by their pattern alone."""


@dataclass(frozen=True, eq=False)
class Outline:
    """Where one person's body ends in one photo: closed `contours`, each (N, 2) image pixels."""

    person: str
    mode: ExtrinsicMode
    contours: tuple[Contour, ...]


def moment_outlines(
    records: Sequence[Record], modes: Sequence[ExtrinsicMode], find_body: FindBody
) -> dict[str, tuple[Outline, ...]]:
    """The outlines through some modes in every photo of a moment, by the key of the photo's record."""
    from sefd_viewer.cameras.diagnosis.camera_reading import picture_size

    return {one.key: outlines(one, picture_size(one), modes, find_body) for one in records}


def outlines(
    record: Record, size: tuple[int, int], modes: Sequence[ExtrinsicMode], find_body: FindBody
) -> tuple[Outline, ...]:
    """Everybody of the record through these modes; a body outside the picture has no contours."""
    found: list[Outline] = []
    for person in record.people:
        camera = _camera(person, record)
        results = mode_results(person, camera, find_body) if camera is not None else None
        if camera is None or results is None or person.smpl_world is None:
            continue
        faces = find_body(person.smpl_world.body_id).faces
        for mode in modes:
            contours = contours_of(results[mode].vertices_camera, faces, camera, size)
            found.append(Outline(person.key, mode, contours))
    return tuple(found)


def contours_of(
    vertices_camera: NDArray[np.float32],
    faces: NDArray[np.int32],
    camera: PinholeCamera,
    size: tuple[int, int],
) -> tuple[Contour, ...]:
    """The borders (N, 2) of the area that a body (V, 3) covers in a picture of (width, height)."""
    import cv2
    import numpy as np

    from sefd_viewer.render.zbuffer import render_buffers

    buffers = render_buffers([vertices_camera], faces, camera, size, front_only=True)
    seen = (buffers.person_id > 0).astype(np.uint8)
    borders = cv2.findContours(seen, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)[0]
    large = [border for border in borders if cv2.contourArea(border) >= _SPECK_PX]
    return tuple(
        cv2.approxPolyDP(border, _SMOOTH_PX, closed=True)[:, 0].astype(np.float32) for border in large
    )
