"""Files of bodies: one body, people who were predicted, runs; each asked in turn what a path is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.body.catalog import REMEDY, BodyCatalog, remedy_for
from sefd_viewer.body.files import holds_body, load_body
from sefd_viewer.body.joints_alone import is_joints
from sefd_viewer.body.mhr import MHR
from sefd_viewer.body.smpl_layout import FAMILIES
from sefd_viewer.body.stored_values import read_stored
from sefd_viewer.datasets.body_files.people import BodyPose, FoundFile
from sefd_viewer.datasets.body_files.reading import (
    ENDINGS,
    ending_of,
    folder_people,
    known_people,
    stored_content,
)
from sefd_viewer.datasets.body_sets import BodySetReader
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.runs.file_predictions import holds_documents, is_sequence
from sefd_viewer.evaluation.runs.store import ABOUT, open_run
from sefd_viewer.plain_files import is_folder
from sefd_viewer.recognition import Look, Recognised, many, some


def _body(path: Path, _catalog: BodyCatalog) -> Recognised | None:
    if not holds_body(path):
        return None
    body = load_body(path)
    holds = [f"{body.vertex_count} vertices, {body.joint_set.count} joints, {body.betas_count} betas"]
    if body.expressions:
        holds.append(f"{body.expressions} coefficients of expression")
    uses = (("bodies of people who were annotated or predicted for it", f"sefd-viewer SET {path}"),)
    return Recognised(f"the body {body.id}", tuple(holds), uses)


# ---- bodies that were predicted


def _predictions(path: Path, catalog: BodyCatalog) -> Recognised | None:
    found, mapping = _found(path)
    if found is None:
        return None
    bodies = dict.fromkeys(one.body for one in found.people)
    absent = [body for body in bodies if body != MHR and catalog.find(body) is None]
    missing = [
        f"the body {body} is not here, which its people are made of. {remedy_for(body)}" for body in absent
    ]
    if found.asks:
        ways = " or ".join(f"NAME={path.name}#{family}-neutral" for family in found.asks)
        missing = [f"it does not say whether its bodies are {' or '.join(found.asks)}: {ways}", *missing]
    method = f"--method NAME={path}" + (f"#{mapping}" if mapping is not None else "")
    uses = [("measure them over a set's people", f"sefd-viewer evaluate SET {method}")]
    opens = not is_folder(path) or BodySetReader().recognises(path)
    if opens and any(
        isinstance(one.pose, BodyPose) or one.camera is not None or one.in_world for one in found.people
    ):
        uses.append(("look at them, over their pictures or on an empty stage", f"sefd-viewer {path}"))
    what = f"bodies of {found.format}" if mapping is None else f"bodies, mapped by {mapping.name}"
    return Recognised(what, tuple(_about(found)), tuple(uses), tuple(missing), tuple(found.notes))


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
    yield f"{many(found.people, 'body', 'bodies')} of {many(people, 'person', 'people')}"
    if pictures:
        yield f"in {many(pictures, 'picture', 'pictures')}: {some(pictures)}"
    elif frames:
        yield f"in {many(frames, 'frame', 'frames')}, {frames[0]} to {frames[-1]}"
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
        return "in a world, in front of the set's cameras"
    if any(one.before_set for one in found.people):
        return "in front of the set's cameras"
    if any(one.camera is not None for one in found.people):
        return "in front of the method's own camera"
    return "without a camera: nothing can be projected"


# ---- 3DPW's pickles, runs, predictions of this program


def _sequence(path: Path, catalog: BodyCatalog) -> Recognised | None:
    if path.suffix.lower() != ".pkl" or is_folder(path):
        return None
    content = read_stored(path)
    if not is_sequence(content):
        return None
    people, frames = len(content["poses"]), max((len(one) for one in content["poses"]), default=0)
    here = any(catalog.find(f"smpl-{one}") for one in ("male", "female"))
    missing = () if here else (f"SMPL bodies. {REMEDY}",)
    return Recognised(
        "a sequence as 3DPW keeps them",
        (f"{people} people in {frames} frames", "SMPL parameters in a world, with the camera of each frame"),
        (
            ("measure it as a method's", f"sefd-viewer evaluate SET --method NAME={path}"),
            ("open it as a set, in its folders sequenceFiles and imageFiles", "sefd-viewer ROOT"),
        ),
        missing,
    )


def _archive(path: Path, catalog: BodyCatalog) -> Recognised | None:
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
    missing, brings_faces = [], {"vertices", "faces"} <= content.keys()
    if brings_faces and not body:
        whose = "a mesh of its own"
    elif not body:
        missing.append(f"it does not say which body its people are of: NAME={path.name}#smpl-neutral")
    elif not brings_faces and catalog.find(body) is None:
        missing.append(f"the body {body} is not here, which its people are made of. {remedy_for(body)}")
    missing += _contradicted(content, body, catalog)
    holds = (
        f"{len(records)} bodies in {len(dict.fromkeys(records))} pictures: {some(dict.fromkeys(records))}",
        f"of {whose}, as {stored}; metres, in front of the set's cameras",
    )
    uses = [("measure them over a set's people", f"sefd-viewer evaluate SET --method NAME={path}")]
    if "K" in content and stored != "joints":
        uses.append(("look at them as the truth of their pictures", f"sefd-viewer {path}"))
    return Recognised("bodies in this program's own archive", holds, tuple(uses), tuple(missing))


def _contradicted(content: Any, body_id: str, catalog: BodyCatalog) -> Iterator[str]:
    """What of an archive cannot be of the body that it names."""
    family = next((one for one in FAMILIES if one.key == body_id.partition("-")[0]), None)
    body, vertices = catalog.find(body_id), np.shape(content.get("vertices", ()))
    count = body.vertex_count if body is not None else family and family.vertices
    if count is not None and len(vertices) == 3 and vertices[1] != count:
        yield f"its people have {vertices[1]} vertices, {body_id} has {count}: they are of another body"
    width, pose = family and 3 * family.joint_set.count, np.shape(content.get("pose", ()))
    if width is not None and len(pose) == 2 and pose[1] != width:
        yield f"its poses have {pose[1]} numbers, those of {body_id} {width}: they are of another body"


def _run(path: Path, _catalog: BodyCatalog) -> Recognised | None:
    if not is_folder(path) or not (path / ABOUT).is_file():
        return None
    plan = open_run(path).plan
    uses = (("a page of its cases", f"sefd-viewer report {path} --out PAGE.html"),)
    holds = (f"methods: {', '.join(plan.methods)}", f"{plan.records} photos of {plan.root}")
    return Recognised(f"a run of `evaluate` over {plan.dataset}", holds, uses)


def _documents(path: Path, _catalog: BodyCatalog) -> Recognised | None:
    if not holds_documents(path):
        return None
    uses = (("measure them", f"sefd-viewer evaluate SET --method NAME={path}#student"),)
    return Recognised("bodies that `sefd-viewer predict` wrote", (), uses)


OF_BODIES: tuple[Look, ...] = (_body, _predictions, _sequence, _archive, _run, _documents)
"""In the order in which they are asked."""
