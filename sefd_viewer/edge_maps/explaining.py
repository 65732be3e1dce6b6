"""Why a stored map may differ from the one drawn now: guesses that are drawn and compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from sefd_viewer.datasets.annotations.bodies import FindBody
from sefd_viewer.edge_maps.comparing import agreement, shift_between, shifted
from sefd_viewer.edge_maps.drawing import CrowdInPlane, Map, draw_maps, maps_of_kind
from sefd_viewer.edge_maps.jobs import MapJob, Size
from sefd_viewer.edge_maps.settings import FactorySettings, MapKind, dilation_settings
from sefd_viewer.edges.mesh_edges import MeshEdges
from sefd_viewer.edges.settings import EdgeSettings

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
