"""Every kind of file and folder that opens somewhere, asked in turn what a path is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.body.stored_values import reading_once
from sefd_viewer.cameras.calibrations.reading import read_calibration
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.body_sets import BodySetReader
from sefd_viewer.datasets.images import is_image, read_picture_file
from sefd_viewer.datasets.opening import formats, open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import SefdError
from sefd_viewer.plain_files import is_folder, is_there, require_file
from sefd_viewer.pose2d.editing_file import is_edited_poses
from sefd_viewer.pose2d.files import FORMATS as POSES
from sefd_viewer.pose2d.files import read_content, read_poses, recognised
from sefd_viewer.pose2d.pose_file import is_estimated_poses
from sefd_viewer.recognition import SOME, Look, Recognised, many, some
from sefd_viewer.recognition.bodies import OF_BODIES

_LOOKED_AT = 10_000
_LARGEST_TEXT = 300_000_000
_OF_POSES = tuple(f"{one}{packed}" for one in (".json", ".txt", ".xml", ".csv") for packed in ("", ".gz"))
_OF_POSES += (".h5", ".hdf5", ".slp", ".mat")


@dataclass(frozen=True)
class Looked:
    """What a path is: everything that was recognised, and what is wrong with what could not be read.

    `tried` counts the kinds that were asked, by a word for each.
    """

    path: Path
    told: tuple[Recognised, ...] = ()
    problems: tuple[str, ...] = ()
    tried: tuple[tuple[str, int], ...] = field(default_factory=tuple)


def look_at(path: Path, catalog: BodyCatalog | None = None, more: Sequence[Look] = ()) -> Looked:
    """Everything that a file or folder is; `catalog` has the bodies that are here.

    Raises SefdError where there is nothing under this name, or a device or a pipe.
    """
    catalog = catalog or BodyCatalog()
    if not is_there(path):
        raise SefdError("there is no such file or folder", where=path, remedy="Check the name")
    try:
        require_file(path)
    except OSError as error:
        raise SefdError.unreadable(path, error) from error
    told, problems = list[Recognised](), list[str]()
    with reading_once():
        for look in (*KINDS, *more):
            try:
                found = look(path, catalog)
            except SefdError as error:
                problems.append(str(error))
            else:
                if found is not None:
                    told.append(found)
    return Looked(path, tuple(told), tuple(dict.fromkeys(problems)), tuple(_asked()))


def _asked() -> Iterator[tuple[str, int]]:
    from sefd_viewer.cameras.calibrations import reading as calibrations
    from sefd_viewer.datasets.body_files.reading import FORMATS

    yield "kinds of predicted bodies", len(FORMATS)
    yield "kinds of 2D poses", len(POSES)
    yield "families of calibrations", len(calibrations.FORMATS)
    yield "layouts of data sets", len(formats())


# ---- calibrations


def _calibration(path: Path, _catalog: BodyCatalog) -> Recognised | None:
    try:
        found = read_calibration(path)
    except SefdError:
        return None
    placed = len(found.posed)
    sizes = {one.size for one in found.stored.values() if one.size is not None}
    holds = [f"{many(found.cameras, 'camera', 'cameras')}: {some(found.cameras)}"]
    holds.append(
        f"places of {placed} of them, {found.meaning.words}" if placed else "lenses alone, no places"
    )
    if placed and found.meaning.unit is None:
        holds.append(f"no unit is stated: {found.unit} m per unit puts the cameras some metres away")
    if sizes:
        holds.append(f"for pictures of {', '.join(f'{width} x {height}' for width, height in sorted(sizes))}")
    notes = tuple(words for words in (found.doubt(), *found.problems) if words)
    uses = (("check a set against it", f"sefd-viewer verify SET --calibration {path}"),)
    return Recognised(f"a calibration of {found.format}", tuple(holds), uses, notes=notes)


# ---- 2D poses


def _poses(path: Path, _catalog: BodyCatalog) -> Recognised | None:
    if is_folder(path):
        with suppress(SefdError):
            return _of_poses(path, "2D poses, a file per picture")
        return None
    if not path.name.lower().endswith(_OF_POSES) or path.stat().st_size > _LARGEST_TEXT:
        return None
    try:
        content = read_content(path)
    except SefdError:
        if path.suffix.lower() == ".json":
            raise
        return None
    if is_edited_poses(content) or is_estimated_poses(content):
        return _of_poses(path, "2D poses of this program")
    kind = recognised(content)
    return None if kind is None else _of_poses(path, f"2D poses of {kind.programs} ({kind.name})")


def _of_poses(path: Path, what: str) -> Recognised:
    poses = read_poses(path)
    people = [pose for found in poses.poses.values() for pose in found]
    orders = dict.fromkeys(pose.joint_set for pose in people)
    holds = [f"{many(people, 'person', 'people')} in {many(poses, 'picture', 'pictures')}: {some(poses)}"]
    shares = "shares of the picture" if poses.fractions else "pixels"
    holds.append(f"joints used as {', '.join(orders)}, {shares}" if orders else "nobody who can be used")
    uses = (
        ("bodies of the networks for them", f"sefd-viewer predict PICTURES --poses {path} --out FOLDER"),
        ("look at them", f"sefd-viewer PICTURES, then Open 2D poses: {path}"),
    )
    return Recognised(what, tuple(holds), uses if people else (), notes=poses.problems[:SOME])


def _boxes(path: Path, _catalog: BodyCatalog) -> Recognised | None:
    """Detectors' results in COCO's shape that have no keypoints: known, and of no use here."""
    if path.suffix.lower() != ".json" or is_folder(path) or path.stat().st_size > _LARGEST_TEXT:
        return None
    with suppress(SefdError):
        content = read_content(path)
        first = content[0] if isinstance(content, list) and content else None
        if (
            isinstance(first, dict)
            and "keypoints" not in first
            and {"image_id", "bbox", "score"} <= set(first)
        ):
            pictures = dict.fromkeys(str(one.get("image_id")) for one in content if isinstance(one, dict))
            holds = f"{many(content, 'box', 'boxes')} in {many(pictures, 'picture', 'pictures')}"
            missing = "nothing here takes boxes alone: 2D poses or bodies are needed"
            return Recognised(
                "boxes of a detector (COCO results without keypoints)", (holds,), (), (missing,)
            )
    return None


# ---- data sets, pictures, videos


def _dataset(path: Path, catalog: BodyCatalog) -> Recognised | None:
    reader = next((one for one in formats().values() if one.recognises(path)), None)
    if reader is None or (isinstance(reader, BodySetReader) and path.is_file()):  # told as bodies
        return None
    if reader.name == "image folder" and not any(map(is_image, islice(path.iterdir(), _LOOKED_AT))):
        return None
    dataset = open_dataset(path, options=ReadOptions(bodies=tuple(catalog.places)))
    uses = [
        ("look at it", f"sefd-viewer {path}"),
        ("bodies of the networks", f"sefd-viewer predict {path} --out FOLDER"),
    ]
    people, bodies, cameras = _people_of(dataset)
    if bodies or cameras:
        uses.append(("check cameras and bodies", f"sefd-viewer verify {path}"))
    if people:
        uses.append(("look for bad annotations", f"sefd-viewer check {path}"))
    held = [f"{people} people, {bodies} with a body, {cameras} with a camera"] if people else []
    what = {"image": "a picture", "video": "a video", "image folder": "a folder of pictures"}
    holds = [many(dataset.records, "photo", "photos"), *_sizes(dataset), *held]
    kind = what.get(reader.name, f"a data set in the layout {reader.name}")
    return Recognised(kind, tuple(holds), tuple(uses), notes=dataset.problems[:SOME])


def _sizes(dataset: Dataset) -> Iterator[str]:
    first = dataset.image_path(0) if len(dataset.records) else None
    if first is not None:
        try:
            found = read_picture_file(first)
        except SefdError as error:
            if len(dataset.records) == 1:
                raise
            yield f"the first picture cannot be used: {error.what}"
        else:
            turned = f", which EXIF turns by {found.turned} degrees" if found.turned else ""
            yield f"the first picture is {found.size[0]} x {found.size[1]}{turned}"


def _people_of(dataset: Dataset) -> tuple[int, int, int]:
    """How many people, bodies and cameras a set has, without looking at pictures."""
    import polars as pl

    from sefd_viewer.datasets.index import people_table

    table = people_table(dataset)
    shown = table.filter(pl.col("person").is_not_null())
    return shown.height, int(shown["smpl"].sum()), int(shown["camera"].sum())


KINDS: tuple[Look, ...] = (
    *OF_BODIES,
    _calibration,
    _poses,
    _boxes,
    _dataset,
)
"""Every kind, in the order in which they are asked; a file may be of several."""
