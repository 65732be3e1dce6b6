"""RICH: several cameras around people whose SMPL-X bodies stand before the first of them.

`images/<split>/<sequence>/cam_XX/<frame>_XX.jpeg`, `bodies/<split>/<sequence>/<frame>/<subject>.pkl`, and the
lenses and places of the scene's cameras in `scan_calibration/<scene>/calibration/0XX.xml`, where the scene is
the first word of the sequence. `resource/gender.json` says whose body each subject's is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from sefd_viewer.body.catalog import BodyCatalog, remedy_for
from sefd_viewer.datasets.annotations.people import ReadOptions
from sefd_viewer.datasets.body_files.people import FoundPerson, gender_of
from sefd_viewer.datasets.body_files.reading import people_in, stored_content
from sefd_viewer.datasets.body_sets import found_person
from sefd_viewer.datasets.images import image_size, is_image
from sefd_viewer.datasets.lazy_sequence import Instant, LazySequence
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import DAMAGED, DatasetError, SefdError, shown
from sefd_viewer.geometry.cameras import PinholeCamera

_FOLDERS = ("images", "bodies", "scan_calibration")
_PICTURE = re.compile(r"(\d+)_(\d+)")
_LENS = 5
"""Numbers of the lens that are used; files have eight, the last three 0."""


@dataclass(frozen=True)
class RichReader:
    """RICH as its toolkit has it."""

    name = "rich"
    options: ReadOptions = field(default_factory=ReadOptions)

    def recognises(self, path: Path) -> bool:
        """Whether the three folders are there."""
        return all((path / name).is_dir() for name in _FOLDERS)

    def open(self, path: Path) -> Dataset:
        """All sequences that have pictures; raises DatasetError where none has."""
        genders, problems = _genders(path / "resource" / "gender.json")
        catalog = BodyCatalog(self.options.bodies)
        parts = [
            _Sequence(folder, path / "bodies" / folder.parent.name / folder.name, path, genders, catalog)
            for folder in sorted(path.glob("images/*/*"))
            if folder.is_dir()
        ]
        parts = [part for part in parts if part.pictures]
        if not parts:
            words = "RICH's pictures are not here: images/<split>/<sequence>/cam_XX is empty"
            raise DatasetError(words, where=path, remedy="Unpack the pictures below images")
        problems += [words for part in parts for words in part.about()]
        problems += [
            f"The bodies are those of {body}, which is not here. {remedy_for(body)}"
            for body in dict.fromkeys(f"smplx-{gender}" for gender in (genders or {"": "neutral"}).values())
            if catalog.find(body) is None
        ]
        return Dataset(shown(path.name), path, self.name, LazySequence(parts), tuple(dict.fromkeys(problems)))


def _genders(file: Path) -> tuple[dict[str, str], list[str]]:
    """The gender of each subject, and what is wrong with the file that says it."""
    if not file.is_file():
        return {}, [f"{file.name} is not in resource: everybody is taken for neutral"]
    try:
        return {str(key): gender_of(value) for key, value in json.loads(file.read_text()).items()}, []
    except DAMAGED as error:
        return {}, [f"{file}: this cannot be read ({error}): everybody is taken for neutral"]


@dataclass(frozen=True, eq=False)
class _Sequence:
    """The pictures of a sequence, moment by moment; records are made when they are looked at."""

    folder: Path
    bodies: Path
    root: Path
    genders: dict[str, str]
    catalog: BodyCatalog

    @cached_property
    def pictures(self) -> list[tuple[int, str, Path]]:
        """Frame, camera's folder and file of every picture, those of a moment together."""
        found = []
        for camera in sorted(self.folder.glob("cam_*")):
            for file in camera.iterdir():
                match = _PICTURE.fullmatch(file.stem)
                if match and is_image(file):
                    found.append((int(match[1]), camera.name, file))
        return sorted(found)

    @cached_property
    def cameras(self) -> dict[str, PinholeCamera | str]:
        """The cameras by their folders' names, or in words why one cannot be used."""
        scene = self.folder.name.partition("_")[0]
        calibration = self.root / "scan_calibration" / scene / "calibration"
        names = dict.fromkeys(camera for _, camera, _ in self.pictures)
        return {name: _camera(calibration / f"{int(name.removeprefix('cam_')):03d}.xml") for name in names}

    def about(self) -> Iterator[str]:
        """What is missing for the whole sequence."""
        yield from (
            f"{self.folder.name}: {words}" for words in self.cameras.values() if isinstance(words, str)
        )
        if not self.bodies.is_dir():
            yield f"{self.folder.name}: its bodies are not here"

    @cached_property
    def keys(self) -> Sequence[str]:
        return [f"{self.folder.name}/{camera}/{file.stem}" for _, camera, file in self.pictures]

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {key: position for position, key in enumerate(self.keys)}

    @cached_property
    def _moments(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for position, (frame, _, _) in enumerate(self.pictures):
            found.setdefault(frame, []).append(position)
        return found

    def find(self, key: str) -> int | None:
        return self._positions.get(key)

    def siblings(self, position: int) -> Sequence[int]:
        return self._moments[self.pictures[position][0]]

    def instant(self, position: int) -> Instant:
        frame, camera, _ = self.pictures[position]
        return f"{self.folder.name}_{frame:05d}", camera

    def image_path(self, position: int) -> Path | None:
        return self.pictures[position][2]

    def build(self, position: int) -> Record:
        frame, name, file = self.pictures[position]
        camera, size = self.cameras[name], None
        with suppress(SefdError):  # told when the picture is shown
            size = image_size(file)
        seen_by = camera if isinstance(camera, PinholeCamera) else None
        problems, made = list[str](), []
        for one in sorted((self.bodies / f"{frame:05d}").glob("*.pkl")):
            try:
                made.append(found_person(self._person(one), one.stem, seen_by, self.catalog))
            except SefdError as error:
                problems.append(f"person {one.stem}: {error}")
        moment, _ = self.instant(position)
        return Record(
            self.keys[position],
            f"{self.folder.name} · {name} · frame {frame}",
            image_path=file,
            size=size,
            camera=seen_by,
            people=tuple(person for person, _ in made),
            skipped=tuple(skipped for _, skipped in made if skipped is not None),
            moment=moment,
            view=name,
            problems=tuple(problems),
        )

    def _person(self, file: Path) -> FoundPerson:
        """Who is in a file of bodies, as the subject's gender; raises SefdError for another file."""
        found = people_in(stored_content(file), file)
        if found is None or not found.people:
            raise DatasetError(
                "this is not a body file of RICH", where=file, remedy="Unpack the bodies again"
            )
        gender = self.genders.get(file.stem) or self.genders.get(file.stem.lstrip("0"))
        one = found.people[0]
        return one if gender is None else replace(one, body=f"{one.body.partition('-')[0]}-{gender}")


def _camera(file: Path) -> PinholeCamera | str:
    """The camera in one of OpenCV's storages, world to camera, or why there is none."""
    if not file.is_file():
        return f"{file.name} of its calibration is not here: no camera, and no bodies"
    try:
        root = ElementTree.fromstring(file.read_bytes())
        pose, K = (_matrix(root, name) for name in ("CameraMatrix", "Intrinsics"))
        lens = _matrix(root, "Distortion").ravel()
        shapes = pose.shape == (3, 4) and K.shape == (3, 3) and not lens[_LENS:].any()
        if not shapes or not np.isfinite(np.concatenate([pose.ravel(), K.ravel(), lens])).all():
            raise ValueError("its matrices are not those of a camera")
        return PinholeCamera(K[[0, 1], [0, 1]], K[:2, 2], pose[:, :3], pose[:, 3], lens[:_LENS])
    except (*DAMAGED, SefdError, ElementTree.ParseError) as error:
        return f"{file}: this is not a camera ({error})"


def _matrix(root: ElementTree.Element, name: str) -> np.ndarray:
    node = root.find(name)
    if node is None:
        raise ValueError(f"it has no {name}")
    numbers = np.array((node.findtext("data") or "").split(), np.float64)
    return numbers.reshape(int(node.findtext("rows", "0")), int(node.findtext("cols", "0")))
