"""Which files of a folder hold the bodies of a data set, and where their pictures lie."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from itertools import islice
from pathlib import Path

from sefd_viewer.datasets.annotations.locating import find_pictures
from sefd_viewer.datasets.body_files.mapping import mapping_beside
from sefd_viewer.datasets.body_files.meshes import ENDINGS as MESHES
from sefd_viewer.datasets.body_files.meshes import is_archive
from sefd_viewer.datasets.body_files.reading import ENDINGS, ending_of, recognised, stored_content
from sefd_viewer.datasets.images import is_image
from sefd_viewer.datasets.records import natural
from sefd_viewer.errors import SefdError
from sefd_viewer.plain_files import is_folder
from sefd_viewer.pose2d.pose_file import without_size

_NAMES = ("*_data.pkl", "*_stageii.npz", "*_poses.npz", "*fps.npz", "*_stageii.pkl")
"""Files of bodies that are looked for in folders; any other is opened by its own name."""
NO_SETS = (".json", *MESHES)
"""Endings of files that are opened as something else, or as methods over a set alone."""
MOST_FILES = 300
_DEPTH, _MOST_ENTRIES = 2, 2000
_PICTURES = ("", "images", "png", "img")
_TABLES = ("SPIN", "HumanData", "CLIFF", "BEDLAM", "AGORA's tables")
"""Formats of tables that are sets' truth, looked for by their content beside folders of pictures."""
_LOOKED_INTO = 20


def holds_people(file: Path) -> bool:
    """Whether a file has bodies of people in a known layout; raises SefdError where it cannot be read."""
    if ending_of(file) not in ENDINGS:
        return False
    content = stored_content(file)
    return mapping_beside(file) is not None or is_archive(content) or recognised(content, file) is not None


def files_of_bodies(folder: Path) -> list[Path]:
    """Files of bodies by their usual names, one more than are read where there are too many; else tables."""
    named = sorted(islice(_below(folder, _DEPTH), MOST_FILES + 1), key=lambda file: natural(str(file)))
    return named or _tables(folder)


def _tables(folder: Path) -> list[Path]:
    """The files of truth by pictures' names in a folder that has no pictures itself."""
    if not is_folder(folder):
        return []
    listed = [one for one in islice(folder.iterdir(), _MOST_ENTRIES) if one.is_file()]
    files = [one for one in listed if ending_of(one) in ENDINGS and ending_of(one) not in NO_SETS]
    if len(files) > _LOOKED_INTO or any(map(is_image, listed)):
        return []
    found = []
    for file in sorted(files):
        with suppress(SefdError):
            kind = recognised(stored_content(file), file)
            found += [file] if kind is not None and kind.name in _TABLES else []
    return found


def _below(folder: Path, depth: int) -> Iterator[Path]:
    """Files of bodies by their names; folders of very many entries hold pictures and are passed over."""
    try:
        with os.scandir(folder) as entries:
            listed = [Path(one.path) for one in islice(entries, _MOST_ENTRIES + 1)]
    except OSError:
        return
    if len(listed) > _MOST_ENTRIES:
        return
    yield from (one for one in listed if any(one.match(name) for name in _NAMES) and one.is_file())
    for one in listed if depth else ():
        if not one.name.startswith(".") and one.is_dir():
            yield from _below(one, depth - 1)


def named_pictures(file: Path, names: Sequence[str]) -> list[Path | None]:
    """The pictures that a file of bodies names, None for those that are not beside it."""
    folder, called = find_pictures(file, [*_PICTURES, file.stem], names, lambda _path: None)
    usual = [file.parent / one for one in _PICTURES]
    there, inside = [folder / name for name in called], cache(_by_stem)
    return [
        path
        if path.is_file()
        else next((found for one in (path.parent, *usual) if (found := inside(one).get(_stem(path)))), None)
        for path in there
    ]


def _stem(path: Path) -> str:
    return path.stem if is_image(path) else path.name


def _by_stem(folder: Path) -> dict[str, Path]:
    """The pictures of a folder by their names without ending and size: formats name them without, and AGORA's
    smaller ones have their size behind the name."""
    if not folder.is_dir():
        return {}
    pictures = sorted((one for one in folder.iterdir() if is_image(one)), reverse=True)
    return {without_size(one.stem): one for one in pictures} | {one.stem: one for one in pictures}


def frames_beside(file: Path) -> list[Path]:
    """The pictures of a video's frames: those of the folder `images` beside the file, in their order."""
    pictures: list[Path] = []
    for folder in (
        file.parent / "images",
        file.parent / file.stem,
        file.parent.parent / "images" / file.stem,
    ):
        if not pictures and folder.is_dir():
            pictures = sorted(
                (one for one in folder.iterdir() if is_image(one)), key=lambda one: natural(one.name)
            )
    return pictures
