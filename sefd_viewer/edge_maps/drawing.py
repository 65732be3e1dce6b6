"""From a job to its maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body import BodyModel, SmplParameters
from sefd_viewer.body.catalog import REMEDY, catalog_at
from sefd_viewer.datasets.annotations.smpl_table import FindBody
from sefd_viewer.edge_maps.jobs import FactorySettings, FileFormat, MapJob, MapKind, Size, SizedJob
from sefd_viewer.edges.mesh_edges import MeshEdges, mesh_edges
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import BodyError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.image_plane import body_before_camera, painted_factors

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
