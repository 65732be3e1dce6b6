"""Captures: several calibrated cameras that saw the same moments.

A capture is a folder with `cameras.json` and one folder of pictures per camera. `cameras.json` holds
`size` [width, height] and `cameras` {name: focal, principal_point, distortion (k1 k2 p1 p2 k3), R, t}, world
to camera, metres, pixel centres at integers; `up`, where it is there, points away from the ground in the
world. Pictures of the same moment carry the same name; the optional `capture.json` lists the expected ones
as `frames` and under `painted_in_front` the names of people who were drawn over the pictures, nearest first;
the optional `people.json` holds people with bodies (`fitted_people` tells the layout).

A camera may have a video in place of its folder: `NAME.mp4` beside `cameras.json`, or wherever `sources`
{name: path} there says (folders, too). Its frames are the moments 000000, 000001 ...; `shifts` {name: frames}
say which frame of a camera shows moment 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from sefd_viewer.datasets.annotations.cameras import READ_AS_ROTATION, no_rotation
from sefd_viewer.datasets.fitted_people import PEOPLE_FILE, FittedPeople, read_people, with_people
from sefd_viewer.datasets.images import image_size, is_image
from sefd_viewer.datasets.left_aside import other_pictures
from sefd_viewer.datasets.records import Dataset, Record, natural
from sefd_viewer.datasets.video import VIDEO_SUFFIXES, VideoFrames
from sefd_viewer.errors import DAMAGED, DatasetError, ImageError, shown
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.plain_files import is_file

Up = tuple[float, float, float]
Picture = Path | Callable[[], NDArray[np.uint8]]
Pictures = Mapping[str, Picture]
"""A camera's pictures by moment: files, or what reads a video's frame."""
CAMERAS_FILE = "cameras.json"
CAPTURE_FILE = "capture.json"
_FILES = (CAMERAS_FILE, CAPTURE_FILE, PEOPLE_FILE)

_LAYOUT = "See the sample capture for the layout"


class CaptureReader:
    """A folder with `cameras.json`: calibrated views, grouped by moment."""

    name = "capture"

    def recognises(self, path: Path) -> bool:
        """Whether the folder holds the cameras of a capture."""
        return (path / CAMERAS_FILE).is_file()

    def open(self, path: Path) -> Dataset:
        """One record per picture, the views of a moment together. Raises DatasetError without any picture."""
        problems: list[str] = []
        content = _read_json(path / CAMERAS_FILE)
        size, cameras = _cameras(content, path, problems)
        up = _up(content, path, problems)
        pictures = {view: _of_view(content, path, view, problems) for view in sorted(cameras, key=natural)}
        problems += other_pictures(f"{view}/{name}" for view in pictures for name in _names(path / view))
        about = _read_json(path / CAPTURE_FILE) if (path / CAPTURE_FILE).is_file() else {}
        _note_missing(path, pictures, about, problems)
        painted = _painted(about, path, problems)
        resized = {view: _factors(size, pictures[view], problems) for view in cameras}
        cameras = {view: _resized(camera, resized[view]) for view, camera in cameras.items()}
        records = [
            _record(view, moment, pictures[view][moment], cameras[view], up, painted)
            for moment in _moments(pictures)
            for view in pictures
            if moment in pictures[view]
        ]
        if not records:
            raise DatasetError("none of the cameras has pictures", where=path, remedy=_LAYOUT)
        fitted = _people(path / PEOPLE_FILE, resized, problems)
        people, sources = with_people(records, fitted), tuple(path / name for name in _FILES)
        return Dataset(shown(path.name), path, self.name, people, tuple(problems), sources=sources)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = orjson.loads(path.read_bytes())
    except OSError as error:
        raise DatasetError.unreadable(path, error) from error
    except orjson.JSONDecodeError as error:
        raise DatasetError(
            f"this is not valid JSON (line {error.lineno}: {error.msg})", where=path, remedy=_LAYOUT
        ) from error
    if not isinstance(content, dict):
        raise DatasetError("this holds no named values", where=path, remedy=_LAYOUT)
    return content


def _cameras(
    content: dict[str, Any], root: Path, problems: list[str]
) -> tuple[tuple[int, int] | None, dict[str, PinholeCamera | None]]:
    """The calibrated size and the cameras by name; a broken one is None and among the problems."""
    named = content.get("cameras")
    if not isinstance(named, Mapping) or not named:
        raise DatasetError("this names no cameras", where=root / CAMERAS_FILE, remedy=_LAYOUT)
    cameras: dict[str, PinholeCamera | None] = {}
    for name, values in named.items():
        try:
            cameras[name] = camera = PinholeCamera(**values)
            if camera.rigid() is not camera:
                problems.append(
                    f"{root / CAMERAS_FILE}: camera {name}: {no_rotation(camera.R)}; {READ_AS_ROTATION}"
                )
        except DAMAGED as error:
            cameras[name] = None
            problems.append(f"{root / CAMERAS_FILE}: camera {name} cannot be used ({error})")
    return _calibrated_size(content.get("size"), root, problems), cameras


def _calibrated_size(values: Any, root: Path, problems: list[str]) -> tuple[int, int] | None:
    """Width and height of the pictures that were calibrated, None where the file does not say them."""
    if values is None:
        return None
    try:
        width, height = map(int, values)
    except DAMAGED:
        width = height = 0
    if min(width, height) < 1:
        problems.append(f"{root / CAMERAS_FILE}: size is not a width and a height; it is left out")
        return None
    return width, height


def _of_view(content: Mapping[str, Any], root: Path, view: str, problems: list[str]) -> Pictures:
    """A view's pictures by moment: those of its folder, or the frames of its video."""
    sources, shifts = (content.get(name) or {} for name in ("sources", "shifts"))
    place = root / str(sources.get(view, view)) if isinstance(sources, Mapping) else root / view
    if not place.exists():
        videos = (place.with_name(place.name + suffix) for suffix in sorted(VIDEO_SUFFIXES))
        place = next((video for video in videos if video.is_file()), place)
    try:
        found = _frames(place) if place.is_file() else _pictures(place)
        shift = int(shifts.get(view, 0)) if isinstance(shifts, Mapping) else 0
    except DatasetError as error:
        problems.append(str(error))
        return {}
    except DAMAGED:
        problems.append(
            f"{root / CAMERAS_FILE}: the shift of {view}is not a number of frames; it is left out"
        )
        shift = 0
    return _moved(found, shift) if shift else found


def _pictures(folder: Path) -> Pictures:
    """The folder's pictures by their name without ending."""
    if not folder.is_dir():
        return {}
    return {path.stem: path for path in folder.iterdir() if is_image(path)}


def _frames(video: Path) -> Pictures:
    frames = VideoFrames(video)
    return {f"{number:06d}": partial(frames.read, number) for number in range(len(frames))}


def _moved(pictures: Pictures, shift: int) -> Pictures:
    """The pictures by the moments that they show: the one at place k is that of moment k - shift."""
    names = sorted(pictures, key=natural)
    numbers = [int(name) if name.isdecimal() else place for place, name in enumerate(names)]
    digits = max(map(len, names), default=6)
    moved = zip(numbers, names, strict=True)
    return {f"{number - shift:0{digits}d}": pictures[name] for number, name in moved if number >= shift}


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def _moments(pictures: Mapping[str, Pictures]) -> list[str]:
    return sorted({moment for view in pictures.values() for moment in view}, key=natural)


def _note_missing(
    root: Path, pictures: Mapping[str, Pictures], about: Mapping[str, Any], problems: list[str]
) -> None:
    """Say which views lack pictures that `capture.json` (`about`) or other views have."""
    expected = set(_moments(pictures)) | _listed(about, pictures)
    for view, found in pictures.items():
        missing = sorted(expected - found.keys(), key=natural)
        if missing:
            some = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
            problems.append(f"{root / view}: {len(missing)} of {len(expected)} pictures are missing ({some})")


def _listed(about: Mapping[str, Any], pictures: Mapping[str, Pictures]) -> set[str]:
    """Picture names of the frames that `capture.json` lists, written as the pictures at hand are."""
    frames = about.get("frames", [])
    digits = max((len(moment) for moment in _moments(pictures)), default=6)
    return {f"{frame:0{digits}d}" for frame in frames if isinstance(frame, int)}


def _painted(about: Mapping[str, Any], root: Path, problems: list[str]) -> tuple[str, ...]:
    """Who was drawn over the pictures, as `capture.json` says."""
    names = about.get("painted_in_front", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        problems.append(f"{root / CAPTURE_FILE}: painted_in_front is not a list of names; it is left out")
        return ()
    return tuple(names)


def _factors(size: tuple[int, int] | None, pictures: Pictures, problems: list[str]) -> tuple[float, float]:
    """How many times wider and higher the pictures are than what was calibrated."""
    if size is None or not pictures:
        return 1.0, 1.0
    first = pictures[min(pictures)]
    try:
        width, height = image_size(first, annotated=size) if isinstance(first, Path) else _size(first())
    except ImageError as error:
        problems.append(str(error))
        return 1.0, 1.0
    if (width, height) != size:
        problems.append(
            f"{first}: {width} x {height} pixels, calibrated for {size[0]} x {size[1]}; camera resized"
        )
    return width / size[0], height / size[1]


def _size(image: NDArray[np.uint8]) -> tuple[int, int]:
    return image.shape[1], image.shape[0]


def _resized(camera: PinholeCamera | None, factors: tuple[float, float]) -> PinholeCamera | None:
    """The camera for the size that the pictures really have."""
    return camera if camera is None or factors == (1.0, 1.0) else camera.resized(*factors)


def _people(file: Path, resized: Mapping[str, tuple[float, float]], problems: list[str]) -> FittedPeople:
    """The people of a people file; nobody, and a problem, when it cannot be used."""
    if not is_file(file):
        return FittedPeople()
    try:
        fitted = read_people(file)
    except DatasetError as error:
        problems.append(str(error))
        return FittedPeople()
    return fitted.resized(resized)


def _up(content: Mapping[str, Any], root: Path, problems: list[str]) -> Up | None:
    """The unit vector away from the ground, None where the file does not say it."""
    values = content.get("up")
    if values is None:
        return None
    try:
        x, y, z = (float(value) for value in values)
    except DAMAGED:
        x = y = z = 0.0
    length = math.hypot(x, y, z)
    if not 0 < length < math.inf:
        problems.append(f"{root / CAMERAS_FILE}: up is not a direction; it is left out")
        return None
    return x / length, y / length, z / length


def _record(
    view: str,
    moment: str,
    picture: Picture,
    camera: PinholeCamera | None,
    up: Up | None,
    painted: tuple[str, ...],
) -> Record:
    path = picture if isinstance(picture, Path) else None
    frame = str(int(moment)) if moment.isdigit() else moment
    return Record(
        f"{view}/{moment}" if path is None else f"{view}/{path.name}",
        f"{view} · frame {frame}",
        image_path=path,
        read=None if isinstance(picture, Path) else picture,
        camera=None if camera is None else camera.rigid(),
        moment=moment,
        view=view,
        world_up=up,
        painted_in_front=painted,
        stated_camera=camera,
    )
