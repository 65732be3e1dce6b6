"""One picture of each record: everyone's body painted over the photo, by one of the ways into the camera."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from sefd_viewer.body.catalog import catalog_at
from sefd_viewer.datasets.images import load_image
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.edge_maps.jobs import CrowdInPlane, FactorySettings, MapJob, MapLayout, plan_job
from sefd_viewer.edge_maps.making import write_in_folder
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import DatasetError, ImageError, SefdError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.rotations import ExtrinsicMode
from sefd_viewer.plain_files import possible_name
from sefd_viewer.render.overlay import shaded_overlay
from sefd_viewer.render.zbuffer import Faces, projected_box

Image = NDArray[np.uint8]
What = Literal["mesh", "edge", "both"]

_PEOPLE = ((122, 178, 224), (240, 170, 90), (120, 200, 140), (214, 150, 205), (226, 214, 110))
_EDGE = (255, 232, 40)
_GROUND = 90
_OPACITY: dict[What, float] = {"mesh": 0.88, "both": 0.6}
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 90]


def painted(
    photo: Image,
    meshes: Sequence[NDArray[np.floating]],
    faces: Faces,
    camera: PinholeCamera,
    what: What,
    *,
    line: int = 3,
) -> Image:
    """A copy of the photo (H,W,3) with the meshes, (V,3) camera metres each, that `camera` sees on it.

    Edges are dilated to `line` pixels (odd).
    """
    size = photo.shape[1], photo.shape[0]
    picture = photo
    if what != "edge":
        colors = np.array([_PEOPLE[i % len(_PEOPLE)] for i in range(len(meshes))], np.uint8).reshape(-1, 3)
        over = shaded_overlay(meshes, faces, colors, camera, size)
        picture = _mixed(picture, over[..., :3], over[..., 3] * np.float32(_OPACITY[what] / 255))
    if what != "mesh":
        settings = EdgeSettings(dilation="fixed", kernel=line)
        edges = mesh_edges(meshes, faces, camera, size, settings).overlap
        picture = _mixed(picture, np.array(_EDGE, np.uint8), edges)
    return picture.copy() if picture is photo else picture


def ground(photo: Path | Image | None, size: tuple[int, int] | None) -> tuple[Image, str | None]:
    """What is painted on, and what is wrong with the photo, if anything: then it is grey, of `size` (w, h).

    Raises DatasetError where there is neither a photo nor a size.
    """
    fault = "no photo"
    try:
        if isinstance(photo, np.ndarray):
            return photo, None
        if photo is not None:
            return _of_size(load_image(photo, annotated=size), size)
    except ImageError as error:
        fault = error.what
    if size is None:
        raise DatasetError(
            f"{fault}, and no annotated size",
            where=str(photo or ""),
            remedy="Put the photo where the annotations say, or state its width and height",
        )
    return np.full((size[1], size[0], 3), _GROUND, np.uint8), fault


def words_on(picture: Image, words: Sequence[tuple[tuple[int, int], str]], height: int) -> Image:
    """The picture with each of the words at its place (left, top) in white letters of `height` pixels."""
    drawn = PillowImage.fromarray(picture)
    draw = ImageDraw.Draw(drawn)
    for place, text in words:
        draw.text(
            place, text, fill=(255, 255, 255), font=_font(height), stroke_width=1, stroke_fill=(30, 30, 30)
        )
    return np.asarray(drawn)


def jpeg(picture: Image) -> bytes:
    """The picture's file."""
    return cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), _QUALITY)[1].tobytes()


def _of_size(photo: Image, size: tuple[int, int] | None) -> tuple[Image, str | None]:
    there = photo.shape[1], photo.shape[0]
    if size is None or there == size:
        return photo, None
    return photo, f"the photo has {there[0]} x {there[1]} pixels, the annotation {size[0]} x {size[1]}"


def _mixed(below: Image, above: Image, alpha: NDArray[np.floating]) -> Image:
    """`above` over `below` where `alpha` (H,W) is not 0; only the part around it is computed."""
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not rows.size:
        return below
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    share = alpha[part][..., None].astype(np.float32)
    colour = above if above.ndim == 1 else above[part]
    mixed = below.copy()
    mixed[part] = below[part] * (1 - share) + colour * share + 0.5
    return mixed


@cache
def _font(height: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(height)


@dataclass(frozen=True)
class RenderSettings:
    """What the renders show. The data set has to be read with the same `mode` (`ReadOptions.extrinsics`)."""

    mode: ExtrinsicMode = "exact"
    what: What = "mesh"

    @property
    def name(self) -> str:
        """The folder of the pictures."""
        return f"{self.mode}_{self.what}"


@dataclass(frozen=True, eq=False)
class PictureJob:
    """One record: bodies and camera in `crowd`, whose only path is the picture's below the output folder.

    `image` is the photo where it is in no file of its own.
    """

    crowd: MapJob
    image: Image | None = None


@dataclass(frozen=True)
class Rendered:
    """What became of a file: `failure` says why it is not there, `note` what it lacks."""

    key: str
    path: PurePosixPath
    failure: str | None = None
    note: str | None = None
    nobody_in_view: bool = False


def plan_pictures(
    dataset: Dataset, settings: RenderSettings, positions: Iterable[int]
) -> Iterator[PictureJob]:
    """The pictures of these records, each planned when it is asked for; none of a record without bodies."""
    layout = MapLayout(dataset.format, dataset.root, FactorySettings(extrinsics=settings.mode))
    for position in positions:
        record = dataset.records[position]
        crowd = plan_job(record, layout)
        path = PurePosixPath(settings.name) / picture_path(record, dataset.root)
        paths = (path,) if crowd.paths else ()
        yield PictureJob(replace(crowd, paths=paths), _loose_image(record))


def picture_path(record: Record, root: Path | None) -> PurePosixPath:
    """Where a record's picture lies among others: as its photo below the set's folder, as JPEG."""
    photo = record.image_path
    if photo is None:
        return PurePosixPath(possible_name(safe_name(record.key) + ".jpg"))
    inside = root is not None and photo.is_relative_to(root)
    parts = [part for part in photo.parent.relative_to(root).parts if part != ".."] if inside and root else []
    below = parts[1:] if parts[:1] in (["images"], ["data"]) else parts
    return PurePosixPath(*below) / possible_name(f"{photo.stem}.jpg")


def safe_name(words: str) -> str:
    """Words as a part of a file's name."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in words).strip(".")


@dataclass(frozen=True)
class PictureMaker:
    """Paints and writes the picture of a job; travels to worker processes."""

    out: Path
    settings: RenderSettings
    bodies: tuple[str, ...] = ()

    def __call__(self, job: PictureJob) -> Rendered:
        """Write the picture; a record that cannot be painted is told. SefdError where writing fails."""
        crowd = job.crowd
        if crowd.fault is not None:
            return Rendered(crowd.key, crowd.paths[0] if crowd.paths else PurePosixPath(), crowd.fault)
        (path,) = crowd.paths
        try:
            picture, note, seen = self._painted(job)
        except Exception as error:  # whatever is wrong with one record must not stop the others
            reason = str(error) if isinstance(error, SefdError) else f"{type(error).__name__}: {error}"
            return Rendered(crowd.key, path, reason)
        write_in_folder(self.out / path, jpeg(picture))
        return Rendered(crowd.key, path, note=note, nobody_in_view=not seen)

    def _painted(self, job: PictureJob) -> tuple[Image, str | None, bool]:
        """The picture, what is wrong with its photo, and whether a body is in view."""
        photo, note = ground(job.crowd.photo if job.image is None else job.image, job.crowd.size)
        crowd = CrowdInPlane(job.crowd, catalog_at(self.bodies).find)
        size = photo.shape[1], photo.shape[0]
        seen = any(projected_box(one, crowd.camera, size) is not None for one in crowd.vertices_camera)
        picture = painted(photo, crowd.vertices_camera, crowd.faces, crowd.camera, self.settings.what)
        return picture, note, seen


def _loose_image(record: Record) -> Image | None:
    """The photo of a record that has no file for it: in memory, or a frame of a video."""
    if record.image_path is not None or (record.image is None and record.read is None):
        return None
    try:
        return record.load()
    except SefdError:
        return None
