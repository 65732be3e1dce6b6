"""Picture files that are missing, turned, or of another size than the annotations say."""

from __future__ import annotations

from collections.abc import Iterator

from sefd_viewer.checks.detector import Detector, Measurement
from sefd_viewer.checks.inspection import Inspection
from sefd_viewer.datasets.images import PictureFile
from sefd_viewer.errors import ImageError
from sefd_viewer.plain_files import is_file

_SWAPPED = "annotated for its width and height swapped: what was annotated may lie sideways on it"
_AS_STORED = (
    "annotated before it was turned upright by its EXIF orientation, and shown as it is stored: where it is "
    "turned, what was annotated lies wrong on it"
)


def measure_missing(inspection: Inspection) -> Iterator[Measurement]:
    """1 where there is no picture file that can be read, else 0."""
    path = inspection.record.image_path
    if path is None:
        return
    if not is_file(path):
        yield Measurement(None, 1.0, "is not there")
        return
    try:
        _ = inspection.file
    except ImageError as error:
        yield Measurement(None, 1.0, f"cannot be read ({error.what})")
        return
    yield Measurement(None, 0.0)


def measure_size(inspection: Inspection) -> Iterator[Measurement]:
    """How far width or height of the file differ from the annotated ones, in percent."""
    sizes = _sizes(inspection)
    if sizes is None:
        return
    annotated, found = sizes
    share = max(abs(a - b) / max(a, 1) for a, b in zip(annotated, found, strict=True))
    words = f"{found[0]} x {found[1]} pixels, annotated as {annotated[0]} x {annotated[1]}"
    same_shape = abs(found[0] * annotated[1] - found[1] * annotated[0]) <= max(*annotated, *found)
    if same_shape and found != annotated:
        words += f", {found[0] / annotated[0]:.3g} times the size"
    yield Measurement(None, 100 * share, words)


def measure_turned(inspection: Inspection) -> Iterator[Measurement]:
    """By how many degrees the picture is turned: width and height swapped, or an EXIF orientation."""
    file = _file(inspection)
    if file is None:
        return
    annotated, angle = inspection.record.size, float(min(file.turned, 360 - file.turned))
    if file.turned and annotated == file.stored:
        yield Measurement(None, angle, _AS_STORED)
    elif annotated is not None and annotated == file.size[::-1] != file.size:
        yield Measurement(None, 90.0, _SWAPPED)
    elif file.turned and annotated is None:
        yield Measurement(None, angle, "turned by its EXIF orientation: others may show it otherwise")
    else:
        yield Measurement(None, 0.0)


def _file(inspection: Inspection) -> PictureFile | None:
    try:
        return inspection.file
    except ImageError:
        return None


def _sizes(inspection: Inspection) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """The annotated size and the file's."""
    file = _file(inspection)
    if file is None or inspection.record.size is None:
        return None
    return inspection.record.size, file.read_as(inspection.record.size)


MISSING = Detector(
    id="picture_missing",
    title="Missing picture",
    description="Whether the photo's file is there and is a picture.",
    sentence="The picture {detail}.",
    unit="",
    threshold=0.5,
    range=(0.0, 1.0),
    measure=measure_missing,
    reads="file",
)

SIZE = Detector(
    id="picture_size",
    title="Picture of another size",
    description="Difference between the picture's width and height and the annotated ones.",
    sentence="The picture has {detail}: keypoints, boxes and cameras are in other pixels than the picture's.",
    unit="%",
    threshold=0.5,
    range=(0.0, 100.0),
    measure=measure_size,
    reads="file",
)

TURNED = Detector(
    id="picture_turned",
    title="Turned picture",
    description="Width and height swapped, or an EXIF orientation that the annotations may not know.",
    sentence="The picture is {detail} ({value:.0f}°).",
    unit="°",
    threshold=45.0,
    range=(0.0, 180.0),
    measure=measure_turned,
    reads="file",
)
