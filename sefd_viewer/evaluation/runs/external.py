"""Methods that are commands: pictures and 2D poses go into a folder, the command writes a file of bodies.

The command runs in a process group of its own, without a shell, and is ended with all that it started when
it takes too long or the run is cancelled. What it wrote is kept with the run: a run that goes on does not
start it again.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from time import monotonic
from typing import Any

import numpy as np
import orjson

from sefd_viewer.atomic import write_file
from sefd_viewer.datasets.body_files.reading import ENDINGS, ending_of
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.pose_sources import FindPoses
from sefd_viewer.geometry.joints import COCO17, remap

Tell = Callable[[str], None]
Stage = Callable[[str, int, int], None]
"""Told what is being made ready, and how much of it is done."""
_FOLDER, _DONE = "commands", "finished.json"
_PLAIN = (".jpg", ".jpeg", ".png")
_LAST_LINES = 5
_LOOK_S = 0.2
_GRACE_S = 5.0


@dataclass(frozen=True, eq=False)
class Commands:
    """Runs the commands of methods over the records of a data set at `positions`, in a run's `folder`.

    `tell` gets each line that a command prints; one may take `limit_s` seconds. What a command wrote about
    the same pictures is not made again unless it is wanted `afresh`.
    """

    dataset: Dataset
    positions: Sequence[int]
    folder: Path
    find_poses: FindPoses
    tell: Tell = lambda _line: None
    limit_s: float | None = None
    cancelled: Callable[[], bool] = lambda: False
    stage: Stage = lambda _words, _done, _total: None
    afresh: bool = False

    def carried_out(self, method: Method) -> Method:
        """The method with what its command wrote as its predictions; any other as it is.

        Raises SefdError when the command cannot be started, fails, takes too long or is cancelled, or writes
        nothing known.
        """
        if method.command is None:
            return method
        content = _asked(method.command, self.dataset, self.positions)
        home = self.folder / _FOLDER / method.name / hashlib.sha256(content).hexdigest()[:12]
        if self.afresh or not (home / _DONE).is_file():
            shutil.rmtree(home, ignore_errors=True)
            (home / "out").mkdir(parents=True)
            records = [self.dataset.records[place] for place in self.positions]
            _write_pictures(home / "images", records, self.stage)
            if "{poses}" in method.command:
                _write_poses(home / "poses.json", records, self.find_poses, self.stage)
            places = {name: home / name for name in ("images", "out")} | {"poses": home / "poses.json"}
            _run(method, places, self.tell, self.limit_s, self.cancelled)
            write_file(home / _DONE, content)
        return _written(method, home)


def kept(method: Method, folder: Path) -> Method:
    """A method with what its command wrote in a run earlier; any other as it is. Raises SefdError."""
    if method.command is None:
        return method
    finished = [home for home, asked in _finished(method, folder)]
    if not finished:
        words = f"the command of {method.name} has not run to its end"
        raise SefdError(words, where=folder, remedy="Evaluate again")
    return _written(method, finished[0])


def found_again(method: Method, folder: Path, dataset: Dataset) -> tuple[Method, ...]:
    """The method with what its command wrote earlier about pictures of a set that are still the same.

    One for each time that it ran, that over the most pictures first.
    """
    assert method.command is not None
    found, count = [], len(dataset.records)
    for home, asked in _finished(method, folder):
        positions = asked["positions"]
        if positions and max(positions) < count and asked == _as_read(method.command, dataset, positions):
            with suppress(SefdError):
                found.append(_written(method, home))
    return tuple(found)


def _asked(command: str, dataset: Dataset, positions: Sequence[int]) -> bytes:
    """All that tells one run of a command from another: the command, and the pictures as they are."""
    pictures = [dataset.image_path(position) for position in positions]
    asked = {
        "command": command,
        "positions": list(positions),
        "records": [dataset.keys[position] for position in positions],
        "pictures": [None if path is None else [str(path), *_stamp(path)] for path in pictures],
    }
    return orjson.dumps(asked)


def _as_read(command: str, dataset: Dataset, positions: Sequence[int]) -> Any:
    return orjson.loads(_asked(command, dataset, positions))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        about = path.stat()
    except OSError:
        return 0, 0
    return about.st_mtime_ns, about.st_size


def _finished(method: Method, folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Where its command ran to the end and what was asked then, that over the most pictures first."""
    found = []
    for done in (folder / _FOLDER / method.name).glob(f"*/{_DONE}"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            asked = orjson.loads(done.read_bytes())
            if asked["command"] == method.command:
                found.append((len(asked["positions"]), str(done.parent), asked))
    for _count, home, asked in sorted(found, key=lambda one: one[0], reverse=True):
        yield Path(home), asked


def _written(method: Method, home: Path) -> Method:
    """The method with what its command wrote."""
    out, positions = home / "out", orjson.loads((home / _DONE).read_bytes())["positions"]
    files = _files(out)
    if not files:
        words = f"the command of {method.name} wrote no file that is known"
        raise SefdError(words, where=out, remedy=f"It has to write one of {', '.join(ENDINGS)} into {{out}}")
    found = files[0] if len(files) == 1 else files[0].parent
    return replace(method, predictions=str(found), pictures=tuple(positions))


def picture_name(place: int) -> str:
    """What the picture with this place among those of a command is called, without its ending."""
    return f"{place:06d}"


def _files(out: Path) -> list[Path]:
    """The files that it wrote: those of the first folder that has any, the uppermost first."""
    if not out.is_dir():
        return []
    for folder in (out, *sorted(one for one in out.rglob("*") if one.is_dir())):
        if found := sorted(one for one in folder.iterdir() if one.is_file() and ending_of(one) in ENDINGS):
            return found
    return []


def _write_pictures(folder: Path, records: Sequence[Record], stage: Stage) -> None:
    """A picture for each record, numbered in their order: links where files can be taken as they are."""
    folder.mkdir()
    for place, record in enumerate(records):
        stage("Pictures for the command", place, len(records))
        path = record.image_path
        plain = path is not None and path.suffix.lower() in _PLAIN and record.read is None
        if plain and path is not None:
            target = folder / f"{picture_name(place)}{path.suffix.lower()}"
            with suppress(OSError):
                target.symlink_to(path.absolute())
                continue
        _write_png(folder / f"{picture_name(place)}.png", record.load())


def _write_png(path: Path, image: np.ndarray) -> None:
    import cv2

    data = cv2.imencode(".png", np.ascontiguousarray(image[..., ::-1]))[1]
    path.write_bytes(data.tobytes())


def _write_poses(path: Path, records: Sequence[Record], find_poses: FindPoses, stage: Stage) -> None:
    """Everybody's 2D pose as COCO results, pictures called as in the folder; seventeen joints."""
    entries = []
    for place, record in enumerate(records):
        stage("2D poses for the command", place, len(records))
        for key, pose in find_poses(record, record.load()).items():
            keypoints, _ = remap(pose.keypoints, pose.joint_set, COCO17)
            entries.append(
                {
                    "image_id": place,
                    "file_name": picture_name(place),
                    "category_id": 1,
                    "person": key,
                    "keypoints": np.round(keypoints.astype(float), 3).ravel().tolist(),
                    "bbox": np.round(pose.bbox_xywh.astype(float), 2).tolist(),
                    "score": float(pose.score),
                }
            )
    write_file(path, orjson.dumps(entries))


def _run(
    method: Method, places: dict[str, Path], tell: Tell, limit_s: float | None, cancelled: Callable[[], bool]
) -> None:
    assert method.command is not None
    words = [_filled(word, places) for word in shlex.split(method.command)]
    try:
        process = subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        words_told = f"the command of {method.name} cannot be started ({error.strerror})"
        raise SefdError(words_told, where=words[0], remedy="Name a program that is here") from error
    lines: Queue[str | None] = Queue()
    reader = Thread(target=_read, args=(process, lines), daemon=True)
    reader.start()
    last: list[str] = []
    start = monotonic()
    try:
        while True:
            try:
                line = lines.get(timeout=_LOOK_S)
            except Empty:
                line = ""
            if line is None:
                break
            if line:
                last = [*last, line][-_LAST_LINES:]
                tell(f"{method.name}: {line}")
            if limit_s is not None and monotonic() - start > limit_s:
                raise SefdError(
                    f"the command of {method.name} took longer than {limit_s:g} s, and was ended",
                    remedy="Try it with fewer photos, or allow it more time",
                )
            if cancelled():
                said = f"the command of {method.name} was cancelled"
                raise SefdError(said, remedy="Run it again to have its bodies")
        status = process.wait()
    finally:
        _end(process)
        reader.join()
    if status:
        told = "; ".join(last) or "it printed nothing"
        raise SefdError(
            f"the command of {method.name} ended with status {status}: {told}",
            where=places["out"].parent,
            remedy="Run the command by hand in a terminal to see all that it prints",
        )


def _filled(word: str, places: dict[str, Path]) -> str:
    for name, path in places.items():
        word = word.replace(f"{{{name}}}", str(path))
    return word


def _read(process: subprocess.Popen[str], lines: Queue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line.rstrip())
    lines.put(None)


def _end(process: subprocess.Popen[str]) -> None:
    """End the process and all of its group, softly first."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_GRACE_S)
            break
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # who outlived the first: nobody waits for them
    if process.stdout is not None:
        process.stdout.close()
