"""What is computed for the workspace "Explain": each key carries all that its value is made from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from sefd_viewer.app.bodies import BodyFiles
from sefd_viewer.app.keys import Key
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.features.explain.case import Case
from sefd_viewer.features.explain.model import BodiesShown, HeatOf, Occluder, Painting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.methods import Color, Method
    from sefd_viewer.app.photos import Photos
    from sefd_viewer.app.trials import Answer
    from sefd_viewer.datasets.records import Dataset, Record
    from sefd_viewer.edges.settings import EdgeMap
    from sefd_viewer.features.explain.bench import BenchEdge, BenchRow
    from sefd_viewer.features.explain.gap import NetworkGap
    from sefd_viewer.features.explain.heat import HeatMaps
    from sefd_viewer.features.explain.inside import SeenBy
    from sefd_viewer.features.explain.occlusion import CutOut, Occluded, Reaction
    from sefd_viewer.features.explain.sweep import SweepProgress
    from sefd_viewer.geometry.crops import CropConvention
    from sefd_viewer.inference.messages import EdgesResult, Prediction

Edges = Key["tuple[BenchEdge, ...]"]


@dataclass(frozen=True)
class AboutCase:
    """What keys about one person have in common."""

    case: Case

    @property
    def about(self) -> Hashable:
        """The person of the photo."""
        return self.case.about


# ---- the edge maps of the bench: the case has one network's answer alone


@dataclass(frozen=True)
class CannyEdges(AboutCase, Edges):
    """No edge, the network's own, Canny in every thickness."""

    title: ClassVar[str] = "Canny edges"
    settings: EdgeSettings

    def work(self) -> tuple[BenchEdge, ...]:
        """Find them."""
        from sefd_viewer.features.explain.bench import canny_edges

        return canny_edges(self.case, self.settings)


@dataclass(frozen=True)
class NetworkEdges(AboutCase, Edges):
    """What HED, SEE or SESD found."""

    title: ClassVar[str] = "Edges that networks found"
    found: EdgesResult

    @property
    def slot(self) -> Hashable:
        """Networks side by side."""
        return NetworkEdges, self.found.network

    def work(self) -> tuple[BenchEdge, ...]:
        """Cut them out."""
        from sefd_viewer.features.explain.bench import network_edges

        return network_edges(self.case, self.found)


@dataclass(frozen=True)
class OverlapEdges(AboutCase, Edges):
    """The overlap edges of bodies, cut from the `whole` map, which says where it comes from."""

    title: ClassVar[str] = "Edges of the bodies"
    edge: EdgeMap
    whole: EdgeMap | None

    def work(self) -> tuple[BenchEdge, ...]:
        """Name them."""
        from sefd_viewer.features.explain.bench import overlap_edges

        return overlap_edges(replace(self.edge, source=(self.whole or self.edge).source))


@dataclass(frozen=True)
class DonorEdges(AboutCase, Edges):
    """Somebody else's edges: those of the first person of another photo (`donor`) as it was opened."""

    title: ClassVar[str] = "Another image’s edges"
    donor: str
    opened: int
    poses: str | None
    settings: EdgeSettings
    convention: CropConvention
    record: Record = field(compare=False)
    photos: Photos = field(compare=False)

    def work(self) -> tuple[BenchEdge, ...]:
        """Find them; SefdError where nobody is there."""
        from sefd_viewer.errors import SefdError
        from sefd_viewer.features.explain.bench import donor_edges

        people = self.photos.people(self.opened, self.record, self.poses).people
        if not people:
            raise SefdError(f"nobody was found in {self.record.title}", remedy="Choose another image")
        picture = self.photos.picture(self.opened, self.record)
        return donor_edges(picture, people[0], self.settings, self.convention)


@dataclass(frozen=True)
class PaintedEdges(AboutCase, Edges):
    """What was painted by hand, over nothing or over the network's own edges."""

    title: ClassVar[str] = "Painted edges"
    painting: Painting
    settings: EdgeSettings

    def work(self) -> tuple[BenchEdge, ...]:
        """Paint them."""
        from sefd_viewer.features.explain.bench import canny_edges, painted_edges

        return painted_edges(canny_edges(self.case, self.settings)[1].values, self.painting)


@dataclass(frozen=True)
class BenchRows(AboutCase, Key["tuple[BenchRow, ...]"]):
    """What came of a group's edge maps."""

    title: ClassVar[str] = "Drawing the answers"
    group: str
    edges: tuple[BenchEdge, ...]
    answer: Answer
    color: Color
    bodies: BodyFiles

    @property
    def slot(self) -> Hashable:
        """One for each group."""
        return BenchRows, self.group

    @property
    def about(self) -> Hashable:
        """The person and the group."""
        return *self.case.about, self.group

    def work(self) -> tuple[BenchRow, ...]:
        """Measure and draw."""
        from sefd_viewer.features.explain.bench import bench_rows

        return bench_rows(self.case, self.edges, self.answer.tried, self.color, self.bodies.find)


@dataclass(frozen=True)
class Canvas(AboutCase, Key["NDArray[np.uint8]"]):
    """The crop to paint on."""

    title: ClassVar[str] = "Cutting out the person"

    def work(self) -> NDArray[np.uint8]:
        """Cut it out."""
        from sefd_viewer.features.explain.pictures import crop_picture

        return crop_picture(self.case.scene.image, self.case.own.crop)


# ---- what is inside


@dataclass(frozen=True)
class Seen(AboutCase, Key["tuple[SeenBy, ...]"]):
    """The pictures of what the networks see."""

    title: ClassVar[str] = "What the networks see"
    answer: Answer
    joint: str | None
    depth: int | None

    def work(self) -> tuple[SeenBy, ...]:
        """Draw them."""
        from sefd_viewer.features.explain.inside import seen

        return seen(self.case, self.answer.tried, joint=self.joint, depth=self.depth)


@dataclass(frozen=True)
class Gaps(AboutCase, Key["tuple[NetworkGap, ...]"]):
    """How far the features of the others are from the teacher's."""

    title: ClassVar[str] = "Comparing features"
    answer: Answer

    def work(self) -> tuple[NetworkGap, ...]:
        """Measure and draw them."""
        from sefd_viewer.features.explain.gap import gaps

        return gaps(self.case, self.answer.tried)


# ---- the occlusion lab


@dataclass(frozen=True)
class Cutting(AboutCase, Key["CutOut"]):
    """Somebody cut out of the photo along the outline of a predicted body."""

    title: ClassVar[str] = "Cutting somebody out"
    kept: ClassVar[int] = 2
    body: Prediction
    bodies: BodyFiles

    def work(self) -> CutOut:
        """Cut."""
        from sefd_viewer.features.explain.occlusion import cut_out

        return cut_out(self.case.scene.image, self.body, self.bodies.find)


@dataclass(frozen=True)
class Occluding(AboutCase, Key["Occluded"]):
    """The crop, or the photo before all `cases`, with the occluder in it."""

    title: ClassVar[str] = "Covering the person"
    kept: ClassVar[int] = 3
    cases: tuple[Case, ...]
    occluder: Occluder
    cutout: CutOut | None

    @property
    def about(self) -> Hashable:
        """The person, and whether it is about the whole photo."""
        return *self.case.about, self.occluder.area

    def work(self) -> Occluded:
        """Put it there."""
        from sefd_viewer.features.explain.occlusion import occluded

        return occluded(self.cases, self.occluder, self.cutout)


@dataclass(frozen=True)
class Hiding(AboutCase, Key["Occluded"]):
    """The photo with an exact share of one person hidden; raises SefdError without a true body and camera."""

    title: ClassVar[str] = "Hiding a part of the person"
    kept: ClassVar[int] = 3
    occluder: Occluder
    bodies: BodyFiles
    dataset: Dataset = field(repr=False)

    @property
    def about(self) -> Hashable:
        """The person, over the whole photo."""
        return *self.case.about, self.occluder.area

    @property
    def cases(self) -> tuple[Case, ...]:
        """The person alone."""
        return (self.case,)

    def work(self) -> Occluded:
        """Hide it."""
        from sefd_viewer.features.explain.hiding import hidden

        return hidden(self.case, self.occluder, self.dataset, self.bodies.find)


@dataclass(frozen=True)
class HidingLevels(Hiding):
    """The same at one of the levels of the curve: what the networks get, without the picture to look at."""

    kept: ClassVar[int] = 16

    @property
    def slot(self) -> Hashable:
        """Levels side by side."""
        return HidingLevels, self.occluder.level

    @property
    def about(self) -> Hashable:
        """The person and the level."""
        return *super().about, self.occluder.level  # type: ignore[misc]

    def work(self) -> Occluded:
        """Hide it."""
        made = super().work()
        return replace(made, picture=made.picture[:1, :1].copy())


@dataclass(frozen=True)
class LevelErrors(AboutCase, Key["Mapping[Method, float]"]):
    """The errors that networks make in the picture of a level: `answer` is what they said."""

    title: ClassVar[str] = "Measuring the answers"
    kept: ClassVar[int] = 32
    level: float
    answer: Answer
    bodies: BodyFiles

    @property
    def slot(self) -> Hashable:
        """Levels side by side."""
        return LevelErrors, self.level

    def work(self) -> Mapping[Method, float]:
        """Measure them."""
        from sefd_viewer.features.explain.hiding import errors_at

        return errors_at(self.case, self.answer.tried, self.bodies.find)


@dataclass(frozen=True)
class Reactions(AboutCase, Key["tuple[Reaction, ...]"]):
    """What the networks say about people behind the occluder: an answer for each of the `cases`."""

    title: ClassVar[str] = "Drawing the answers"
    kept: ClassVar[int] = 3
    cases: tuple[Case, ...]
    answers: tuple[Answer, ...]
    shown: Occluded
    drawn: BodiesShown
    colors: tuple[tuple[Method, Color], ...]
    bodies: BodyFiles

    @property
    def about(self) -> Hashable:
        """The person, and whether it is about the whole photo."""
        return *self.case.about, self.shown.area

    def work(self) -> tuple[Reaction, ...]:
        """Measure and draw them."""
        from sefd_viewer.features.explain.occlusion import reactions

        pairs: Any = zip(self.cases, self.answers, strict=True)
        tried = {case.person.key: answer.tried for case, answer in pairs}
        return reactions(self.cases, tried, self.shown, self.drawn, dict(self.colors), self.bodies.find)


@dataclass(frozen=True)
class Heat(AboutCase, Key["HeatMaps"]):
    """The heat maps of a sweep, as far as it has come."""

    title: ClassVar[str] = "Heat maps"
    kept: ClassVar[int] = 3
    sweep: SweepProgress
    joint: str | None
    of: HeatOf
    bodies: BodyFiles

    def work(self) -> HeatMaps:
        """Draw them."""
        from sefd_viewer.features.explain.heat import heat_maps

        return heat_maps(self.case, self.sweep, self.joint, self.bodies.find, of=self.of)
