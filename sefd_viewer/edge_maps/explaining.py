"""Why a stored map may differ from the one drawn now: guesses that are drawn and compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.smpl_table import FindBody
from sefd_viewer.edge_maps.drawing import CrowdInPlane, Map, draw_maps, maps_of_kind
from sefd_viewer.edge_maps.jobs import FactorySettings, MapJob, MapKind, Size, dilation_settings
from sefd_viewer.edges.mesh_edges import MeshEdges
from sefd_viewer.edges.settings import EdgeSettings

LARGEST_SHIFT = 16
"""Pixels in either direction that are searched."""

_FLOOR = 24
"""Fainter values count as 0: JPEG leaves such traces around edges."""


def agreement(one: Map, other: Map) -> float:
    """The shared part of two maps (H,W), 0 to 1: sum of the smaller over sum of the larger values."""
    first, second = _cleaned(one), _cleaned(other)
    whole = float(cv2.max(first, second).sum())
    return float(cv2.min(first, second).sum()) / whole if whole else 1.0


def shift_between(still: Map, moved: Map) -> tuple[float, float]:
    """How far (x, y) pixels `moved` lies right of and below `still`: the peak of their correlation."""
    spectra = np.fft.rfft2(_padded(still)).conj() * np.fft.rfft2(_padded(moved))
    correlation = np.fft.irfft2(spectra, _padded(still).shape)
    reach = np.arange(-LARGEST_SHIFT - 1, LARGEST_SHIFT + 2)
    near = correlation[np.ix_(reach, reach)]
    y, x = np.unravel_index(np.argmax(near[1:-1, 1:-1]), (len(reach) - 2, len(reach) - 2))
    row, column = int(y) + 1, int(x) + 1
    return (
        float(reach[column]) + _vertex(near[row, column - 1 : column + 2]),
        float(reach[row]) + _vertex(near[row - 1 : row + 2, column]),
    )


def shifted(picture: Map, shift: tuple[float, float]) -> Map:
    """The map moved by (x, y) pixels, right and down; 0 comes in from outside."""
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float64)
    return np.asarray(cv2.warpAffine(picture, matrix, (picture.shape[1], picture.shape[0])), np.uint8)


def _cleaned(picture: Map) -> Map:
    return np.asarray(cv2.threshold(picture, _FLOOR, 0, cv2.THRESH_TOZERO)[1], np.uint8)


def _padded(picture: Map) -> NDArray[np.float32]:
    """With a border, so that what leaves on one side does not come back on the other."""
    return np.pad(_cleaned(picture).astype(np.float32), (0, 2 * LARGEST_SHIFT))


def _vertex(three: NDArray[np.float64]) -> float:
    """Where the parabola through three values around their largest has its vertex, from -0.5 to 0.5."""
    bend = three[0] - 2 * three[1] + three[2]
    return float(np.clip((three[0] - three[2]) / (2 * bend), -0.5, 0.5)) if bend < 0 else 0.0


_KINDS: tuple[MapKind, ...] = ("overlap", "all", "occluded")
_DILATIONS = ("adaptive", "none", "fixed:3", "fixed:5", "fixed:7", "fixed:9")
_BY_PROJECTION = "adaptive by the boxes of the projected bodies"
_LEAST_SHIFT = 0.25


class Verdict(Enum):
    """What a stored map turned out to be."""

    AGREES = "agrees"
    MISSING = "missing"
    UNUSABLE = "no usable file"
    SHIFTED = "shifted"
    DILATION = "other dilation"
    KIND = "other kind"
    PERSON = "wrong person"
    LEFT_OUT = "person left out"
    FRAME = "neighbouring frame"
    DIFFERENT = "different"
    NOT_DRAWN = "cannot be drawn"


@dataclass(frozen=True, eq=False)
class Guess:
    """A map as a fault would have made it; `detail` says which."""

    verdict: Verdict
    detail: str
    picture: Map


@dataclass(frozen=True, eq=False)
class Neighbour:
    """The frame `before` or `after` a job in its sequence."""

    side: str
    job: MapJob


@dataclass(frozen=True, eq=False)
class Suspect:
    """A stored map that is not the one expected at `index` of its job's paths."""

    job: MapJob
    index: int
    size: Size
    stored: Map
    expected: Map
    settings: FactorySettings
    neighbours: Sequence[Neighbour]


def best_guess(suspect: Suspect, crowd: CrowdInPlane, find_body: FindBody) -> tuple[Guess | None, float]:
    """The guess that agrees best with the stored map, and how well; of equals the first one."""
    best: tuple[Guess | None, float] = None, 0.0
    for guess in _guesses(suspect, crowd, find_body):
        score = agreement(suspect.stored, guess.picture)
        if score > best[1]:
            best = guess, score
    return best


def _guesses(suspect: Suspect, crowd: CrowdInPlane, find_body: FindBody) -> Iterator[Guess]:
    edges = crowd.edges(suspect.size, suspect.settings.edges)
    yield from _other_kinds(suspect, edges)
    yield from _other_people(suspect, edges, crowd)
    yield from _shifts(suspect)
    yield from _other_dilations(suspect, crowd)
    for neighbour in suspect.neighbours:
        maps = draw_maps(neighbour.job, suspect.size, suspect.settings, find_body)
        if suspect.index < len(maps):
            detail = f"the frame {neighbour.side}, {neighbour.job.key}"
            yield Guess(Verdict.FRAME, detail, maps[suspect.index])


def _other_kinds(suspect: Suspect, edges: MeshEdges) -> Iterator[Guess]:
    for kind in _KINDS:
        if kind != suspect.settings.kind:
            yield Guess(Verdict.KIND, f"it is of the kind {kind}", maps_of_kind(edges, kind)[0])


def _other_people(suspect: Suspect, edges: MeshEdges, crowd: CrowdInPlane) -> Iterator[Guess]:
    """One person left out, and each person alone."""
    keys, kind = [person.key for person in suspect.job.people], suspect.settings.kind
    if len(keys) == 1:
        return
    if kind != "single":
        for position, key in enumerate(keys):
            rest = crowd.edges(suspect.size, suspect.settings.edges, without=position)
            yield Guess(Verdict.LEFT_OUT, f"without person {key}", maps_of_kind(rest, kind)[0])
    for position, (key, single) in enumerate(zip(keys, maps_of_kind(edges, "single"), strict=True)):
        if kind != "single" or position != suspect.index:
            yield Guess(Verdict.PERSON, f"it shows person {key} alone", single)


def _shifts(suspect: Suspect) -> Iterator[Guess]:
    shift = shift_between(suspect.expected, suspect.stored)
    if max(map(abs, shift)) < _LEAST_SHIFT:
        return
    whole = float(round(shift[0])), float(round(shift[1]))
    for x, y in dict.fromkeys((whole, shift)):
        detail = f"by {x:+.1f} pixels in x, {y:+.1f} in y"
        yield Guess(Verdict.SHIFTED, detail, shifted(suspect.expected, (x, y)))


def _other_dilations(suspect: Suspect, crowd: CrowdInPlane) -> Iterator[Guess]:
    """Each different map that another rule gives; on one map two rules may come to the same."""
    rules: dict[bytes, list[str]] = {}
    maps: dict[bytes, Map] = {}
    for words in (*_DILATIONS, _BY_PROJECTION):
        by_projection = words == _BY_PROJECTION
        settings = dilation_settings("adaptive" if by_projection else words)
        if by_projection or not _same_dilation(settings, suspect.settings.edges):
            edges = crowd.edges(suspect.size, settings, by_projection=by_projection)
            picture = maps_of_kind(edges, suspect.settings.kind)[suspect.index]
            maps[picture.tobytes()] = picture
            rules.setdefault(picture.tobytes(), []).append(words)
    for content, picture in maps.items():
        yield Guess(Verdict.DILATION, f"it is dilated by the rule {' or '.join(rules[content])}", picture)


def _same_dilation(one: EdgeSettings, other: EdgeSettings) -> bool:
    return one.dilation == other.dilation and (one.dilation != "fixed" or one.kernel == other.kernel)
