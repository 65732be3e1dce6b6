"""Plain pictures: one file, or all in a folder."""

from __future__ import annotations

import os
from pathlib import Path

from sefd_viewer.datasets.images import image_size, is_image
from sefd_viewer.datasets.left_aside import is_other_picture, other_annotations, other_pictures
from sefd_viewer.datasets.records import Dataset, Record, natural
from sefd_viewer.errors import DatasetError, ImageError, shown

_MOST_BESIDE = 40
"""So many folders beside an empty one are looked into."""


class ImageReader:
    """A single picture, known by its name or by its contents."""

    name = "image"

    def recognises(self, path: Path) -> bool:
        """Whether the path is a file that is a picture."""
        return path.is_file() and (is_image(path) or _has_image_header(path))

    def open(self, path: Path) -> Dataset:
        """One record; whether the picture can be read shows when it is loaded."""
        return Dataset(shown(path.name), path.parent, self.name, [_record(path, path.name)])


class ImageFolderReader:
    """A folder of pictures in natural order; pictures in its subfolders count when it has none itself."""

    name = "image folder"

    def recognises(self, path: Path) -> bool:
        """Whether the path is a folder."""
        return path.is_dir()

    def open(self, path: Path) -> Dataset:
        """One record per picture, keyed by its path in the folder. Raises DatasetError without any."""
        names = _pictures(path, subfolders=False) or _pictures(path, subfolders=True)
        pictures = [name for name in names if is_image(Path(name))]
        told = tuple(other_pictures(sorted(names, key=natural)))
        if not pictures:
            raise DatasetError(
                f"there are no pictures in this folder{' that can be read' if told else ''}",
                where=path,
                remedy="; ".join(told) or _instead(path),
            )
        records = [_record(path / name, name) for name in sorted(pictures, key=natural)]
        name = shown(path.name or str(path))
        return Dataset(name, path, self.name, records, (*told, *other_annotations(path)))


def _record(path: Path, key: str) -> Record:
    name = shown(key)
    return Record(name, name, image_path=path)


def _instead(folder: Path) -> str:
    """What to open instead of a folder without pictures: one beside it that has some, where there is one."""
    usual = "Open a folder with JPEG or PNG files, or a video file itself"
    try:
        beside = sorted(one for one in folder.resolve().parent.iterdir() if one.is_dir())[:_MOST_BESIDE]
        named = next((one for one in beside if any(is_image(file) for file in one.iterdir())), None)
    except OSError:
        return usual
    return usual if named is None else f"There is no JPEG or PNG in it; did you mean {named}?"


def _has_image_header(path: Path) -> bool:
    try:
        image_size(path)
    except ImageError:
        return False
    return True


def _pictures(folder: Path, *, subfolders: bool) -> list[str]:
    """Pictures of any kind: paths relative to the folder, with forward slashes; hidden ones do not count."""
    found = []
    for parent, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if subfolders and not name.startswith(".")]
        relative = Path(parent).relative_to(folder)
        pictures = (name for name in files if _is_picture(Path(name)) and not name.startswith("."))
        found += [(relative / name).as_posix() for name in pictures]
    return found


def _is_picture(path: Path) -> bool:
    return is_image(path) or is_other_picture(path)


def _refuse(error: OSError) -> None:
    raise DatasetError(
        f"this folder cannot be read ({error.strerror})",
        where=error.filename,
        remedy="Choose a folder you may read",
    )
