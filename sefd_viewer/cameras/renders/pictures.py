"""One picture of each record: everyone's body over the photo, through one of the ways into the camera."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from sefd_viewer.body.shelf import shelf_at
from sefd_viewer.cameras.renders.painting import Image, What, ground, jpeg, painted
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.edge_maps.drawing import CrowdInPlane
from sefd_viewer.edge_maps.jobs import FactorySettings, MapJob, MapLayout, plan_job
from sefd_viewer.edge_maps.making import write_in_folder
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.extrinsics import ExtrinsicMode
from sefd_viewer.plain_files import possible_name
from sefd_viewer.render.zbuffer import projected_box


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
        crowd = CrowdInPlane(job.crowd, shelf_at(self.bodies).find)
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
