"""What photos and data sets are called, for people: the camera first, never a path of files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset, Record

_CAMERA = re.compile(r"(?:camera|cam|view|c)?[ _-]?0*(\d{1,3})", re.IGNORECASE)
_SERIAL = re.compile(r"\d{4,}")
_FRAME = re.compile(r"frame (\S+)")
_NUMBER = re.compile(r"0*(\d+)")
_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{2,3}$")
_DATASETS = {"Sample": "Sample capture", "sample_crowd": "Sample crowd"}


@dataclass(frozen=True)
class PhotoName:
    """What tells a photo from the others of its set; what nobody knows is empty.

    `camera` ("3") and its `serial`; `frame` ("40"); `sequence` ("S11 Directions 1"); `name` of a photo that
    has no frame ("walkers").
    """

    camera: str = ""
    serial: str = ""
    frame: str = ""
    sequence: str = ""
    name: str = ""

    @property
    def camera_title(self) -> str:
        """ "Camera 2 (54138969)"; empty without a camera."""
        serial = f" ({self.serial})" if self.serial else ""
        return f"Camera {self.camera}{serial}" if self.camera else ""

    @property
    def moment_title(self) -> str:
        """What all cameras of the moment share: "Frame 40 of S11 Directions 1"."""
        of = f" of {self.sequence}" if self.sequence else ""
        return _large(f"{self._frame}{of}") if self.frame else self.name or self.sequence

    @property
    def title(self) -> str:
        """ "Camera 2 (54138969) · frame 40 · S11 Directions 1"."""
        parts = (self.camera_title, self._frame or self.name, self.sequence)
        return _large(" · ".join(part for part in parts if part))

    @property
    def short(self) -> str:
        """For a thumbnail: "cam 3 · 40"."""
        camera = f"cam {self.camera}" if self.camera else ""
        frame = self.frame if camera else self._frame
        return " · ".join(part for part in (camera, frame or self.name or self.sequence) if part)

    @property
    def _frame(self) -> str:
        return f"frame {self.frame}" if self.frame else ""


def photo_name(record: Record, views: Sequence[str] = ()) -> PhotoName:
    """The parts of a record's name; `views` are its set's, for cameras that are told by serial numbers."""
    words = record.title.split(" · ")
    frame = next((found[1] for word in words if (found := _FRAME.fullmatch(word))), "")
    rest = [word for word in words if not _FRAME.fullmatch(word) and word != record.view]
    camera, serial = _camera(record.view, record.moment, views)
    if record.moment is not None and not frame:
        frame = _plain(re.split(r"[_/ -]", record.moment)[-1])
    if not frame:
        return PhotoName(camera, serial, name=_photo(rest[-1]) if rest else "", sequence=_folder(rest))
    return PhotoName(camera, serial, frame, " ".join(word for word in rest if not _ENDING.search(word)))


def same_moment_name(record: Record, view: str | None, views: Sequence[str] = ()) -> PhotoName:
    """What another camera's photo of a record's moment is called."""
    camera, serial = _camera(view, record.moment, views)
    return replace(photo_name(record, views), camera=camera, serial=serial)


def photo_title(record: Record, dataset: Dataset | None = None) -> str:
    """What a photo is called in titles and lists: "Camera 3 · frame 40"."""
    return photo_name(record, () if dataset is None else dataset.views).title


def camera_title(view: str, views: Sequence[str] = ()) -> str:
    """What a camera is called: "Camera 3", "Camera 2 (54138969)", "Camera front"."""
    camera, serial = _numbered(view, views)
    return PhotoName(camera, serial).camera_title


def key_title(key: str, camera: str | None, frame: int | None, views: Sequence[str] = ()) -> str:
    """`photo_title` from what a table knows: "Camera 3 · frame 40", "Photo 45"."""
    number, serial = _numbered(camera, views) if camera is not None else ("", "")
    if frame is None:
        return PhotoName(number, serial, name=_photo(key)).title
    return PhotoName(number, serial, str(frame)).title


def short_title(key: str, camera: str | None = None, frame: int | None = None) -> str:
    """For a thumbnail, from what a table knows: "cam 3 · 40", "photo 42"."""
    if camera is None:
        return _photo(key) if frame is None else f"frame {frame}"
    return PhotoName(_numbered(camera, ())[0], frame="" if frame is None else str(frame)).short


def dataset_title(dataset: Dataset) -> str:
    """What a data set is called."""
    return _DATASETS.get(dataset.name, dataset.name)


def moment_title(moment: str) -> str:
    """A short name for a moment: the number it ends with, else its name."""
    number = re.search(r"(\d+)\D*$", moment)
    return str(int(number.group(1))) if number is not None else moment


def beginnings(moments: Sequence[str]) -> list[int]:
    """The numbers of the moments with which another sequence begins."""
    from sefd_viewer.datasets.records import series_of

    series = [series_of(moment) for moment in moments]
    return [index for index in range(1, len(series)) if series[index] != series[index - 1]]


def _camera(view: str | None, moment: str | None, views: Sequence[str]) -> tuple[str, str]:
    """A camera's number and its serial number; those of Human3.6M are known by their places."""
    if view is None:
        return "", ""
    camera, serial = _numbered(view, views)
    return camera, serial or _human36m_serial(camera, moment or "")


def _human36m_serial(camera: str, moment: str) -> str:
    if not moment.startswith("s_"):
        return ""
    from sefd_viewer.datasets.annotations.human36m import CAMERA_SERIALS, instant_of

    known = camera.isdigit() and 1 <= int(camera) <= len(CAMERA_SERIALS)
    return CAMERA_SERIALS[int(camera) - 1] if known and instant_of(moment) is not None else ""


def _numbered(view: str, views: Sequence[str]) -> tuple[str, str]:
    found = _CAMERA.fullmatch(view)
    if found is not None:
        return found[1], ""
    if _SERIAL.fullmatch(view):
        return (str(views.index(view) + 1), view) if view in views else (view, "")
    return re.sub(r"^camera ", "", view, flags=re.IGNORECASE), ""


def _photo(name: str) -> str:
    """A picture's file without folder and ending; one that is a number is "photo 42"."""
    stem = _ENDING.sub("", name.rpartition("/")[2])
    return f"photo {_plain(stem)}" if stem.isdigit() else stem


def _folder(words: Sequence[str]) -> str:
    """The folder that a picture lies in, where its title says it."""
    return words[-1].rpartition("/")[0].rpartition("/")[2] if words else ""


def _plain(number: str) -> str:
    """A number without zeros before it; other words stay."""
    found = _NUMBER.fullmatch(number)
    return found[1] if found is not None else number


def _large(words: str) -> str:
    return words[:1].upper() + words[1:] if words.startswith(("photo ", "frame ")) else words
