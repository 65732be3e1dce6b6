"""What is computed for the workspace "People": the comparison, a person's facts, pictures of bodies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from sefd_viewer.app.keys import Key
from sefd_viewer.app.slices import Whole
from sefd_viewer.features.people.case import CaseFacts, case_facts
from sefd_viewer.features.people.comparing import CompareTable, compare

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.filtering import Lines
    from sefd_viewer.app.people import Book
    from sefd_viewer.app.people_table import Case, PeopleTable
    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.stages import PlacedBody, Stage
    from sefd_viewer.checks import Measurements
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.geometry.cameras import PinholeCamera
    from sefd_viewer.judgements import Verdict
    from sefd_viewer.render.bodies import DrawnBody

    Image = NDArray[np.uint8]
    Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class JointMeans(Whole):
    """Millimetres by method, (14,) in the order of `metrics.EVALUATED_NAMES`; nan where nobody has a number.

    `people` counts by method who enters the means.
    """

    means: Mapping[str, NDArray[np.float64]]
    people: Mapping[str, int]


def joint_means(table: PeopleTable, lines: Lines) -> JointMeans:
    """The means over the rows shown."""
    import numpy as np

    rows = table.numbers("run_row")[lines.rows]
    places = rows[np.isfinite(rows)].astype(np.int64)
    means, people = {}, {}
    for method in table.methods:
        errors = table.run.joint_errors_mm[method][places] if table.run is not None else np.empty((0, 14))
        known = np.isfinite(errors)
        counts = known.sum(axis=0)
        sums = np.where(known, errors, 0).sum(axis=0, dtype=np.float64)
        means[method] = np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)
        people[method] = int(known.any(axis=1).sum())
    return JointMeans(means, people)


MARGIN = 0.12
"""How much is shown around a person, as a share of the longer side of the box."""
DIMMED = 0.62
"""How bright the photo is behind bodies."""
OTHERS = 0.25
GREY = (0xC4, 0xC6, 0xCA)
PORTRAIT = 0.86
"""Width of a person's picture as a share of its height."""
HEIGHT = 440
SIDE_SIZE = (420, 440)
_PINK, _BLUE = (0xE5, 0x8A, 0xB8), (0x6F, 0x9B, 0xD8)


@dataclass(frozen=True)
class CompareKey(Key[CompareTable]):
    """The methods of the run in view against the baseline.

    Verdicts and findings matter only where they leave somebody out or stand beside the numbers.
    """

    title: ClassVar[str] = "Comparing the methods"
    table: PeopleTable
    baseline: str
    first: str
    metrics: tuple[str, ...]
    hidden_from: float
    without_bad: bool
    fewest: int = 0

    def work(self) -> CompareTable:
        """Compare them."""
        return compare(
            self.table,
            self.baseline,
            self.first,
            metrics=self.metrics,
            hidden_from=self.hidden_from,
            without_bad=self.without_bad,
            fewest=self.fewest,
        )

    @property
    def about(self) -> object:
        """The run."""
        return self.table.run


@dataclass(frozen=True)
class JointsKey(Key[JointMeans]):
    """The mean error of each joint over the people shown."""

    table: PeopleTable
    lines: Lines

    def work(self) -> JointMeans:
        """Average them."""
        return joint_means(self.table, self.lines)

    @property
    def about(self) -> object:
        """The run."""
        return self.table.run


@dataclass(frozen=True)
class CaseKey(Key[CaseFacts]):
    """What is to be looked up about one person."""

    case: Case
    position: int
    dataset: Dataset
    book: Book
    verdict: Verdict | None
    measurements: Measurements | None
    thresholds: tuple[tuple[str, float], ...]
    off: frozenset[str]

    def work(self) -> CaseFacts:
        """Look it up. Raises SefdError when the photo or the log cannot be read."""
        return case_facts(
            self.case,
            self.position,
            self.dataset.records[self.position],
            store=self.book.store,
            verdict=self.verdict,
            measurements=self.measurements,
            limits=dict(self.thresholds),
            off=self.off,
        )

    @property
    def about(self) -> Case:
        """The person."""
        return self.case


# ---- pictures


@dataclass(frozen=True, eq=False)
class PersonPicture(Whole):
    """A picture (H,W,3) with bodies drawn in; `outlines` are closed lines (N,2) in its pixels."""

    image: Image
    outlines: tuple[NDArray[np.float32], ...] = ()


@dataclass(frozen=True)
class PaneKey(Key[PersonPicture]):
    """A person cut out of the photo with one method's body, the others faded, the truth as an outline.

    `shape` is the width as a share of the height.
    """

    kept: ClassVar[int] = 24
    scene: Scene
    person: str
    box: Box
    stage: Stage | None
    color: tuple[int, int, int]
    truth: Stage | None
    shape: float = PORTRAIT
    place: int = field(default=0)

    @property
    def slot(self) -> object:
        """The panes are drawn side by side."""
        return PaneKey, self.place

    @property
    def about(self) -> int:
        """Which pane."""
        return self.place

    def work(self) -> PersonPicture:
        """Cut it out and draw."""
        import cv2
        import numpy as np

        left, top, right, bottom = framed(self.box, self.scene.size, self.shape)
        scale = HEIGHT / max(bottom - top, 1)
        size = max(round((right - left) * scale), 1), HEIGHT
        part = self.scene.image[top:bottom, left:right]
        image = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
        if self.stage is None:
            return PersonPicture(image)
        camera = self.stage.camera.shifted(-left, -top).resized(scale)
        image = _drawn(image, self.stage, self.person, self.color, camera)
        outlines = _outline(self.truth, self.person, camera, size) if self.truth is not None else ()
        return PersonPicture(image, outlines)


@dataclass(frozen=True)
class OverlayKey(Key["Overlay"]):
    """The annotated bodies over the whole photo, the person's own in colour."""

    scene: Scene
    stage: Stage
    person: str | None

    def work(self) -> Overlay:
        """Draw them."""
        import numpy as np

        from sefd_viewer.render.bodies import BodyLayer, draw_layers

        own = [_body(one, _PINK) for one in self.stage.bodies if one.person == self.person]
        rest = [_body(one, _BLUE) for one in self.stage.bodies if one.person != self.person]
        layers = [BodyLayer(own, 0.62), BodyLayer(rest, 0.3)]
        drawn = draw_layers(
            [one for one in layers if one.bodies], self.stage.camera, self.scene.size, samples=2
        )
        alpha = np.maximum(drawn[..., 3:], 1).astype(np.float32) / 255
        straight = np.concatenate([np.minimum(drawn[..., :3] / alpha, 255), drawn[..., 3:]], axis=-1)
        return Overlay(straight.astype(np.uint8))

    @property
    def about(self) -> Scene:
        """The photo."""
        return self.scene


@dataclass(frozen=True, eq=False)
class Overlay(Whole):
    """Bodies (H,W,4), straight alpha, over the photo."""

    data: Image


@dataclass(frozen=True)
class SideKey(Key[PersonPicture]):
    """The annotated bodies from the side, the camera at the left: who stands before whom."""

    stage: Stage
    person: str | None
    ground: tuple[int, int, int]

    def work(self) -> PersonPicture:
        """Look at them from their right, far away."""
        import numpy as np

        from sefd_viewer.geometry.cameras import PinholeCamera
        from sefd_viewer.render.bodies import BodyLayer, draw_layers

        points = np.concatenate([one.vertices_space for one in self.stage.bodies])
        low, high = points.min(axis=0), points.max(axis=0)
        middle, size = (low + high) / 2, high - low
        width, height = SIDE_SIZE
        far = 6.0 * max(float(size.max()), 1.0)
        focal = 0.84 * far * min(width / max(size[2], 0.5), height / max(size[1], 0.5))
        turn = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
        camera = PinholeCamera(
            np.array([focal, focal]),
            np.array([width / 2, height / 2]),
            R=turn,
            t=-turn @ middle + np.array([0, 0, far]),
        )
        bodies = [
            _body(one, _PINK if one.person == self.person else _BLUE, one.vertices_space)
            for one in self.stage.bodies
        ]
        drawn = draw_layers([BodyLayer(bodies)], camera, SIDE_SIZE).astype(np.float32)
        ground = np.array(self.ground, np.float32)
        return PersonPicture(
            np.asarray(drawn[..., :3] + ground * (1 - drawn[..., 3:] / 255) + 0.5, np.uint8).copy()
        )

    @property
    def about(self) -> int:
        """The stage."""
        return self.stage.number


def framed(box: Box, size: tuple[int, int], shape: float = PORTRAIT) -> tuple[int, int, int, int]:
    """Left, top, right, bottom around a person's box in pictures of one shape, as far as the photo goes.

    Of a person whom the photo cuts off the part inside is framed.
    """
    (x, y, w, h), (across, down) = box, size
    x0, y0 = min(max(x, 0.0), across - 8.0), min(max(y, 0.0), down - 8.0)
    w, h = max(min(x + w, across) - x0, 8.0), max(min(y + h, down) - y0, 8.0)
    margin = MARGIN * max(w, h)
    height = max(h + 2 * margin, (w + 2 * margin) / shape)
    left, right = _within(x0 + w / 2, height * shape, across)
    top, bottom = _within(y0 + h / 2, height, down)
    return left, top, right, bottom


def _within(middle: float, length: float, end: int) -> tuple[int, int]:
    """The part of a side of the photo, as near to the middle as it goes."""
    length = min(length, float(end))
    first = min(max(middle - length / 2, 0.0), end - length)
    return int(first), min(max(round(first + length), int(first) + 1), end)


def _drawn(
    image: Image, stage: Stage, person: str, color: tuple[int, int, int], camera: PinholeCamera
) -> Image:
    """The dimmed picture with the person's body, and the others' faded."""
    import numpy as np

    from sefd_viewer.render.bodies import BodyLayer, draw_layers

    own = [_body(one, color) for one in stage.bodies if one.person == person]
    rest = [_body(one, GREY) for one in stage.bodies if one.person != person]
    layers = [layer for layer in (BodyLayer(rest, OTHERS), BodyLayer(own, 0.97)) if layer.bodies]
    if not own:
        return image
    size = image.shape[1], image.shape[0]
    over = draw_layers(layers, camera, size).astype(np.float32)
    grey = image.mean(axis=-1, keepdims=True)
    behind = DIMMED * (0.7 * image + 0.3 * grey)
    return np.clip(behind * (1 - over[..., 3:] / 255) + over[..., :3] + 0.5, 0, 255).astype(np.uint8)


def _outline(
    stage: Stage, person: str, camera: PinholeCamera, size: tuple[int, int]
) -> tuple[NDArray[np.float32], ...]:
    from sefd_viewer.render.bodies import outline

    return next((outline(_body(one, GREY), camera, size) for one in stage.bodies if one.person == person), ())


def _body(
    placed: PlacedBody, color: tuple[int, int, int], vertices: NDArray[np.float32] | None = None
) -> DrawnBody:
    import numpy as np

    from sefd_viewer.render.bodies import DrawnBody

    own = placed.vertices_camera if vertices is None else vertices
    return DrawnBody(own, placed.faces, np.array(color, np.uint8))
