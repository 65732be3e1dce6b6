"""The people's table of one part, from its columns: what each record would show, without making it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.people import PeopleBuilder
from sefd_viewer.datasets.annotations.picture_part import PicturePart
from sefd_viewer.datasets.annotations.rows import PartRows
from sefd_viewer.datasets.index.part_tables import (
    PEOPLE,
    PICTURES,
    person_table,
    picture_of_people,
    picture_table,
)
from sefd_viewer.datasets.records import SkipReason

_REASONS = list(SkipReason)
_NONE = -1
_BOX = ("box_x", "box_y", "box_w", "box_h")


@dataclass(frozen=True, eq=False)
class _Fates:
    """What becomes of P rows: why each is left out, and why it has no body; places in _REASONS, -1 is no."""

    left_out: NDArray[np.int16]
    bodiless: NDArray[np.int16]


def people_of_part(part: PicturePart) -> pl.DataFrame:
    """The rows of a part's people; positions are those in the part."""
    pictures, count = part.pictures, len(part.builder.rows.ids)
    by_picture, by_person = tables(part)
    places = picture_of_people(pictures.offsets)
    has_camera = _has_camera(part, places)
    fates = _fates(part, places, by_person["same_box"].to_numpy(), has_camera)
    rows = np.flatnonzero(fates.left_out == _NONE)
    empty = np.flatnonzero(np.bincount(places[rows], minlength=len(pictures.keys)) == 0)
    at = np.concatenate([places[rows], empty])
    order = np.argsort(at, kind="stable")
    at = at[order]
    people = _people(part, by_person, places, fates, has_camera)
    nobody = _nobody(part, empty, fates.left_out, people.schema)
    chosen = np.concatenate([rows, count + np.arange(len(empty))])[order]
    skipped = np.bincount(places[fates.left_out != _NONE], minlength=len(pictures.keys))
    found = _taken(by_picture.drop("title"), at).hstack(_taken(pl.concat([people, nobody]), chosen))
    return found.with_columns(
        position=pl.Series(at, dtype=pl.Int32), skipped=pl.Series(skipped[at], dtype=pl.UInt16)
    )


def tables(part: PicturePart) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The table of pictures and that of people: out of the index, or made."""
    if part.index is not None:
        with suppress(OSError, pl.exceptions.PolarsError):  # broken: made again
            return pl.read_parquet(part.index / PICTURES), pl.read_parquet(part.index / PEOPLE)
    rows = PartRows(part.folder, part.pictures, part.builder.rows)
    return picture_table(part.pictures), person_table(rows)


def _taken(frame: pl.DataFrame, rows: NDArray[np.int64]) -> pl.DataFrame:
    """These rows of a frame; the frame itself when these are all."""
    return frame if np.array_equal(rows, np.arange(frame.height)) else frame[rows.astype(np.uint32)]


def _people(
    part: PicturePart,
    by_person: pl.DataFrame,
    places: NDArray[np.int64],
    fates: _Fates,
    has_camera: NDArray[np.bool_],
) -> pl.DataFrame:
    """A row for each of the P people, shown or not."""
    people, pictures = part.builder.rows, part.pictures
    problems = _reason_words(fates.bodiless)
    faults = [(int(row), f"person {people.ids[row]}: {people.faults[row][0]}") for row in people.faults]
    known = {row for row, _ in faults} | set(np.flatnonzero(fates.bodiless != _NONE).tolist())
    for place in pictures.faults:
        rows = part.rows_of(place)
        faults += [(row, pictures.faults[place][0]) for row in rows if row not in known]
    if faults:
        problems = problems.scatter([row for row, _ in faults], [words for _, words in faults])
    fit_errors = _fit_errors(part.builder)
    smpl = np.zeros(len(places), dtype=bool) if people.bodies is None else fates.bodiless == _NONE
    columns = {
        "person": by_person["person"],
        **{name: np.ascontiguousarray(people.boxes[:, i]) for i, name in enumerate(_BOX)},
        "keypoints": by_person["keypoints"],
        "smpl": smpl,
        "camera": has_camera,
        "fit_error": pl.Series(fit_errors).fill_nan(None),
        "score": by_person["score"].fill_nan(None),
        "problem": problems,
    }
    return pl.DataFrame(columns)


def _nobody(
    part: PicturePart,
    empty: NDArray[np.int64],
    left_out: NDArray[np.int16],
    schema: pl.Schema,
) -> pl.DataFrame:
    """A row for each picture that shows nobody: its fault, or why the first person is left out."""
    firsts = part.pictures.offsets[empty].astype(np.int64)
    with_rows = np.diff(part.pictures.offsets)[empty] > 0
    reasons = np.full(len(empty), _NONE, dtype=np.int16)
    reasons[with_rows] = left_out[firsts[with_rows]]
    problems = _reason_words(reasons).to_list()
    faults = part.pictures.faults
    if faults:
        own = [faults.get(place, ("",))[0] for place in empty.tolist()]
        problems = [fault or words for fault, words in zip(own, problems, strict=True)]
    cameras = part.pictures.cameras
    known = np.zeros(len(empty), dtype=bool) if cameras is None else np.asarray(cameras.rows)[empty] >= 0
    columns = {name: pl.repeat(None, len(empty), dtype=kind, eager=True) for name, kind in schema.items()}
    return pl.DataFrame(
        columns
        | {
            "keypoints": pl.repeat(0, len(empty), dtype=pl.UInt8, eager=True),
            "smpl": pl.repeat(False, len(empty), dtype=pl.Boolean, eager=True),
            "camera": pl.Series(known, dtype=pl.Boolean),
            "problem": pl.Series(problems, dtype=pl.String),
        }
    )


def _reason_words(codes: NDArray[np.int16]) -> pl.Series:
    words = pl.Series(["", *(reason.value for reason in _REASONS)], dtype=pl.String)
    return words.gather((codes + 1).astype(np.uint32))


def _fit_errors(builder: PeopleBuilder) -> NDArray[np.float32]:
    """The stored errors of people's fits (P,), nan where there is none."""
    bodies = builder.rows.bodies
    errors = np.full(len(builder.rows.ids), np.nan, dtype=np.float32)
    if bodies is not None:
        held = bodies.rows >= 0
        errors[held] = bodies.table.fit_errors[bodies.rows[held]]
    return errors


def _has_camera(part: PicturePart, places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether there is a camera for each person (P,), an own one or the picture's."""
    own, cameras = part.builder.rows.own_cameras, part.pictures.cameras
    known = np.zeros(len(places), dtype=bool)
    if own is not None:
        known |= np.isfinite(own).all(axis=1)
    if cameras is not None:
        known |= np.asarray(cameras.rows)[places] >= 0
    return known


def _fates(
    part: PicturePart,
    places: NDArray[np.int64],
    same_box: NDArray[np.bool_],
    has_camera: NDArray[np.bool_],
) -> _Fates:
    left_out = _left_out(part, places)
    bodiless = _bodiless(part.builder, has_camera)
    for place in np.unique(places[same_box]).tolist():  # rare, and needs the keypoints: look closely
        rows = part.rows_of(place)
        stated = None if part.pictures.cameras is None else part.pictures.cameras.at(place)
        camera = None if stated is None else stated.rigid()
        found = part.builder.each(rows, part.pictures.size(place), camera)
        for row, (person, skipped) in zip(rows, found, strict=True):
            left_out[row] = _NONE if person is not None or skipped is None else _REASONS.index(skipped.reason)
    return _Fates(left_out, bodiless)


def _left_out(part: PicturePart, places: NDArray[np.int64]) -> NDArray[np.int16]:
    """Why each person is not shown (P,), people who are there twice with the same box aside."""
    people, least = part.builder.rows, part.builder.options.min_score
    x, y, width, height = np.asarray(people.boxes, dtype=np.float32).T
    picture_width, picture_height = np.nan_to_num(part.pictures.sizes, nan=np.inf)[places].T
    with np.errstate(invalid="ignore"):
        sound = np.isfinite(people.boxes).all(axis=1) & (width > 0) & (height > 0)
        known = np.isfinite(picture_width)
        inside = (x < picture_width) & (y < picture_height) & (x + width > 0) & (y + height > 0)
        low = None if least is None or people.scores is None else people.scores < least
    marks = [*people.left_out.items(), (SkipReason.INVALID_BOX, ~sound | (known & ~inside))]
    if low is not None:
        marks.append((SkipReason.LOW_SCORE, low))
    return _first_reason(marks, len(places))


def _bodiless(builder: PeopleBuilder, has_camera: NDArray[np.bool_]) -> NDArray[np.int16]:
    """Why each person has no body (P,)."""
    bodies, own = builder.rows.bodies, builder.rows.own_cameras
    if bodies is None:
        return np.full(len(has_camera), _NONE, dtype=np.int16)
    table, rows = bodies.table, np.asarray(bodies.rows, dtype=np.int64)
    absent = rows < 0
    broken = np.zeros(len(table.values) + 1, dtype=bool)
    broken[list(table.faults)] = True
    marks = [(SkipReason.NO_SMPL, absent), (SkipReason.BROKEN_SMPL, broken[rows])]
    most = builder.options.max_fit_error
    if most is not None:
        marks.append((SkipReason.FIT_ERROR, np.asarray(_fit_errors(builder) > most)))
    if bodies.unaligned is not None:
        marks.append((SkipReason.NO_CAMERA, bodies.unaligned))
    if own is not None:
        marks.append((SkipReason.NO_CAMERA, ~np.asarray(np.isfinite(own).all(axis=1))))
    elif table.world:
        marks.append((SkipReason.NO_CAMERA, ~has_camera))
    if table.world and builder.options.extrinsics == "exact":
        missing = np.array([builder.find_body(word) is None for word in table.body_ids.words] + [False])
        codes = np.append(np.asarray(table.body_ids.codes, dtype=np.int64), len(missing) - 1)
        marks.append((SkipReason.NO_BODY, missing[codes[rows]]))
    return _first_reason(marks, len(rows))


def _first_reason(marks: Sequence[tuple[SkipReason, NDArray[np.bool_]]], count: int) -> NDArray[np.int16]:
    """The first reason that holds for each of `count` rows."""
    codes = np.full(count, _NONE, dtype=np.int16)
    for reason, holds in reversed(marks):
        codes[holds] = _REASONS.index(reason)
    return codes
