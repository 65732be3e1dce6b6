"""Many photos, one after the other: predict, write, go on whatever happens to one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import orjson
from numpy.typing import NDArray

from sefd_viewer.atomic import write_file
from sefd_viewer.body.model import BodyModel
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import SefdError, shown
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.inference.export import Group, MeshFormat, document, in_one_plane, mesh_file, overlay_picture
from sefd_viewer.inference.messages import (
    ROLES,
    Failed,
    Message,
    PersonInput,
    PredictRequest,
    Role,
    RoleResult,
)
from sefd_viewer.inference.worker import failure
from sefd_viewer.plain_files import possible_name

_LONGEST_STEM = 200
"""Bytes of a file's name, of the 255 there may be, that are left to what its picture is called."""


class Predicts(Protocol):
    """The part of `Predictor` that is used here."""

    def predict(self, request: PredictRequest) -> Iterator[Message]:
        """Results role by role."""


@dataclass(frozen=True, eq=False)
class Photo:
    """A loaded picture (H,W,3) uint8 RGB, who is in it, and its camera where that is known.

    `painted` people (keys) were drawn over the picture: their bodies hide the others'.
    """

    image: NDArray[np.uint8]
    people: tuple[PersonInput, ...]
    camera: PinholeCamera | None = None
    note: str | None = None
    painted: tuple[str, ...] = ()


@dataclass(frozen=True)
class PhotoJob:
    """One picture to do: `name` for people, `source` for the document, `stem` of the files to write."""

    name: str
    source: str
    stem: str
    load: Callable[[], Photo]


@dataclass(frozen=True)
class BatchOptions:
    """What to predict and to write for every photo; `find_body` gives the faces of a predicted body."""

    find_body: Callable[[str], BodyModel]
    roles: tuple[Role, ...] = ROLES
    edges: EdgeSettings = field(default_factory=EdgeSettings)
    meshes: MeshFormat | None = "obj"


@dataclass(frozen=True)
class Outcome:
    """What became of one photo: the files written, lines for people, whether something failed, who was there.

    A photo without `people` has not failed.
    """

    name: str
    files: tuple[Path, ...] = ()
    lines: tuple[str, ...] = ()
    failed: bool = False
    people: int = 0


def predict_files(
    jobs: Iterable[PhotoJob], predictor: Predicts, folder: Path, options: BatchOptions
) -> Iterator[Outcome]:
    """Do every job, writing into `folder`; a photo that fails is told in its outcome and the rest goes on."""
    for job in jobs:
        try:
            yield _do(job, predictor, folder, options)
        except SefdError as error:
            yield Outcome(job.name, lines=(_line(job.name, str(error)),), failed=True)
        except Exception as error:
            yield Outcome(job.name, lines=(_line(job.name, str(failure(error))),), failed=True)


def unique_stem(name: str, taken: set[str]) -> str:
    """A file name without ending made of `name`, unlike all `taken` (case aside), which it joins."""
    plain = re.sub(r"[^\w.-]+", "_", name).strip("._") or "photo"
    plain = possible_name(plain, most=_LONGEST_STEM)
    numbered = (f"{plain}_{n}" for n in count(2))
    stem = next(s for s in chain([plain], numbered) if s.lower() not in taken)
    taken.add(stem.lower())
    return stem


def _do(job: PhotoJob, predictor: Predicts, folder: Path, options: BatchOptions) -> Outcome:
    photo = job.load()
    request = PredictRequest(0, photo.image, photo.people, options.roles, options.edges, photo.camera)
    messages = list(predictor.predict(request)) if photo.people else []
    results = {m.role: m for m in messages if isinstance(m, RoleResult)}
    failures = [_line(m.role or "", str(m)) for m in messages if isinstance(m, Failed)]
    problems = [*failures, *dict.fromkeys(p for result in results.values() for p in result.problems)]
    if not photo.people:
        problems.append(photo.note or "no person was found; give 2D poses with --poses")
    files = _write(job, photo, results, problems, folder, options)
    lines = tuple(_line(job.name, problem) for problem in problems)
    left_out = any(result.problems for result in results.values())
    return Outcome(job.name, files, lines, failed=bool(failures) or left_out, people=len(photo.people))


def _write(
    job: PhotoJob,
    photo: Photo,
    results: Mapping[Role, RoleResult],
    problems: list[str],
    folder: Path,
    options: BatchOptions,
) -> tuple[Path, ...]:
    written = {}
    groups = _groups(results, photo, options)
    if groups:
        overlay = folder / f"{job.stem}_overlay.png"
        written["overlay"] = write_file(
            overlay, overlay_picture(photo.image, groups, painted=photo.painted), one_of_many=True
        )
    for role, group in groups.items():
        if options.meshes is not None:
            path = folder / f"{job.stem}_{role}.{options.meshes}"
            written[f"{role} meshes"] = write_file(path, mesh_file(group, options.meshes), one_of_many=True)
    whole = document(
        _about(job, photo),
        photo.people,
        results,
        edges=options.edges,
        edge_sources=_edge_sources(results),
        problems=[shown(problem) for problem in problems],
        files={what: path.name for what, path in written.items()},
    )
    return (*written.values(), write_file(folder / f"{job.stem}.json", _json(whole), one_of_many=True))


def _groups(results: Mapping[Role, RoleResult], photo: Photo, options: BatchOptions) -> dict[Role, Group]:
    height, width = photo.image.shape[:2]
    camera = photo.camera or PinholeCamera.assumed((width, height))
    groups = {
        role: in_one_plane(result.predictions, options.find_body, camera=camera)
        for role, result in results.items()
    }
    return {role: group for role, group in groups.items() if group is not None}


def _about(job: PhotoJob, photo: Photo) -> dict[str, Any]:
    height, width = photo.image.shape[:2]
    camera = None if photo.camera is None else photo.camera.to_dict()
    return {"path": shown(job.source), "width": width, "height": height, "camera": camera}


def _edge_sources(results: Mapping[Role, RoleResult]) -> dict[Role, str]:
    edges = {role: result.predictions[0].edge for role, result in results.items() if result.predictions}
    return {role: edge.source for role, edge in edges.items() if edge is not None}


def _json(whole: Mapping[str, Any]) -> bytes:
    return orjson.dumps(whole, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_INDENT_2)


def _line(where: str, words: str) -> str:
    return words if not where or words.startswith(where) else f"{where}: {words}"
