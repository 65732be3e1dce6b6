"""Pictures in which a share of one person is hidden on purpose: by an object, a person, the picture's edge.

Everybody whose body is known and who is hardly hidden is judged at each level of hiding, so that the levels
differ in nothing but what hides. The shares are those of the body's silhouette, counted in pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, overload

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.photo_truth import FindBody
from sefd_viewer.evaluation.runs.rows import sequence_of
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import Pose2D
from sefd_viewer.render.zbuffer import render_buffers

Kind = Literal["object", "person", "truncation"]
Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]

LEAST_PIXELS = 800
"""Pixels of a silhouette below which nobody is judged."""
_MOST_HIDDEN, _MOST_OUTSIDE = 0.05, 0.02
_STEPS = 160
"""Places along a line at which a person is tried as what hides."""
_SIZES = (1.0, 1.4, 2.0, 2.8, 4.0)
"""How much larger than the hidden person somebody is pasted, the first that hides enough."""
_CLOSE = 0.02


@dataclass(frozen=True)
class Case:
    """One person of a record of the set, who will be hidden."""

    position: int
    person: str


@dataclass(frozen=True)
class Hidden:
    """A picture that was changed: of which person, and which share of the silhouette is hidden now."""

    case: Case
    level: float
    share: float


def suitable(dataset: Dataset, find_body: FindBody, count: int, *, seed: int = 0) -> list[Case]:
    """Up to `count` people, at random, who are seen almost whole; SefdError where there is nobody."""
    order = np.random.default_rng(seed).permutation(len(dataset.records))
    found: list[Case] = []
    for position in order.tolist():
        with suppress(SefdError):
            record = dataset.records[position]
            found += [Case(position, key) for key in _seen_whole(record, find_body)]
        if len(found) >= count:
            break
    if not found:
        words = "nobody here has a body, a camera and a picture, and is seen almost whole"
        raise SefdError(words, where=dataset.root, remedy="Take a set with true bodies, and give its --body")
    return sorted(found[:count], key=lambda one: (one.position, one.person))


class OccludedRecords(Sequence[Record]):
    """The records of all cases at all levels, the levels of a case together; pictures are made when read."""

    def __init__(
        self,
        dataset: Dataset,
        cases: Sequence[Case],
        levels: Sequence[float],
        kind: Kind,
        find_body: FindBody,
        *,
        seed: int = 0,
    ) -> None:
        """`levels` are shares from 0 to below 1."""
        self._dataset, self._find_body, self._kind, self._seed = dataset, find_body, kind, seed
        self._cases, self._levels = tuple(cases), tuple(levels)

    def __len__(self) -> int:
        return len(self._cases) * len(self._levels)

    @overload
    def __getitem__(self, index: int) -> Record: ...

    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...

    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        case, level = self.case_of(index)
        return self._record(case, level)

    def case_of(self, index: int) -> tuple[Case, float]:
        """Whom a record is about, and its level."""
        case, level = divmod(index, len(self._levels))
        return self._cases[case], self._levels[level]

    def photo_of(self, index: int) -> tuple[int, str | None, int]:
        """The position of the photo that a record was made from, its sequence, and its place there."""
        position = self.case_of(index)[0].position
        return position, *sequence_of(self._dataset.records[position], position, self._dataset.format)

    def hidden(self, index: int) -> Hidden:
        """The share that is hidden in a record's picture."""
        case, level = self.case_of(index)
        return Hidden(case, level, self._made(case, level)[1])

    def in_place(self, index: int) -> tuple[Image, Mask, float]:
        """A picture in the whole photo's frame, what of it was changed (H, W), and the share that is hidden.

        What the picture's edge cuts off is black.
        """
        case, level = self.case_of(index)
        base = self._dataset.records[case.position]
        image, (made, share) = base.load(), self._made(case, level)
        if self._kind == "truncation" and level > 0:
            (x, y, width, height), _ = self._cut(base, base.person(case.person), level)
            part, made = made, np.zeros_like(image)
            made[y : y + height, x : x + width] = part
            outside = np.ones(image.shape[:2], bool)
            outside[y : y + height, x : x + width] = False
            return made, outside, share
        return made, (made != image).any(axis=-1), share

    def _record(self, case: Case, level: float) -> Record:
        base = self._dataset.records[case.position]
        person = base.person(case.person)
        key = f"{base.key}#{case.person}@{level:.2f}"
        changed = replace(
            base, key=key, title=key, people=(person,), image_path=None, moment=None, view=None, skipped=()
        )
        if self._kind == "truncation" and level > 0:
            x, y, width, height = self._cut(base, person, level)[0]
            return _moved(replace(changed, read=lambda: self._made(case, level)[0]), (x, y), (width, height))
        return replace(changed, read=partial(_first, self._made, case, level), image=None, size=_size(base))

    def _made(self, case: Case, level: float) -> tuple[Image, float]:
        """The changed picture, and the share of the person that is hidden in it."""
        base = self._dataset.records[case.position]
        image, person = base.load(), base.person(case.person)
        if level <= 0:
            return image, 0.0
        if self._kind == "truncation":
            (x, y, width, height), share = self._cut(base, person, level)
            return np.ascontiguousarray(image[y : y + height, x : x + width]), share
        mask = silhouette(base, person, self._find_body)
        rng = self._rng(case)
        if self._kind == "object":
            cover = covering(mask, level, float(rng.uniform(0, 2 * np.pi)))
            painted = np.where(cover[..., None], _texture(image.shape[:2], rng), image)
        else:
            painted, cover = self._behind_somebody(image, mask, level, case, rng)
        return painted.astype(np.uint8), float((cover & mask).sum() / mask.sum())

    def _cut(self, base: Record, person: Person, level: float) -> tuple[tuple[int, int, int, int], float]:
        """The part x y w h of the picture that is left, and the share that is cut off: from a random side."""
        mask = silhouette(base, person, self._find_body)
        side = int(self._rng(Case(self._dataset.position(base.key), person.key)).integers(4))
        counts = np.cumsum(mask.sum(axis=side % 2)[:: -1 if side > 1 else 1])
        cut = int(np.argmin(np.abs(counts - level * counts[-1]))) + 1
        height, width = mask.shape
        x, y = (0, cut) if side == 1 else (cut, 0) if side == 0 else (0, 0)
        if side % 2:
            x, y, width, height = 0, y, width, height - cut
        else:
            x, y, width, height = x, 0, width - cut, height
        return (x, y, width, height), float(counts[cut - 1] / counts[-1])

    def _behind_somebody(
        self, image: Image, mask: Mask, level: float, case: Case, rng: np.random.Generator
    ) -> tuple[Image, Mask]:
        """The picture with another person of the set pasted over this one, as far as the level asks."""
        others = [one for one in self._cases if one != case] or [case]
        donor = others[int(rng.integers(len(others)))]
        record = self._dataset.records[donor.position]
        part, own = _cut_out(record.load(), silhouette(record, record.person(donor.person), self._find_body))
        height, angle = float(np.ptp(np.flatnonzero(mask.any(axis=1))) + 1), float(rng.uniform(0, 2 * np.pi))
        for times in _SIZES:
            cut, stencil = _scaled(part, own, times * height / part.shape[0])
            painted, cover = _pasted(image, mask, cut, stencil, level, angle)
            if abs((cover & mask).sum() / mask.sum() - level) < _CLOSE:
                break
        return painted, cover

    def _rng(self, case: Case) -> np.random.Generator:
        """The same for all levels of a case, so that what hides only comes nearer."""
        return np.random.default_rng([self._seed, case.position, sum(map(ord, case.person))])


def occluded(dataset: Dataset, records: OccludedRecords, kind: Kind) -> Dataset:
    """The changed pictures as a data set like the one that they are of."""
    return replace(dataset, name=f"{dataset.name} hidden by {kind}", records=records, problems=(), parts=())


def silhouette(record: Record, person: Person, find_body: FindBody) -> Mask:
    """Where the person's true body lies in the picture (H, W). Raises SefdError without body or camera."""
    camera = person.camera or record.camera
    if person.truth is None or camera is None:
        raise SefdError(
            "this person has no body that a camera sees",
            where=f"{record.key}, {person.key}",
            remedy="Choose people with a true body and a camera",
        )
    body = find_body(person.truth.body_id)
    vertices = body.forward(person.truth).vertices
    buffers = render_buffers(
        [vertices], body.faces, camera.without_extrinsics().without_distortion(), _size(record)
    )
    return buffers.person_id > 0


def covering(mask: Mask, level: float, angle: float) -> Mask:
    """A bar (H, W) that comes from one side and hides this share of a silhouette, to a few pixels."""
    rows, columns = np.nonzero(mask)
    across, along = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    points = np.column_stack([columns, rows]).astype(float)
    edge = np.quantile(points @ across, level)
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    places, sides = x * across[0] + y * across[1], x * along[0] + y * along[1]
    reach = points @ along
    margin = 0.1 * np.ptp(reach)
    begin = (points @ across).min() - 0.2 * np.ptp(points @ across)
    inside = (sides >= reach.min() - margin) & (sides <= reach.max() + margin)
    return inside & (places <= edge) & (places >= begin)


def _seen_whole(record: Record, find_body: FindBody) -> Iterator[str]:
    """The people of a record whom nobody hides and the picture shows whole, by their bodies."""
    known = [one for one in record.people if one.truth is not None and (one.camera or record.camera)]
    if record.image_path is None and record.image is None and record.read is None:
        return
    masks = {one.key: silhouette(record, one, find_body) for one in known}
    for one in known:
        own = masks[one.key]
        others = np.zeros_like(own)
        for key, mask in masks.items():
            others |= mask if key != one.key else False
        size = int(own.sum())
        inside = _share_inside(record, one, find_body)
        if (
            size >= LEAST_PIXELS
            and (own & others).sum() <= _MOST_HIDDEN * size
            and inside >= 1 - _MOST_OUTSIDE
        ):
            yield one.key


def _share_inside(record: Record, person: Person, find_body: FindBody) -> float:
    """The share of a body's vertices that lie inside the picture."""
    camera = person.camera or record.camera
    assert person.truth is not None
    assert camera is not None
    pixels = camera.project_camera(find_body(person.truth.body_id).forward(person.truth).vertices)
    with np.errstate(invalid="ignore"):
        return float(((pixels >= 0) & (pixels < _size(record))).all(axis=1).mean())


def _size(record: Record) -> tuple[int, int]:
    if record.size is not None:
        return record.size
    height, width = record.load().shape[:2]
    return width, height


def _first(make: Callable[[Case, float], tuple[Image, float]], case: Case, level: float) -> Image:
    return make(case, level)[0]


def _texture(shape: tuple[int, int], rng: np.random.Generator) -> Image:
    """A surface (H, W, 3) of one colour with soft stains, unlike people and unlike black."""
    colour = rng.uniform(60, 200, 3)
    coarse = rng.normal(0, 25, (max(shape[0] // 16, 2), max(shape[1] // 16, 2), 1)).astype(np.float32)
    stains = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.clip(colour + stains[..., None], 0, 255).astype(np.uint8)


def _cut_out(image: Image, mask: Mask) -> tuple[Image, Mask]:
    """The part of a picture around a silhouette, and the silhouette in it."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return image[part], mask[part]


def _scaled(image: Image, mask: Mask, scale: float) -> tuple[Image, Mask]:
    size = max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1)
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    larger = cv2.resize(image, size, interpolation=interpolation).astype(np.uint8)
    return larger, cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0


def _pasted(
    image: Image, mask: Mask, cut: Image, stencil: Mask, level: float, angle: float
) -> tuple[Image, Mask]:
    """The picture with the cut-out where it hides about this share, on its way across along a line."""
    rows, columns = np.nonzero(mask)
    middle = np.array([columns.mean(), rows.mean()])
    way = np.array([np.cos(angle), np.sin(angle)]) * (np.ptp(rows) + cut.shape[0]) / 2
    corner = middle - np.array(stencil.shape[::-1]) / 2
    corners = [corner + step * way for step in np.linspace(1, -1, _STEPS)]
    shares = [float((_placed(mask.shape, stencil, one) & mask).sum() / mask.sum()) for one in corners]
    reached = np.flatnonzero(np.array(shares) >= level)
    best = corners[int(reached[0]) if len(reached) else int(np.argmax(shares))]
    cover, place = _placed(mask.shape, stencil, best), np.round(best).astype(int)
    painted = image.copy()
    y, x = np.nonzero(cover)
    painted[y, x] = cut[y - place[1], x - place[0]]
    return painted, cover


def _placed(shape: tuple[int, ...], stencil: Mask, corner: NDArray[np.floating]) -> Mask:
    """A stencil in a picture of a shape (H, W), with its first pixel at `corner` (x, y)."""
    cover = np.zeros(shape[:2], bool)
    y, x = np.nonzero(stencil)
    left, top = np.round(corner).astype(int)
    y, x = y + top, x + left
    inside = (y >= 0) & (y < shape[0]) & (x >= 0) & (x < shape[1])
    cover[y[inside], x[inside]] = True
    return cover


def _moved(record: Record, corner: tuple[int, int], size: tuple[int, int]) -> Record:
    """A record of the part of its picture that begins at `corner` (x, y) and is of `size` (w, h)."""
    by = np.array(corner, float)

    def camera(one: PinholeCamera | None) -> PinholeCamera | None:
        return None if one is None else replace(one, principal_point=one.principal_point - by)

    def pose(one: Pose2D | None) -> Pose2D | None:
        if one is None:
            return None
        keypoints = one.keypoints - np.array([*by, 0], np.float32)
        seen = ((keypoints[:, :2] >= 0) & (keypoints[:, :2] < size)).all(axis=1)
        keypoints[~seen, 2] = 0
        return replace(one, keypoints=keypoints, bbox_xywh=one.bbox_xywh - np.array([*by, 0, 0], np.float32))

    def person(one: Person) -> Person:
        box = None if one.bbox_xywh is None else one.bbox_xywh - np.array([*by, 0, 0], np.float32)
        others = tuple(found for each in one.other_poses if (found := pose(each)) is not None)
        return replace(
            one, bbox_xywh=box, pose2d=pose(one.pose2d), camera=camera(one.camera), other_poses=others
        )

    return replace(
        record,
        size=size,
        camera=camera(record.camera),
        stated_camera=camera(record.stated_camera),
        people=tuple(person(one) for one in record.people),
    )
