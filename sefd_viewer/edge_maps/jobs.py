"""What maps are made with, where they go, what one picture needs to be sent to another process; its maps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body import BodyModel, SmplParameters
from sefd_viewer.body.catalog import REMEDY, catalog_at
from sefd_viewer.datasets.annotations.smpl_table import FindBody
from sefd_viewer.datasets.images import image_size
from sefd_viewer.datasets.records import Dataset, Record, SkippedPerson, SkipReason
from sefd_viewer.edges.mesh_edges import MeshEdges, mesh_edges
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import BodyError, DatasetError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.image_plane import body_before_camera, painted_factors
from sefd_viewer.geometry.rotations import ExtrinsicMode
from sefd_viewer.plain_files import possible_name

MapKind = Literal["single", "all", "overlap", "occluded"]
FileFormat = Literal["png", "jpeg"]

DILATION_BOX = "annotated, else projected"
"""The boxes by whose area the adaptive rule goes; maps of before the annotated ones counted do not say it."""


@dataclass(frozen=True)
class FactorySettings:
    """Which maps are made, and how.

    kind: single = one map for each person, as if alone; all, overlap, occluded = one for everyone (see
        MeshEdges).
    edges: Canny and dilation; adaptive goes by a person's annotated tight box, where there is none by the
        box of the projected vertices inside the picture.
    extrinsics: the way of world parameters into the camera (supplement section 7.2).
    """

    kind: MapKind = "overlap"
    edges: EdgeSettings = field(default_factory=lambda: EdgeSettings(dilation="adaptive"))
    extrinsics: ExtrinsicMode = "exact"
    file_format: FileFormat = "png"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        content = {
            "kind": self.kind,
            "edges": self.edges.to_dict(),
            "camera_mode": self.extrinsics,
            "file_format": self.file_format,
        }
        boxes = {"dilation_box": DILATION_BOX} if self.edges.dilation == "adaptive" else {}
        return content | boxes


def dilation_settings(words: str) -> EdgeSettings:
    """Edge settings with the dilation `adaptive`, `none` or `fixed:K` (K odd); ValueError for other words."""
    rule, _, kernel = words.partition(":")
    if rule == "adaptive" and not kernel:
        return EdgeSettings(dilation="adaptive")
    if rule == "none" and not kernel:
        return EdgeSettings(dilation="none")
    if rule == "fixed" and kernel.isdecimal():
        return EdgeSettings(dilation="fixed", kernel=int(kernel))
    raise ValueError(f"the dilation {words!r} is not adaptive, none or fixed:K, for example fixed:5")


_SUFFIXES = {"png": ".png", "jpeg": ".jpg"}


def _flat(_photo: Path, _root: Path | None) -> PurePosixPath:
    return PurePosixPath()


def _sequence(photo: Path, _root: Path | None) -> PurePosixPath:
    return PurePosixPath(photo.parent.name)


def _below_root(photo: Path, root: Path | None) -> PurePosixPath:
    """The photo's folder seen from the data set's; never one outside it."""
    if root is None or not photo.is_relative_to(root):
        return PurePosixPath()
    parts = [part for part in photo.parent.relative_to(root).parts if part != ".."]
    return PurePosixPath(*(parts[1:] if parts[:1] == ["data"] else parts))


_FOLDERS: dict[str, tuple[str, Callable[[Path, Path | None], PurePosixPath]]] = {
    "human36m": ("Human36M", _sequence),
    "mscoco": ("MSCOCO/images", _flat),
    "mpii": ("MPII", _flat),
    "crowdpose": ("CrowdPose", _flat),
    "muco": ("MuCo", _below_root),
    "3dpw": ("3dpw", _sequence),
    "3dpw-sequences": ("3dpw", _sequence),
}


@dataclass(frozen=True)
class MapLayout:
    """Names of the maps of one data set, relative to the folder that holds all sets.

    `format` is the reader's name, `root` the data set's folder.
    """

    format: str
    root: Path | None
    settings: FactorySettings

    @property
    def prefix(self) -> str:
        """The word that the maps' folder and files begin with."""
        return map_prefix(self.format, self.settings.kind)

    def path(self, record: Record, person: str | None = None) -> PurePosixPath:
        """The map of a record, or of one `person` in it."""
        photo = record.image_path or Path(_safe(record.key))
        base, below = _FOLDERS.get(self.format, (self.format, _below_root))
        whose = "" if person is None else f"_{_safe(person)}"
        name = f"{self.prefix}_{photo.stem}{whose}{_SUFFIXES[self.settings.file_format]}"
        name = possible_name(name)
        return PurePosixPath(base, self.prefix) / below(photo, self.root) / name


def map_prefix(format: str, kind: MapKind) -> str:
    """`SMPL_<kind>_edge`; the release calls the overlap maps of Human3.6M, one person each, SMPL_edge."""
    return "SMPL_edge" if (format, kind) == ("human36m", "overlap") else f"SMPL_{kind}_edge"


def _safe(key: str) -> str:
    """A key as a part of a file's name."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in key)


Size = tuple[int, int]

_DAMAGE = (SkipReason.BROKEN_SMPL, SkipReason.NO_BODY)


@dataclass(frozen=True, eq=False)
class MapPerson:
    """A body in the frame of its camera (metres), which has no extrinsics.

    `box` x y w h (4,) is the annotated tight one (image pixels), None where there is none.
    """

    key: str
    smpl: SmplParameters
    camera: PinholeCamera
    box: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class MapJob:
    """One picture: whose edges go into its maps, and the maps' `paths`, relative to the output folder.

    `paths` is one for everyone, or one for each of `people`; none when nobody has a body. `size` is the
    annotated one (width, height); `bodiless` people are annotated without a body; `fault` says why the record
    cannot be used, if so. Those `painted` over the photo (places in `people`, nearest first) hide all others.
    """

    key: str
    photo: Path | None
    size: Size | None
    people: tuple[MapPerson, ...]
    paths: tuple[PurePosixPath, ...]
    bodiless: int = 0
    fault: str | None = None
    painted: tuple[int, ...] = ()

    def photo_size(self) -> Size:
        """(width, height) of the photo's file, or the annotated one where there is no file.

        Raises ImageError for a photo that cannot be read, DatasetError when nothing tells the size.
        """
        if self.photo is not None and self.photo.is_file():
            return image_size(self.photo, annotated=self.size)
        if self.size is None:
            raise DatasetError(
                "neither the photo nor an annotated size is there",
                where=self.key,
                remedy="Put the photo where the annotations say, or state its width and height",
            )
        return self.size


SizedJob = tuple[MapJob, Size]
"""A job and (width, height) of its photo."""


@dataclass(frozen=True)
class Selection:
    """Which records: number `shard` (from 1) of `shards` interleaved parts, the first `limit` of them."""

    shard: int = 1
    shards: int = 1
    limit: int | None = None

    def positions(self, dataset: Dataset) -> range:
        """The records' positions."""
        return range(self.shard - 1, len(dataset.records), self.shards)[: self.limit]


def plan_jobs(dataset: Dataset, layout: MapLayout, positions: range) -> Iterator[MapJob]:
    """The jobs of these records, each planned when it is asked for."""
    return (plan_job(dataset.records[position], layout) for position in positions)


def plan_job(record: Record, layout: MapLayout) -> MapJob:
    """What is to be done for a record. Damage is a fault: a map without that person misleads."""
    people = tuple(_people(record))
    paths: tuple[PurePosixPath, ...] = ()
    if people and layout.settings.kind == "single":
        paths = tuple(layout.path(record, person.key) for person in people)
    elif people:
        paths = (layout.path(record),)
    bodiless = len(record.people) - len(people)
    fault = "; ".join(str(skipped) for skipped in record.skipped if _is_damage(skipped)) or None
    keys = [person.key for person in people]
    painted = tuple(keys.index(key) for key in record.painted_in_front if key in keys)
    return MapJob(record.key, record.image_path, record.size, people, paths, bodiless, fault, painted)


def _people(record: Record) -> Iterator[MapPerson]:
    shared = None if record.camera is None else record.camera.without_extrinsics()
    for person in record.people:
        camera = shared if person.camera is None else person.camera.without_extrinsics()
        if person.smpl is not None and camera is not None:
            yield MapPerson(person.key, person.smpl, camera, person.annotated_box)


def _is_damage(skipped: SkippedPerson) -> bool:
    """Whether a person's body was annotated and cannot be had; those never fitted are simply not drawn."""
    unusable_camera = skipped.reason is SkipReason.NO_CAMERA and not skipped.detail
    return skipped.reason in _DAMAGE or unusable_camera


Map = NDArray[np.uint8]
"""(H,W) edge strength, 255 is 1."""

Drawn = tuple[Map, ...] | Exception
"""The maps of a job, one for each of its paths, or why it cannot be drawn."""

_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 2]
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 95]


class Drawer(Protocol):
    """What turns jobs into maps: the CPU (`CpuDrawer`), or a graphics card (`gpu_edges.drawer`)."""

    @property
    def name(self) -> str:
        """What the manifest calls it."""

    @property
    def at_once(self) -> int:
        """How many jobs it wants at once."""

    def __call__(self, jobs: Sequence[SizedJob]) -> list[Drawn]:
        """What becomes of each job; raises SefdError where the next one would fare no better."""


@dataclass(frozen=True)
class CpuDrawer:
    """Draws one job after the other; travels to worker processes. `bodies` are files of licensed bodies."""

    settings: FactorySettings
    bodies: tuple[str, ...] = ()
    name: ClassVar[str] = "cpu"
    at_once: ClassVar[int] = 1

    def __call__(self, jobs: Sequence[SizedJob]) -> list[Drawn]:
        """The maps of each job, or why it cannot be drawn."""
        return [self._draw(job, size) for job, size in jobs]

    def _draw(self, job: MapJob, size: Size) -> Drawn:
        try:
            return draw_maps(job, size, self.settings, catalog_at(self.bodies).find)
        except Exception as error:  # whatever is wrong with one record must not stop the others
            return error


def draw_maps(job: MapJob, size: Size, settings: FactorySettings, find_body: FindBody) -> tuple[Map, ...]:
    """The maps of a job, one for each of its paths, for a picture of `size`; raises BodyError."""
    meshes = CrowdInPlane(job, find_body)
    return maps_of_kind(meshes.edges(size, settings.edges), settings.kind)


def maps_of_kind(edges: MeshEdges, kind: MapKind) -> tuple[Map, ...]:
    """The maps of one kind, as they are stored."""
    if kind == "single":
        return tuple(map(as_map, edges.singles))
    return (as_map({"all": edges.all, "overlap": edges.overlap, "occluded": edges.occluded}[kind]),)


class CrowdInPlane:
    """Everyone of a job before one camera.

    The plane is that of the first person's camera. Bodies come before it by `body_before_camera`: each vertex
    keeps its own camera's pixel, as with the supplement's equations 1 to 4, lens distortion included, but the
    body keeps its thickness in metres. The equations scale a body's depth by the ratio of focal lengths,
    which would flatten or stretch it and so change its flat shading, the very thing whose edges are drawn;
    and the live teacher sees bodies placed like this as well. Order in depth between people is the
    annotation's guess; people painted over the photo stand in front.
    """

    def __init__(self, job: MapJob, find_body: FindBody) -> None:
        """Pose the bodies; raises BodyError when one is not here."""
        bodies = [body_of(person.smpl, find_body) for person in job.people]
        self.faces: Sequence[NDArray[np.int32]] = [body.faces for body in bodies]
        self.camera: PinholeCamera = job.people[0].camera
        self.boxes = [person.box for person in job.people]
        placed = [
            body_before_camera(body.forward(person.smpl).vertices, person.camera, self.camera)
            for body, person in zip(bodies, job.people, strict=True)
        ]
        depths = [(float(one[:, 2].min()), float(one[:, 2].max())) for one in placed]
        factors = painted_factors(depths, job.painted)
        self.vertices_camera = [one * factor for one, factor in zip(placed, factors.tolist(), strict=True)]

    def edges(
        self, size: Size, settings: EdgeSettings, *, without: int | None = None, by_projection: bool = False
    ) -> MeshEdges:
        """All kinds of edges in a picture of `size`, of everyone or of all but one.

        Adaptive dilation goes by the annotated boxes, where there is none or `by_projection` by those drawn.
        """
        shown = [i for i in range(len(self.faces)) if i != without]
        vertices, faces = [self.vertices_camera[i] for i in shown], [self.faces[i] for i in shown]
        boxes = [None if by_projection else self.boxes[i] for i in shown]
        return mesh_edges(vertices, faces, self.camera, size, settings, boxes=boxes)


def as_map(edge: NDArray[np.float32]) -> Map:
    """Edges in [0,1] as 0 to 255."""
    return np.asarray(cv2.convertScaleAbs(edge, alpha=255.0), np.uint8)


def encoded(picture: Map, file_format: FileFormat) -> bytes:
    """The file's bytes."""
    suffix, options = (".png", _PNG) if file_format == "png" else (".jpg", _JPEG)
    return cv2.imencode(suffix, picture, options)[1].tobytes()


def body_of(parameters: SmplParameters, find_body: FindBody) -> BodyModel:
    """The body that these parameters belong to; raises BodyError when it is not here."""
    body = find_body(parameters.body_id)
    if body is None:
        raise BodyError(f"the body {parameters.body_id} is not here", remedy=REMEDY)
    body.check_own(parameters)
    return body
