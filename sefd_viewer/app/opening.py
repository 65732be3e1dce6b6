"""Opening what a person names: one data set out of one or several paths, and files of 2D poses."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from sefd_viewer.app.absence import scene_outcome
from sefd_viewer.app.crowd import Brought, brought_by
from sefd_viewer.app.settings import SAMPLE

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.progress import Report
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.pose2d.files import PoseFile

_BESIDE_BODIES = {"", ".pkl", ".npz", ".npy", ".txt", ".md", ".pdf", ".html", ".obj", ".fbx", ".mat", ".py"}
"""Endings that the files in a folder of bodies may have."""

Begin = Callable[["ViewerState"], "ViewerState"]
"""From the state of a set that was just opened to the one that is wanted: somebody selected, a workspace."""
Tell = Callable[[str, float | None], None]
"""Called with what goes on and which share of it is done (0..1, None unknown)."""


class Opening:
    """One opening on the thread pool: tells how far it is, each percent once, and can be cancelled."""

    def __init__(
        self, inputs: tuple[str, ...], bodies: tuple[str, ...], begin: Begin = lambda state: state
    ) -> None:
        self.inputs, self.bodies, self.begin = inputs, bodies, begin
        self.brought_bodies = False
        self.methods: tuple[str, ...] = ()
        self.brought = Brought()
        self.tell: Tell = lambda _stage, _share: None
        self._cancelled = Event()
        self._told: tuple[str, int] | None = None

    def cancel(self) -> None:
        """End it soon; `run` then returns None."""
        self._cancelled.set()

    def run(self, open: Callable[..., Dataset]) -> Dataset | None:
        """What `open` (`open_inputs`, or what tests put in its place) finds; None when cancelled.

        Bodies among the inputs leave them and join `bodies`, as `brought_bodies` says; where nothing else is
        named None comes back. Predictions beside a set become `methods` over it. `brought` is what a sample
        has beside it. Raises BodyError for a body file of another family.
        """
        from sefd_viewer.datasets.progress import CancelledError

        if found := body_places(self.inputs):
            self.bodies = checked_bodies((*found, *self.bodies))
            self.inputs = tuple(path for path in self.inputs if path not in found)
            self.brought_bodies = True
            if not self.inputs:
                return None
        self.methods = methods_among(self.inputs)
        self.inputs = tuple(path for path in self.inputs if path not in self.methods)
        if self.inputs == (SAMPLE,):
            self.inputs = ()
        if not self.bodies and (found := bodies_of_set(self.inputs)):
            self.bodies, self.brought_bodies = found, True
        try:
            dataset = open(
                self.inputs, bodies=self.bodies, progress=self._progress, cancelled=self._cancelled.is_set
            )
            self.brought = brought_by(dataset)
            return dataset
        except CancelledError:
            return None
        finally:
            self.tell = lambda _stage, _share: None  # whom it told may hold this, and so all that was found

    def _progress(self, stage: str, done: int, total: int) -> None:
        percent = 100 * done // total if total else 0
        if self._told != (stage, percent):
            self._told = (stage, percent)
            self.tell(stage, done / total if total else None)


def body_places(inputs: Sequence[str]) -> tuple[str, ...]:
    """Those of the paths that are body files, or folders with body files and neither pictures nor data."""
    from sefd_viewer.body.files import holds_body

    return tuple(path for path in inputs if holds_body(path) or _is_body_folder(Path(path)))


def methods_among(inputs: Sequence[str]) -> tuple[str, ...]:
    """Those of several paths that are files of people's bodies, where others are data."""
    from contextlib import suppress

    from sefd_viewer.datasets.body_set_files import holds_people
    from sefd_viewer.errors import SefdError

    found = []
    for path in inputs if len(inputs) > 1 else ():
        with suppress(SefdError):  # opening it says what is wrong
            if Path(path).is_file() and holds_people(Path(path)):
                found.append(path)
    return tuple(found) if len(found) < len(inputs) else ()


def bodies_of_set(inputs: Sequence[str]) -> tuple[str, ...]:
    """Body files that lie within the data set that is opened, and can be read."""
    from sefd_viewer.body.catalog import catalog_at
    from sefd_viewer.body.files import bodies_within
    from sefd_viewer.plain_files import is_folder

    files = [str(file) for path in inputs if is_folder(Path(path)) for file in bodies_within(path)]
    return tuple(file for file in files if not catalog_at((file,)).left_aside)


def _is_body_folder(folder: Path) -> bool:
    from sefd_viewer.body.files import find_bodies
    from sefd_viewer.plain_files import is_folder

    if not is_folder(folder):
        return False
    for _, _, names in os.walk(folder):
        if not {Path(name).suffix.lower() for name in names} <= _BESIDE_BODIES:
            return False
    return bool(find_bodies(folder))


def checked_bodies(places: Sequence[str]) -> tuple[str, ...]:
    """The places, each once and without those that are gone; BodyError for one that holds no body."""
    from sefd_viewer.body.catalog import catalog_at
    from sefd_viewer.plain_files import is_there

    there = tuple(dict.fromkeys(place for place in places if is_there(Path(place))))
    catalog_at(there).check()
    return there


def open_inputs(
    inputs: Sequence[str],
    *,
    bodies: Sequence[str] = (),
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Dataset:
    """Open the paths as one data set; none opens the shipped sample. Raises SefdError if the only one fails.

    `bodies` are files of licensed bodies, for annotations that need them. Of several paths those that fail
    are named among the problems, the rest goes on. `progress` and `cancelled` are those of `open_dataset`.
    """
    from sefd_viewer.datasets.annotations import ReadOptions
    from sefd_viewer.datasets.opening import open_dataset

    options = ReadOptions(bodies=tuple(bodies))

    def open_one(path: str | None) -> Dataset:
        place = None if path == SAMPLE else path
        return open_dataset(place, options=options, progress=progress, cancelled=cancelled)

    return _joined(inputs, open_one) if len(inputs) > 1 else open_one(inputs[0] if inputs else None)


def _joined(inputs: Sequence[str], open_one: Callable[[str], Dataset]) -> Dataset:
    from sefd_viewer.datasets.joining import joined_records
    from sefd_viewer.datasets.progress import CancelledError
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.errors import SefdError

    opened: dict[str, Dataset] = {}
    problems: list[str] = []
    for path in inputs:
        try:
            opened[path] = open_one(path)
            problems += opened[path].problems
        except CancelledError:
            raise
        except SefdError as error:
            problems.append(str(error))
    records = joined_records(opened)
    name, parts = f"{len(inputs)} inputs", tuple(opened.values())
    return Dataset(name, None, "several inputs", records, tuple(problems), parts=parts)


def trouble(content: Content, inputs: Sequence[str]) -> str | None:
    """Why not all of the paths that a person named is in view, None where it is."""
    if content.problem is not None:
        return content.problem
    scene = scene_outcome(content)
    if scene is not None and scene.problem is not None:
        return scene.problem
    parts = content.dataset.parts if content.dataset is not None else ()
    bodies = body_places(inputs)
    data = set(inputs) - {*bodies, *methods_among([path for path in inputs if path not in bodies])}
    if len(data) > 1 and len(parts) < len(data):
        problems = content.dataset.problems if content.dataset is not None else ()
        return "; ".join(problems) or "not everything could be opened"
    return None


def read_pose_file(path: str, dataset: Dataset | None) -> PoseFile:
    """Read a file or folder of 2D poses: people by image name, and problems. Raises PoseFileError.

    Pictures that it calls by number are those that the files of `dataset` call so.
    """
    from sefd_viewer.datasets.attaching import in_set
    from sefd_viewer.pose2d.files import read_poses

    if dataset is None:
        return read_poses(Path(path))
    return in_set(read_poses(Path(path), images=dataset.pictures_by_id), dataset)
