"""What is remembered of the sets that were open: name, contents, how far one came, and a small picture."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sefd_viewer.app.feature import features
from sefd_viewer.app.settings import SAMPLE
from sefd_viewer.atomic import new_file, write_file
from sefd_viewer.errors import DAMAGED, SefdError
from sefd_viewer.plain_files import is_there

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.datasets.records import Dataset

SIDE = 132
"""Pixels of a small picture's side."""
MOST_COUNTED = 20_000
"""People are counted in sets with no more photos than this."""
LOOKED_THROUGH = 20
"""So many photos tell whether a set has truth."""
_FACTS = "sets.json"


@dataclass(frozen=True)
class RecentSet:
    """One line of the start page; `picture` is a file, or empty; `there` is None until it was looked for."""

    path: str
    name: str
    contents: str = ""
    state: str = ""
    picture: str = ""
    there: bool | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        """What to open."""
        return () if self.path == SAMPLE else (self.path,)


class RecentSets:
    """Keeps facts about recent sets in `folder`; what cannot be read or written is done without."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._facts: dict[str, dict[str, str]] | None = None

    @property
    def folder(self) -> Path:
        """Where the facts and pictures are: `SEFD_VIEWER_RECENT`, or in the user's cache."""
        if self._folder is None:
            import platformdirs

            chosen = os.environ.get("SEFD_VIEWER_RECENT")
            self._folder = Path(chosen or Path(platformdirs.user_cache_path("sefd-viewer")) / "recent")
        return self._folder

    def all(self, paths: Sequence[str], there: Mapping[str, bool] | None = None) -> tuple[RecentSet, ...]:
        """What is known of each of the paths, in their order."""
        facts, found = self._read(), there or {}
        return tuple(_set(path, facts.get(path, {}), found.get(path)) for path in paths)

    def note(self, facts: RecentSet) -> None:
        """Remember what a set is; its picture and what is not said stay."""
        known = self._read()
        old = known.get(facts.path, {})
        new = {name: value for name, value in asdict(facts).items() if isinstance(value, str) and value}
        known[facts.path] = {**old, **new, "state": facts.state}
        self._write(known)

    def forget(self, path: str) -> None:
        """Forget a set and its picture."""
        known = self._read()
        gone = known.pop(path, {})
        if gone.get("picture"):
            Path(gone["picture"]).unlink(missing_ok=True)
        self._write(known)

    def picture_of(self, path: str, image: NDArray[np.uint8]) -> str:
        """Write the middle of a photo (h, w, 3) RGB small, and tell where; empty when that cannot be."""
        import cv2
        import numpy as np

        height, width = image.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 3, (width - side) // 2
        small = cv2.resize(
            image[top : top + side, left : left + side], (SIDE, SIDE), interpolation=cv2.INTER_AREA
        )
        coded = cv2.imencode(".jpg", np.ascontiguousarray(small[..., ::-1]))[1]
        file = self.folder / f"{hashlib.sha256(path.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}.jpg"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with new_file(file) as part:
                part.write_bytes(coded.tobytes())
        except (OSError, SefdError):
            return ""
        return str(file)

    def _read(self) -> dict[str, dict[str, str]]:
        if self._facts is None:
            try:
                read = json.loads((self.folder / _FACTS).read_text("utf-8", "surrogateescape"))
            except (OSError, *DAMAGED):
                read = {}
            entries = read.items() if isinstance(read, dict) else ()
            self._facts = {str(path): facts for path, facts in entries if isinstance(facts, dict)}
        return self._facts

    def _write(self, known: dict[str, dict[str, str]]) -> None:
        self._facts = known
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_file(self.folder / _FACTS, json.dumps(known).encode("utf-8"))
        except (OSError, SefdError):
            return  # it is known until the end of the program


def contents_of(dataset: Dataset) -> str:
    """What a set holds in a few words: "4 cameras, 103 photos, 200 people"."""
    photos, cameras = len(dataset.records), len(dataset.views)
    parts = [f"{cameras} cameras"] if cameras > 1 else []
    parts.append("1 photo" if photos == 1 else f"{photos:,} photos".replace(",", " "))
    people = sum(len(record.people) for record in dataset.records) if photos <= MOST_COUNTED else 0
    if people:
        parts.append("1 person" if people == 1 else f"{people:,} people".replace(",", " "))
    return ", ".join(parts)


def state_of(state: ViewerState, content: Content) -> str:
    """How far one came with the set in view: methods measured, verdicts, or what is missing; two lines."""
    from sefd_viewer.app.people import PEOPLE
    from sefd_viewer.app.people_view import judged_of

    dataset = content.dataset
    if dataset is None:
        return ""
    lines = []
    if count := _methods_measured(PEOPLE.of(state).run):
        lines.append(f"{count} method{'s' if count > 1 else ''} measured")
    if verdicts := len(judged_of(content).verdicts):
        lines.append(f"{verdicts} verdict{'s' if verdicts > 1 else ''}")
    if not lines and not _has_truth(dataset):
        return "no truth: only looked at"
    lines += [words for feature in features() if (words := feature.undone(content))]
    return "\n".join(lines[:2])


def _methods_measured(run: str | None) -> int:
    """How many methods the run in a folder measures."""
    if run is None:
        return 0
    try:
        return len(json.loads((Path(run) / "run.json").read_bytes())["methods"])
    except (OSError, *DAMAGED):
        return 0


def _has_truth(dataset: Dataset) -> bool:
    """Whether the first photos have annotated bodies or 3D joints."""
    some = dataset.records[:LOOKED_THROUGH]
    return any(person.truth is not None or person.joints is not None for one in some for person in one.people)


def looked_for(paths: Sequence[str]) -> dict[str, bool]:
    """Which of the paths are there now; the sample always is. A folder on a network may take its time."""
    return {path: path == SAMPLE or is_there(Path(path)) for path in paths}


def _set(path: str, facts: Mapping[str, str], there: bool | None) -> RecentSet:
    name = "Sample capture" if path == SAMPLE else Path(path).name or path
    return RecentSet(
        path,
        str(facts.get("name") or name),
        str(facts.get("contents", "")),
        str(facts.get("state", "")),
        str(facts.get("picture", "")),
        there,
    )
