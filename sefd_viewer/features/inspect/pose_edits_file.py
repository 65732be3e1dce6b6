"""Edited 2D poses, kept beside the data or beside the file of 2D poses that was edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from sefd_viewer.app.pose_edits import EditKey, edits_path, edits_path_of_file
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.pose2d.editing_file import EditedPicture

    Pictures = Mapping[str, EditedPicture]
    PoseEdits = Mapping[EditKey, EditedPicture]


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be written: the difference between the edited `pictures` and those that were `before`.

    Later tasks have larger numbers.
    """

    number: int
    source: str | None
    path: Path
    pictures: Pictures
    before: Pictures


class KeptEdits:
    """The files of the open data set and of files of 2D poses, and what each holds.

    `write` may be called from any thread.
    """

    def __init__(self) -> None:
        self.paths: dict[str | None, Path] = {}
        self._saved: dict[str | None, dict[str, EditedPicture]] = {}
        self._numbers = count(1)
        self._newest: dict[Path, int] = {}
        self._lock = Lock()

    def begin(self, dataset: Dataset) -> tuple[PoseEdits, tuple[str, ...]]:
        """The edits of a data set that was just opened, and what is wrong with their file in words."""
        self.paths.clear()
        self._saved.clear()
        return self._read(None, edits_path(dataset))

    def begin_file(self, poses: str) -> tuple[PoseEdits, tuple[str, ...]]:
        """The edits of a file of 2D poses that was just read, and what is wrong with their file in words."""
        return self._read(poses, edits_path_of_file(poses))

    def task(self, source: str | None, edits: PoseEdits) -> Task | None:
        """What has to be written so that the file of a source holds these edits; None where it does."""
        path, saved = self.paths.get(source), self._saved.get(source, {})
        pictures = {record: picture for (of, record), picture in edits.items() if of == source}
        if path is None or pictures == saved:
            return None
        return Task(next(self._numbers), source, path, pictures, dict(saved))

    def write(self, task: Task) -> None:
        """Write what changed unless a later task was faster; what another program wrote meanwhile stays.

        Raises SefdError where that is refused, and, when the rest is written, for people whom both edited.
        """
        from sefd_viewer.atomic import alone_in, writable_folder, write_file
        from sefd_viewer.pose2d.editing_file import edited_poses_json, merged_pictures, read_edited_poses

        with self._lock:
            if self._newest.get(task.path, 0) > task.number:
                return
            with alone_in(writable_folder(task.path.parent)):
                there: Pictures = read_edited_poses(task.path).pictures if task.path.exists() else {}
                pictures, both = merged_pictures(task.before, task.pictures, there)
                write_file(task.path, edited_poses_json(pictures))
            self._newest[task.path] = task.number
        if both:
            raise SefdError(
                f"another program edited this meanwhile, and holds: {'; '.join(both)}",
                where=task.path,
                remedy="Open it again to see that, then edit it",
            )

    def written(self, task: Task) -> None:
        """Note that a task was done."""
        if self.paths.get(task.source) == task.path:
            self._saved[task.source] = dict(task.pictures)

    def _read(self, source: str | None, path: Path) -> tuple[PoseEdits, tuple[str, ...]]:
        self.paths[source] = path
        if not path.exists():
            return {}, ()
        from sefd_viewer.pose2d.editing_file import read_edited_poses

        try:
            found = read_edited_poses(path)
        except SefdError as error:
            return {}, (str(error),)
        self._saved[source] = dict(found.pictures)
        problems = tuple(f"{path}: {problem}" for problem in found.problems)
        return {(source, record): picture for record, picture in found.pictures.items()}, problems
