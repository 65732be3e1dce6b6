"""Pictures of fitted bodies over the photos: all views of a moment side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.atomic import write_file
from sefd_viewer.body.model import BodyModel
from sefd_viewer.cameras.people_check import spread
from sefd_viewer.datasets.capture_bodies import dataset_with_people
from sefd_viewer.datasets.fitted_people import FittedPeople
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.overlay import shaded_overlay

Image = NDArray[np.uint8]

_COLORS = np.array([(230, 159, 0), (86, 180, 233), (0, 158, 115), (204, 121, 167)], np.uint8)
_OPACITY = 0.6


def moment_picture(records: Sequence[Record], body: BodyModel) -> Image:
    """The records' photos with their bodies, beside each other; (H, W, 3) uint8 RGB."""
    pictures = [overlaid(record, body) for record in records]
    height = max(len(picture) for picture in pictures)
    padded = [np.pad(one, ((0, height - len(one)), (0, 0), (0, 0))) for one in pictures]
    return np.concatenate(padded, axis=1)


def overlaid(record: Record, body: BodyModel) -> Image:
    """The record's photo with everybody's body over it, each in front of what is there."""
    image = record.load().copy()
    for index, person in enumerate(person for person in record.people if person.smpl is not None):
        camera = person.camera or record.camera
        if camera is not None:
            _lay_over(image, person, camera, body, _COLORS[index % len(_COLORS)])
    return image


def _lay_over(image: Image, person: Person, camera: PinholeCamera, body: BodyModel, color: Image) -> None:
    assert person.smpl is not None
    size = (image.shape[1], image.shape[0])
    vertices = body.forward(person.smpl).vertices
    painted = shaded_overlay([vertices], body.faces, color[None], camera.without_extrinsics(), size)
    covered = painted[..., 3] > 0
    mixed = (1 - _OPACITY) * image[covered] + _OPACITY * painted[covered][:, :3]
    image[covered] = mixed.astype(np.uint8)


def draw_moments(
    dataset: Dataset, fitted: FittedPeople, body: BodyModel, folder: Path, *, count: int
) -> Iterator[Path]:
    """Write `fit_<moment>.png` for up to `count` moments, evenly spread, and tell each file."""
    by_moment: dict[str, list[Record]] = {}
    for record in dataset_with_people(dataset, fitted).records:
        if record.moment is not None and record.people:
            by_moment.setdefault(record.moment, []).append(record)
    moments = list(by_moment)
    for position in spread(len(moments), count) if count else ():
        picture = moment_picture(by_moment[moments[position]], body)
        _, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        yield write_file(folder / f"fit_{moments[position]}.png", data.tobytes(), one_of_many=True)
