"""What is computed for the workspace "Edges": each key carries all that its value is made from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, ClassVar, Literal

from sefd_viewer.app.bodies import BodyFiles
from sefd_viewer.app.keys import Key
from sefd_viewer.edges.settings import EdgeSettings, WantedKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.scene import Scene
    from sefd_viewer.app.stages import Stage
    from sefd_viewer.datasets.records import Dataset, Record
    from sefd_viewer.edge_maps.auditing import AuditJob, Finding, MapAuditor
    from sefd_viewer.edge_maps.jobs import FactorySettings
    from sefd_viewer.features.edges.pictures import Compared, Dilations, Found, Wanted
    from sefd_viewer.inference.messages import EdgesResult
    from sefd_viewer.plugin_code import Offer

    Image = NDArray[np.uint8]

MapKind = Literal["single", "all", "overlap", "occluded"]
BINS_PER_OCTAVE = 2
LISTED = 200
"""More people of a part are counted but not listed."""


# ---- detectors compared


@dataclass(frozen=True)
class BodyEdges(Key["Wanted"]):
    """The edges of the bodies in a photo, without `hidden` people: all of them, or those in view."""

    title: ClassVar[str] = "Edges of the bodies"
    kept: ClassVar[int] = 4
    scene: Scene
    stage: Stage
    hidden: frozenset[str]
    kind: WantedKind

    @property
    def about(self) -> Hashable:
        """The photo."""
        return self.scene.token

    def work(self) -> Wanted:
        """Draw the bodies and find their edges."""
        from sefd_viewer.features.edges.pictures import wanted_edges

        return wanted_edges(self.stage.without(self.hidden), self.stage.camera, self.scene.size, self.kind)


@dataclass(frozen=True)
class BodiesPicture(Key["Image"]):
    """The overlap edge of the bodies, to look at beside what detectors found."""

    title: ClassVar[str] = "Edges of the bodies"
    kept: ClassVar[int] = 4
    scene: Scene
    wanted: Wanted

    @property
    def about(self) -> Hashable:
        """The photo."""
        return self.scene.token

    def work(self) -> Image:
        """Draw it."""
        from sefd_viewer.features.edges.pictures import bodies_picture

        return bodies_picture(self.scene.image, self.wanted)


@dataclass(frozen=True)
class DetectorEdges(Key["tuple[Found, ...]"]):
    """The edges that Canny and plugins' detectors find in a photo; `settings` without dilation."""

    title: ClassVar[str] = "Edges of every detector"
    kept: ClassVar[int] = 4
    scene: Scene
    settings: EdgeSettings
    detectors: tuple[Offer, ...]

    @property
    def about(self) -> Hashable:
        """The photo."""
        return self.scene.token

    def work(self) -> tuple[Found, ...]:
        """Run them all."""
        from sefd_viewer.features.edges.pictures import found_edges

        return found_edges(self.scene.image, self.settings, self.detectors)


@dataclass(frozen=True)
class Agreement(Key["tuple[Compared, ...]"]):
    """Every detector measured against the bodies; what networks find (`learned`) comes later.

    Of the `settings` only the dilation counts.
    """

    title: ClassVar[str] = "Comparing the detectors"
    kept: ClassVar[int] = 4
    scene: Scene
    wanted: Wanted
    found: tuple[Found, ...]
    learned: tuple[EdgesResult, ...]
    settings: EdgeSettings
    tolerance: float
    show_missed: bool

    @property
    def about(self) -> Hashable:
        """The photo."""
        return self.scene.token

    def work(self) -> tuple[Compared, ...]:
        """Measure and draw."""
        from sefd_viewer.app.layers import fitted, to_mask
        from sefd_viewer.features.edges.pictures import Found, compare

        size = self.scene.size
        learned = [
            Found(one.network, one.network.upper(), fitted(to_mask(one.edge.values), size))
            for one in self.learned
        ]
        return compare(
            self.scene,
            [*self.found, *learned],
            self.wanted,
            self.settings,
            tolerance=self.tolerance,
            show_missed=self.show_missed,
        )


# ---- dilation by size


@dataclass(frozen=True)
class ThinCanny(Key["Found"]):
    """Canny's edges of a photo before dilation."""

    title: ClassVar[str] = "Canny edges"
    kept: ClassVar[int] = 4
    scene: Scene
    settings: EdgeSettings

    def work(self) -> Found:
        """Run Canny."""
        from sefd_viewer.app.layers import to_mask
        from sefd_viewer.edges.image_edges import canny
        from sefd_viewer.features.edges.pictures import Found

        return Found("canny", "Canny", to_mask(canny(self.scene.image, self.settings)))


@dataclass(frozen=True)
class BothDilations(Key["Dilations"]):
    """A photo's edges dilated by both rules: Canny's `thin` ones, or those of the bodies of a `stage`."""

    title: ClassVar[str] = "Dilating"
    kept: ClassVar[int] = 4
    scene: Scene
    settings: EdgeSettings
    hidden: frozenset[str]
    thin: Found | None = None
    stage: Stage | None = None

    @property
    def about(self) -> Hashable:
        """The photo, and whose edges."""
        return self.scene.token, self.stage is None

    def work(self) -> Dilations:
        """Dilate by the fixed and by the adaptive rule."""
        from sefd_viewer.features.edges.pictures import dilated_bodies, dilated_canny

        if self.stage is None:
            assert self.thin is not None
            assert self.thin.mask is not None
            return dilated_canny(self.scene, self.thin.mask, self.settings)
        bodies = self.stage.without(self.hidden)
        return dilated_bodies(self.scene, bodies, self.stage.camera, self.settings)


@dataclass(frozen=True)
class Sized:
    """A person of a record with the area of the box (px²)."""

    record: str
    person: str
    area: float


@dataclass(frozen=True, eq=False)
class BoxSizes:
    """Areas (N,) in px² in rising order, and whose they are; `counts` (B,) between `limits` (B+1,)."""

    areas: NDArray[np.float64]
    records: NDArray[np.object_]
    people: NDArray[np.object_]
    limits: NDArray[np.float64]
    counts: NDArray[np.int64]

    def between(self, low: float, high: float) -> tuple[Sized, ...]:
        """The first people whose area is from `low` to below `high`."""
        first, last = self.areas.searchsorted((low, high))
        rows = range(int(first), min(int(last), int(first) + LISTED))
        return tuple(Sized(self.records[i], self.people[i], float(self.areas[i])) for i in rows)

    def count_between(self, low: float, high: float) -> int:
        """How many people have an area above `low` and up to `high`, as the dilation rule counts."""
        first, last = self.areas.searchsorted((low, high), side="right")
        return int(last - first)


@dataclass(frozen=True)
class Sizes(Key[BoxSizes]):
    """The sizes of everyone with a box in a data set."""

    title: ClassVar[str] = "Reading the boxes"
    kept: ClassVar[int] = 2
    dataset: Dataset

    def work(self) -> BoxSizes:
        """Read the boxes from the index."""
        import numpy as np

        from sefd_viewer.datasets.index import people_table

        table = people_table(self.dataset).select("record", "person", "box_w", "box_h").drop_nulls()
        areas = table["box_w"].to_numpy().astype(np.float64) * table["box_h"].to_numpy()
        good = np.isfinite(areas) & (areas > 0)
        order = np.flatnonzero(good)[np.argsort(areas[good], kind="stable")]
        areas = areas[order]
        limits = _limits(areas)
        counts = np.histogram(areas, limits)[0] if areas.size else np.zeros(len(limits) - 1, np.int64)
        records, people = (table[name].to_numpy().astype(object)[order] for name in ("record", "person"))
        return BoxSizes(areas, records, people, limits, counts)


def _limits(areas: NDArray[np.float64]) -> NDArray[np.float64]:
    """Powers of two and the steps between them, from the smallest to the largest area."""
    import numpy as np

    low, high = (16.0, 2.0**20) if not areas.size else (float(areas[0]), float(areas[-1]))
    first = np.floor(np.log2(low) * BINS_PER_OCTAVE)
    last = np.floor(np.log2(high) * BINS_PER_OCTAVE) + 1
    return np.asarray(2.0 ** (np.arange(first, last + 1) / BINS_PER_OCTAVE), np.float64)


# ---- stored maps


@dataclass(frozen=True)
class MapFolder:
    """A folder of stored maps and how they were made, as a person says (`dilation` as the command line)."""

    path: Path
    kind: MapKind
    dilation: str

    @property
    def settings(self) -> FactorySettings:
        """The same for the code that makes maps."""
        from sefd_viewer.edge_maps.jobs import FactorySettings, dilation_settings

        return FactorySettings(self.kind, dilation_settings(self.dilation))


@dataclass(frozen=True, eq=False)
class AuditProgress:
    """How an audit stands: `counts` of maps by verdict, `findings` all but those that agree."""

    done: int
    total: int
    counts: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    finished: bool = False
    problem: str = ""


@dataclass(frozen=True, eq=False)
class StoredPair:
    """A record's first map as stored and as drawn now, and both in one picture (H,W,3).

    In that white is in both, orange only in the stored map, blue only in the one drawn now.
    """

    stored: Image
    expected: Image
    both: Image
    words: str


@dataclass(frozen=True)
class StoredMap(Key[StoredPair]):
    """The stored map of one photo against the map drawn anew; `stamps` are those of the files with it."""

    title: ClassVar[str] = "Drawing the map anew"
    kept: ClassVar[int] = 2
    dataset: Dataset
    scene: Scene
    folder: MapFolder
    bodies: BodyFiles
    stamps: Hashable

    @property
    def about(self) -> Hashable:
        """The photo."""
        return self.scene.token

    def work(self) -> StoredPair:
        """Read it and draw what it should be; SefdError where there is nothing to compare."""
        from sefd_viewer.body.catalog import catalog_at
        from sefd_viewer.edge_maps.auditing import audit_job, map_auditor
        from sefd_viewer.edge_maps.jobs import draw_maps
        from sefd_viewer.edge_maps.verifying import read_map

        settings = self.folder.settings
        auditor = map_auditor(self.dataset, self.folder.path, settings, bodies=self.bodies.paths)
        audit = audit_job(self.dataset, self.dataset.position(self.scene.record.key), settings)
        path = _stored_path(auditor, audit, self.folder)
        size = audit.job.photo_size()
        stored = read_map(auditor.stored.read(path), size, path)
        expected = draw_maps(audit.job, size, settings, catalog_at(self.bodies.paths).find)[0]
        return StoredPair(stored, expected, _both(stored, expected), _words(auditor, audit))


def stored_stamps(dataset: Dataset, record: Record, folder: MapFolder) -> Hashable:
    """What tells the stored maps of a record from older ones: in files or packed, there or not."""
    from sefd_viewer.app.cache import file_stamp
    from sefd_viewer.edge_maps.jobs import MapLayout
    from sefd_viewer.edge_maps.manifest import map_stem
    from sefd_viewer.edge_maps.verifying import StoredMaps

    layout = MapLayout(dataset.format, dataset.root, folder.settings)
    stored = StoredMaps.of(folder.path, map_stem(dataset.format, folder.settings))
    people = [person.key for person in record.people] if folder.kind == "single" else [None]
    files = [file for person in people for file in stored.files(layout.path(record, person))]
    return tuple(file_stamp(file) for file in (*stored.archives, *files))


def _stored_path(auditor: MapAuditor, audit: AuditJob, folder: MapFolder) -> PurePosixPath:
    from sefd_viewer.errors import SefdError

    if audit.job.fault is not None:
        raise SefdError(audit.job.fault, where=audit.job.key, remedy="Choose another photo, or mend this one")
    if not audit.job.paths:
        raise SefdError(
            "nobody here has a body, so no map is expected",
            where=audit.job.key,
            remedy="Choose a photo with somebody's true body",
        )
    path = auditor.stored.find(audit.job.paths[0])
    if path is None:
        raise SefdError(
            "there is no stored map",
            where=folder.path / audit.job.paths[0],
            remedy="Make the maps of this set (sefd-viewer edges), or choose the folder that holds them",
        )
    return path


def _words(auditor: MapAuditor, audit: AuditJob) -> str:
    finding = auditor(audit)[0]
    score = "" if finding.agreement is None else f"agreement {finding.agreement:.2f}"
    return " · ".join(filter(None, (finding.verdict.value, finding.detail, score)))


def _both(stored: Image, expected: Image) -> Image:
    """White where both maps have an edge, orange for the stored one alone, blue for the expected one."""
    import numpy as np

    here, there = stored.astype(np.float32)[..., None], expected.astype(np.float32)[..., None]
    common = np.minimum(here, there)
    orange, blue = np.array([1.0, 0.55, 0.1]), np.array([0.2, 0.65, 1.0])
    return np.asarray(np.clip(common + (here - common) * orange + (there - common) * blue, 0, 255), np.uint8)
