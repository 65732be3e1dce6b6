"""The three ways from the world into the camera for a record's people: how far apart, and which fits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Person, Record
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.geometry.extrinsics import ExtrinsicMode
    from sefd_viewer.review.extrinsic_modes import ModeResult
    from sefd_viewer.session.scene import FindBody

MODES: tuple[ExtrinsicMode, ...] = ("raw", "paper", "exact")
FITS_MM, FITS_PX = 80.0, 12.0
"""Median distances of joints up to which a mode is said to fit: regressed joints are no better than that."""

_NEARLY = 1.5

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
    where there is nothing to compare with. `best` marks the mode that explains the joints best.
    """

    mode: ExtrinsicMode
    shift_mm: tuple[float, float]
    shift_px: tuple[float, float]
    joints_px: float
    joints_mm: float
    best: bool = False


@dataclass(frozen=True)
class PersonModes:
    """One person through all modes, and what that means in a sentence."""

    person: str
    rows: tuple[ModeRow, ...]
    sentence: str


def has_world_bodies(record: Record) -> bool:
    """Whether anybody of the record has a body in the world of a camera that is known."""
    return any(person.smpl_world is not None and _camera(person, record) for person in record.people)


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
    from sefd_viewer.review.extrinsic_modes import compare_extrinsic_modes

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
    best = best_mode({mode: (one.joints_mm, one.joints_px) for mode, one in results.items()})
    exact = results["exact"]
    rows = tuple(_row(results[mode], exact, camera, best=mode == best) for mode in MODES)
    return PersonModes(key, rows, sentence(rows))


def best_mode(errors: Mapping[ExtrinsicMode, tuple[float, float]]) -> ExtrinsicMode | None:
    """The mode with the least error in (mm, px), in space where joints are known there; None without any."""
    for index in (0, 1):
        known = {mode: pair[index] for mode, pair in errors.items() if math.isfinite(pair[index])}
        if known:
            return min(known, key=lambda mode: known[mode])
    return None


def _row(result: ModeResult, exact: ModeResult, camera: PinholeCamera, *, best: bool) -> ModeRow:
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
        best,
    )


def sentence(rows: tuple[ModeRow, ...]) -> str:
    """Which mode fits, and how far off the others are and why."""
    best = next((row for row in rows if row.best), None)
    if best is None:
        return (
            "No annotated joints to compare with: shifts are measured against exact, which equals posing the "
            "body in the world and then moving every vertex by R v + t."
        )
    others = [_off(row, best) for row in reversed(rows) if row is not best]
    if not _fits(best):
        return f"No mode fits: the best, {best.mode}, is {_amount(best)} from the annotated joints."
    meaning = f" ({_MEANS[best.mode]})" if _MEANS[best.mode] else ""
    return f"{best.mode.capitalize()} fits: {_amount(best)}{meaning}; " + "; ".join(others) + "."


def _off(row: ModeRow, best: ModeRow) -> str:
    if _fits(row) and _error(row) < _NEARLY * _error(best):
        apart = length(row.shift_mm[0])
        return f"{row.mode} fits nearly as well ({_amount(row)}; it lies {apart} from exact)"
    reason = _FAULTS[row.mode] if best.mode == "exact" else ""
    return f"{row.mode} is {_amount(row)} off" + (f": {reason}" if reason else "")


def _amount(row: ModeRow) -> str:
    if math.isfinite(row.joints_mm):
        return length(row.joints_mm)
    return f"{row.joints_px:.1f} px" if math.isfinite(row.joints_px) else "behind the camera, so anywhere"


def _error(row: ModeRow) -> float:
    return row.joints_mm if math.isfinite(row.joints_mm) else row.joints_px


def _fits(row: ModeRow) -> bool:
    return _error(row) <= (FITS_MM if math.isfinite(row.joints_mm) else FITS_PX)


def length(mm: float) -> str:
    """A length in words: tenths of a millimetre up to 10 mm, whole ones up to 10 m, then metres."""
    if mm < 10:
        return f"{mm:.1f} mm"
    return f"{mm:.0f} mm" if mm < 10_000 else f"{mm / 1000:.1f} m"
