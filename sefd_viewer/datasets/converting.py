"""A set of several views with bodies in the world, written as Human3.6M: one subject per person.

Human3.6M's files know no lens distortion: pictures of cameras that have it are straightened, so that the
bodies lie on them as on the originals. A person with own cameras is a subject whose camera file holds those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from sefd_viewer.atomic import new_folder
from sefd_viewer.body import BodyModel, SmplParameters
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.datasets.synthetic.writers.entries import write_picture
from sefd_viewer.datasets.synthetic.writers.human36m import SubjectFiles
from sefd_viewer.errors import DatasetError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.joints import HUMAN36M17

Progress = Callable[[int, int], None]
FindBody = Callable[[str], BodyModel]

_ACTION, _SUBACTION = 2, 1


@dataclass(frozen=True, eq=False)
class Subject:
    """One person of a set: `cameras` by view, and by moment the body in the world and the records by view."""

    key: str
    cameras: Mapping[str, PinholeCamera]
    bodies: Mapping[str, SmplParameters]
    records: Mapping[tuple[str, str], Record]


def write_as_human36m(
    dataset: Dataset,
    out: Path,
    find_body: FindBody,
    *,
    keys: Sequence[str] = (),
    progress: Progress = lambda _done, _total: None,
) -> list[Subject]:
    """Write the people named by `keys`, or all with bodies in the world, into the new folder `out`.

    Returns them in the order of their numbers, from 1. Raises DatasetError when nobody has a body, a key is
    unknown, or the folder is not empty.
    """
    subjects = [_subject(dataset, key) for key in _chosen(dataset, keys)]
    total, done = sum(len(subject.records) for subject in subjects), 0
    with new_folder(out) as folder:
        for number, subject in enumerate(subjects, start=1):
            for _ in _written(
                subject, SubjectFiles(number, _ACTION, _SUBACTION, dataset.name), folder, find_body
            ):
                done += 1
                progress(done, total)
    return subjects


def _chosen(dataset: Dataset, keys: Sequence[str]) -> list[str]:
    there = dict.fromkeys(
        person.key for record in dataset.records for person in record.people if _in_world(record, person)
    )
    if not there:
        raise DatasetError(
            "nobody here has a body in the world of several cameras",
            where=dataset.root,
            remedy="Fit bodies first: sefd-viewer fit",
        )
    unknown = [key for key in keys if key not in there]
    if unknown:
        raise DatasetError(
            f"there is no body of {', '.join(unknown)}",
            where=dataset.root,
            remedy=f"There are {', '.join(there)}",
        )
    return list(keys or there)


def _in_world(record: Record, person: Person) -> bool:
    placed = record.view is not None and record.moment is not None
    return placed and person.smpl_world is not None and (person.camera or record.camera) is not None


def _subject(dataset: Dataset, key: str) -> Subject:
    cameras: dict[str, PinholeCamera] = {}
    bodies: dict[str, SmplParameters] = {}
    records: dict[tuple[str, str], Record] = {}
    for record in dataset.records:
        for person in record.people:
            camera = person.camera or record.camera
            if person.key != key or not _in_world(record, person) or camera is None:
                continue
            assert record.view is not None
            assert record.moment is not None
            assert person.smpl_world is not None
            cameras.setdefault(record.view, camera)
            bodies.setdefault(record.moment, person.smpl_world)
            records[record.view, record.moment] = record
    return Subject(key, cameras, bodies, records)


def _written(subject: Subject, files: SubjectFiles, folder: Path, find_body: FindBody) -> Iterator[Record]:
    """Write the subject; after each picture the record that it shows."""
    frames = _frames(list(subject.bodies))
    for moment, parameters in subject.bodies.items():
        files.add_body(frames[moment], parameters, find_body(parameters.body_id))
    views = {view: index for index, view in enumerate(subject.cameras, start=1)}
    for (view, moment), record in subject.records.items():
        camera = subject.cameras[view]
        name = files.picture_name(views[view], frames[moment])
        size = _straightened(record, camera, folder / "images" / name)
        body = subject.bodies[moment]
        bbox, seen = _place(body, find_body(body.body_id), camera.without_distortion(), size)
        files.add_picture(views[view], frames[moment], size, bbox, seen)
        yield record
    straight = [camera.without_distortion() for camera in subject.cameras.values()]
    files.write(folder / "annotations", straight)


def _frames(moments: Sequence[str]) -> Mapping[str, int]:
    """Frame numbers: the moments' own where they are numbers, else their order."""
    if all(moment.isdigit() for moment in moments):
        return {moment: int(moment) for moment in moments}
    return {moment: number for number, moment in enumerate(moments)}


def _straightened(record: Record, camera: PinholeCamera, path: Path) -> tuple[int, int]:
    """Write the picture as a camera without distortion sees it; returns its (width, height)."""
    if not camera.is_distorted and record.image_path is not None and record.image_path.suffix == ".jpg":
        return _copied(record, path)
    image = record.load()
    if camera.is_distorted:
        image = cv2.undistort(image, camera.matrix, camera.distortion).astype(np.uint8)
    write_picture(path, image)
    return image.shape[1], image.shape[0]


def _copied(record: Record, path: Path) -> tuple[int, int]:
    from sefd_viewer.datasets.images import image_size

    assert record.image_path is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(record.image_path.read_bytes())
    return image_size(path, annotated=record.size)


def _place(
    parameters: SmplParameters, body: BodyModel, camera: PinholeCamera, size: tuple[int, int]
) -> tuple[list[float], list[bool]]:
    """The body's box x y w h inside the picture, of no size where it is outside, and the joints inside."""
    output = body.forward(parameters)
    pixels = camera.project(output.vertices)
    pixels = pixels[np.isfinite(pixels).all(axis=1)]
    joints = camera.project(body.joints(output.vertices, output.joints, HUMAN36M17))
    inside = np.asarray(((joints >= -0.5) & (joints < np.array(size) - 0.5)).all(axis=-1))
    if not len(pixels):
        return [0.0] * 4, inside.tolist()
    low, high = (np.clip(corner, 0, size) for corner in (pixels.min(axis=0), pixels.max(axis=0)))
    return [*low.tolist(), *(high - low).tolist()], inside.tolist()
