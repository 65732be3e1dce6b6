"""From a job to its maps."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body import BodyModel
from sefd_viewer.datasets.annotations.bodies import FindBody, body_finder
from sefd_viewer.edges.mesh_edges import MeshEdges, mesh_edges
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import BodyError
from sefd_viewer.factory.jobs import MapJob, Size
from sefd_viewer.factory.settings import FactorySettings, FileFormat, MapKind
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.image_plane import body_before_camera

Map = NDArray[np.uint8]
"""(H,W) edge strength, 255 is 1."""

_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 2]
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 95]

find_bodies = lru_cache(body_finder)
"""The function that finds the bodies of some licensed files; one per process."""


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
    annotation's guess.
    """

    def __init__(self, job: MapJob, find_body: FindBody) -> None:
        """Pose the bodies; raises BodyError when one is not here."""
        bodies = [_body(person.smpl.body_id, find_body) for person in job.people]
        self.faces: Sequence[NDArray[np.int32]] = [body.faces for body in bodies]
        self.camera: PinholeCamera = job.people[0].camera
        self.vertices_camera = [
            body_before_camera(body.forward(person.smpl).vertices, person.camera, self.camera)
            for body, person in zip(bodies, job.people, strict=True)
        ]

    def edges(self, size: Size, settings: EdgeSettings, *, without: int | None = None) -> MeshEdges:
        """All kinds of edges in a picture of `size`, of everyone or of all but one."""
        shown = [i for i in range(len(self.faces)) if i != without]
        vertices, faces = [self.vertices_camera[i] for i in shown], [self.faces[i] for i in shown]
        return mesh_edges(vertices, faces, self.camera, size, settings)


def as_map(edge: NDArray[np.float32]) -> Map:
    """Edges in [0,1] as 0 to 255."""
    return np.asarray(cv2.convertScaleAbs(edge, alpha=255.0), np.uint8)


def encoded(picture: Map, file_format: FileFormat) -> bytes:
    """The file's bytes."""
    suffix, options = (".png", _PNG) if file_format == "png" else (".jpg", _JPEG)
    return cv2.imencode(suffix, picture, options)[1].tobytes()


def _body(body_id: str, find_body: FindBody) -> BodyModel:
    body = find_body(body_id)
    if body is None:
        raise BodyError(f"the body {body_id} is not here", remedy="Name its file with --body")
    return body
