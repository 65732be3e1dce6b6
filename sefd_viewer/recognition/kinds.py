"""Every kind of file and folder that opens somewhere, asked in turn what a path is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.body.catalog import REMEDY, BodyCatalog
from sefd_viewer.body.files import holds_body, load_body
from sefd_viewer.body.joints_alone import is_joints
from sefd_viewer.body.mhr import MHR
from sefd_viewer.body.stored_values import read_stored
from sefd_viewer.cameras.calibrations.reading import read_calibration
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.body_files.people import BodyPose, FoundFile
from sefd_viewer.datasets.body_files.reading import (
    ENDINGS,
    ending_of,
    folder_people,
    known_people,
    stored_content,
)
from sefd_viewer.datasets.body_sets import BodySetReader
from sefd_viewer.datasets.images import is_image
from sefd_viewer.datasets.opening import formats, open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.runs.file_predictions import holds_documents, is_sequence
from sefd_viewer.evaluation.runs.store import ABOUT, open_run
from sefd_viewer.plain_files import is_folder, is_there
from sefd_viewer.pose2d.editing_file import is_edited_poses
from sefd_viewer.pose2d.files import read_content, read_poses, recognised
from sefd_viewer.pose2d.pose_file import is_estimated_poses

_SOME, _LOOKED_AT = 4, 10_000
_LARGEST_TEXT = 300_000_000
_OF_POSES = tuple(f"{one}{packed}" for one in (".json", ".txt", ".xml", ".csv") for packed in ("", ".gz"))
_OF_POSES += (".h5", ".hdf5", ".slp", ".mat")


@dataclass(frozen=True)
class Told:
    """One thing that a file is: `what` it is, what it `holds`, what is `missing` for its use, and `notes`.

    `uses` are what a command is for, and the command.
    """

    what: str
    holds: tuple[str, ...] = ()
    uses: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Looked:
    """What a path is: everything that was recognised, and what is wrong with what could not be read.

    `tried` counts the kinds that were asked, by a word for each.
    """

    path: Path
    told: tuple[Told, ...] = ()
    problems: tuple[str, ...] = ()
    tried: tuple[tuple[str, int], ...] = field(default_factory=tuple)


Look = Callable[[Path, BodyCatalog], Told | None]
"""What a path is of one kind, None where it is not of it; SefdError where it is, and is damaged."""


def look_at(path: Path, catalog: BodyCatalog | None = None, more: Sequence[Look] = ()) -> Looked:
    """Everything that a file or folder is; `catalog` has the bodies that are here.

    Raises SefdError where there is nothing under this name.
    """
    catalog = catalog or BodyCatalog()
    if not is_there(path):
        raise SefdError("there is no such file or folder", where=path, remedy="Check the name")
    told, problems = list[Told](), list[str]()
    for look in (*KINDS, *more):
        try:
            found = look(path, catalog)
        except SefdError as error:
            problems.append(str(error))
        else:
            if found is not None:
                told.append(found)
    return Looked(path, tuple(told), tuple(problems), tuple(_asked()))


def _asked() -> Iterator[tuple[str, int]]:
    from sefd_viewer.cameras.calibrations import reading as calibrations
    from sefd_viewer.datasets.body_files.reading import FORMATS
    from sefd_viewer.pose2d.files import FORMATS as POSES

    yield "kinds of predicted bodies", len(FORMATS)
    yield "kinds of 2D poses", len(POSES)
    yield "families of calibrations", len(calibrations.FORMATS)
    yield "layouts of data sets", len(formats())


# ---- bodies


def _body(path: Path, _catalog: BodyCatalog) -> Told | None:
    if not holds_body(path):
        return None
    body = load_body(path)
    holds = [f"{body.vertex_count} vertices, {body.joint_set.count} joints, {body.betas_count} betas"]
    if body.expressions:
        holds.append(f"{body.expressions} coefficients of expression")
    uses = (("bodies of people who were annotated or predicted for it", f"sefd-viewer SET {path}"),)
    return Told(f"the body {body.id}", tuple(holds), uses)


# ---- bodies that were predicted


def _predictions(path: Path, catalog: BodyCatalog) -> Told | None:
    found, mapping = _found(path)
    if found is None:
        return None
    bodies = dict.fromkeys(one.body for one in found.people)
    absent = [body for body in bodies if body != MHR and catalog.find(body) is None]
    missing = [f"the body {body} is not here, which its people are made of. {REMEDY}" for body in absent]
    if found.asks:
        ways = " or ".join(f"NAME={path.name}#{family}-neutral" for family in found.asks)
        missing = [f"it does not say whether its bodies are {' or '.join(found.asks)}: {ways}", *missing]
    method = f"--method NAME={path}" + (f"#{mapping}" if mapping is not None else "")
    uses = [("measure them over a set's people", f"sefd-viewer evaluate SET {method}")]
    if any(isinstance(one.pose, BodyPose) or one.camera is not None or one.in_world for one in found.people):
        uses.append(("look at them, over their pictures or on an empty stage", f"sefd-viewer {path}"))
    what = f"bodies of {found.format}" if mapping is None else f"bodies, mapped by {mapping.name}"
    return Told(what, tuple(_about(found)), tuple(uses), tuple(missing), tuple(found.notes))


def _found(path: Path) -> tuple[FoundFile | None, Path | None]:
    if is_folder(path):
        with suppress(SefdError):  # a folder of anything else
            return folder_people(path), None
        return None, None
    if ending_of(path) not in ENDINGS:
        return None, None
    try:
        content = stored_content(path)
    except SefdError:
        if ending_of(path) == ".json":
            return None, None
        raise
    return known_people(content, path)


def _about(found: FoundFile) -> Iterator[str]:
    people = dict.fromkeys(one.person for one in found.people)
    pictures = dict.fromkeys(one.picture for one in found.people if one.picture)
    frames = sorted({one.frame for one in found.people if one.frame is not None})
    yield f"{_many(found.people, 'body', 'bodies')} of {_many(people, 'person', 'people')}"
    if pictures:
        yield f"in {_many(pictures, 'picture', 'pictures')}: {_some(pictures)}"
    elif frames:
        yield f"in {_many(frames, 'frame', 'frames')}, {frames[0]} to {frames[-1]}"
    bodies = dict.fromkeys(one.body for one in found.people)
    yield f"of the body {', '.join(bodies)}, as {_stored(found)}; metres"
    yield _before(found)


def _stored(found: FoundFile) -> str:
    kinds = {"vertices": any(one.vertices is not None for one in found.people)}
    kinds["parameters"] = any(one.pose is not None for one in found.people)
    alone = all(is_joints(one.body) for one in found.people)
    return "joints alone" if alone else " and ".join(name for name, there in kinds.items() if there)


def _before(found: FoundFile) -> str:
    if any(one.in_world for one in found.people):
        return "in a world, before the set's cameras"
    if any(one.before_set for one in found.people):
        return "before the set's cameras"
    if any(one.camera is not None for one in found.people):
        return "before the method's own camera"
    return "without a camera: nothing can be projected"


# ---- 3DPW's pickles, runs, predictions of this program


def _sequence(path: Path, catalog: BodyCatalog) -> Told | None:
    if path.suffix.lower() != ".pkl" or is_folder(path):
        return None
    content = read_stored(path)
    if not is_sequence(content):
        return None
    people, frames = len(content["poses"]), max((len(one) for one in content["poses"]), default=0)
    here = any(catalog.find(f"smpl-{one}") for one in ("male", "female"))
    missing = () if here else (f"SMPL bodies. {REMEDY}",)
    return Told(
        "a sequence as 3DPW keeps them",
        (f"{people} people in {frames} frames", "SMPL parameters in a world, with the camera of each frame"),
        (
            ("measure it as a method's", f"sefd-viewer evaluate SET --method NAME={path}"),
            ("open it as a set, in its folders sequenceFiles and imageFiles", "sefd-viewer ROOT"),
        ),
        missing,
    )


def _archive(path: Path, catalog: BodyCatalog) -> Told | None:
    """The program's own archive: `records` with vertices, a pose or joints each."""
    if path.suffix.lower() != ".npz" or is_folder(path):
        return None
    content = read_stored(path)
    stored = " and ".join(name for name in ("vertices", "pose", "joints") if name in content)
    if "records" not in content or not stored:
        return None
    alone = f"joints-{content.get('joint_set', '')}" if stored == "joints" else ""
    records, body = [str(name) for name in content["records"]], str(content.get("body_id", alone))
    whose = f"the body {body}" if body else "a body that is not named"
    missing = []
    if not body:
        missing.append(f"it does not say which body its people are of: NAME={path.name}#smpl-neutral")
    elif catalog.find(body) is None:
        missing.append(f"the body {body} is not here, which its people are made of. {REMEDY}")
    missing += _contradicted(content, body, catalog)
    holds = (
        f"{len(records)} bodies in {len(dict.fromkeys(records))} pictures: {_some(dict.fromkeys(records))}",
        f"of {whose}, as {stored}; metres, before the set's cameras",
    )
    uses = [("measure them over a set's people", f"sefd-viewer evaluate SET --method NAME={path}")]
    if "K" in content and stored != "joints":
        uses.append(("look at them as the truth of their pictures", f"sefd-viewer {path}"))
    return Told("bodies in this program's own archive", holds, tuple(uses), tuple(missing))


def _contradicted(content: Any, body_id: str, catalog: BodyCatalog) -> Iterator[str]:
    """What of an archive cannot be of the body that it names."""
    body, meshes = catalog.find(body_id), {"smpl": 6890, "smplh": 6890, "smplx": 10475}
    count = meshes.get(body_id.partition("-")[0]) if body is None else body.vertex_count
    vertices = np.shape(content.get("vertices", ()))
    if count is not None and len(vertices) == 3 and vertices[1] != count:
        yield f"its people have {vertices[1]} vertices, {body_id} has {count}: they are of another body"
    widths = {"smpl": 72, "smplh": 156, "smplx": 165}
    width, pose = widths.get(body_id.partition("-")[0]), np.shape(content.get("pose", ()))
    if width is not None and len(pose) == 2 and pose[1] != width:
        yield f"its poses have {pose[1]} numbers, those of {body_id} {width}: they are of another body"


def _run(path: Path, _catalog: BodyCatalog) -> Told | None:
    if not is_folder(path) or not (path / ABOUT).is_file():
        return None
    plan = open_run(path).plan
    uses = (("a page of its cases", f"sefd-viewer report {path} --out PAGE.html"),)
    holds = (f"methods: {', '.join(plan.methods)}", f"{plan.records} photos of {plan.root}")
    return Told(f"a run of `evaluate` over {plan.dataset}", holds, uses)


def _documents(path: Path, _catalog: BodyCatalog) -> Told | None:
    if not holds_documents(path):
        return None
    uses = (("measure them", f"sefd-viewer evaluate SET --method NAME={path}#student"),)
    return Told("bodies that `sefd-viewer predict` wrote", (), uses)


# ---- calibrations


def _calibration(path: Path, _catalog: BodyCatalog) -> Told | None:
    try:
        found = read_calibration(path)
    except SefdError:
        return None
    placed = len(found.posed)
    sizes = {one.size for one in found.stored.values() if one.size is not None}
    holds = [f"{_many(found.cameras, 'camera', 'cameras')}: {_some(found.cameras)}"]
    holds.append(
        f"places of {placed} of them, {found.meaning.words}" if placed else "lenses alone, no places"
    )
    if placed and found.meaning.unit is None:
        holds.append(f"no unit is told: {found.unit} m per unit puts the cameras some metres away")
    if sizes:
        holds.append(f"for pictures of {', '.join(f'{width} x {height}' for width, height in sorted(sizes))}")
    notes = tuple(words for words in (found.doubt(), *found.problems) if words)
    uses = (("check a set against it", f"sefd-viewer verify SET --calibration {path}"),)
    return Told(f"a calibration of {found.format}", tuple(holds), uses, notes=notes)


# ---- 2D poses


def _poses(path: Path, _catalog: BodyCatalog) -> Told | None:
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


def _of_poses(path: Path, what: str) -> Told:
    poses = read_poses(path)
    people = [pose for found in poses.poses.values() for pose in found]
    orders = dict.fromkeys(pose.joint_set for pose in people)
    holds = [f"{_many(people, 'person', 'people')} in {_many(poses, 'picture', 'pictures')}: {_some(poses)}"]
    shares = "shares of the picture" if poses.fractions else "pixels"
    holds.append(f"joints used as {', '.join(orders)}, {shares}" if orders else "nobody who can be used")
    uses = (
        ("bodies of the networks for them", f"sefd-viewer predict PICTURES --poses {path} --out FOLDER"),
        ("look at them", f"sefd-viewer PICTURES, then Open 2D poses: {path}"),
    )
    return Told(what, tuple(holds), uses if people else (), notes=poses.problems[:_SOME])


def _boxes(path: Path, _catalog: BodyCatalog) -> Told | None:
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
            holds = f"{_many(content, 'box', 'boxes')} in {_many(pictures, 'picture', 'pictures')}"
            missing = "nothing here takes boxes alone: 2D poses or bodies are needed"
            return Told("boxes of a detector (COCO results without keypoints)", (holds,), (), (missing,))
    return None


# ---- data sets, pictures, videos


def _dataset(path: Path, catalog: BodyCatalog) -> Told | None:
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
    holds = [_many(dataset.records, "photo", "photos"), *_sizes(dataset), *held]
    kind = what.get(reader.name, f"a data set in the layout {reader.name}")
    return Told(kind, tuple(holds), tuple(uses), notes=dataset.problems[:_SOME])


def _sizes(dataset: Dataset) -> Iterator[str]:
    from sefd_viewer.datasets.images import read_picture_file

    first = dataset.image_path(0) if len(dataset.records) else None
    if first is not None:
        with suppress(SefdError):
            found = read_picture_file(first)
            turned = f", which EXIF turns by {found.turned} degrees" if found.turned else ""
            yield f"the first picture is {found.size[0]} x {found.size[1]}{turned}"


def _people_of(dataset: Dataset) -> tuple[int, int, int]:
    """How many people, bodies and cameras a set has, without looking at pictures."""
    import polars as pl

    from sefd_viewer.datasets.index import people_table

    table = people_table(dataset)
    shown = table.filter(pl.col("person").is_not_null())
    return shown.height, int(shown["smpl"].sum()), int(shown["camera"].sum())


def _many(found: Any, one: str, several: str) -> str:
    return f"{len(found)} {one if len(found) == 1 else several}"


def _some(names: Any) -> str:
    listed = [str(name) for name in names]
    return ", ".join(listed[:_SOME]) + (", ..." if len(listed) > _SOME else "")


KINDS: tuple[Look, ...] = (
    _body,
    _predictions,
    _sequence,
    _archive,
    _run,
    _documents,
    _calibration,
    _poses,
    _boxes,
    _dataset,
)
"""Every kind, in the order in which they are asked; a file may be of several."""
