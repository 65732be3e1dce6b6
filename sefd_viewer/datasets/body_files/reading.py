"""Which program wrote a file of bodies: told by what is inside, never by its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.body.stored_values import read_stored
from sefd_viewer.datasets.body_files import (
    fits,
    joints,
    meshes,
    mocap,
    motions,
    named_parameters,
    pictures,
    rigs,
    tracks,
)
from sefd_viewer.datasets.body_files.mapping import (
    ENDING,
    FORMAT,
    Mapping,
    mapped_people,
    mapping_beside,
    read_mapping,
)
from sefd_viewer.datasets.body_files.people import FoundFile, FoundPerson, PredictionFormat
from sefd_viewer.errors import DAMAGED, SefdError

FORMATS: tuple[PredictionFormat, ...] = (
    *tracks.FORMATS,
    *pictures.FORMATS,
    *rigs.FORMATS,
    *motions.FORMATS,
    *fits.FORMATS,
    *mocap.FORMATS,
    *named_parameters.FORMATS,
    *meshes.FORMATS,
    *joints.FORMATS,
)
"""Every kind of file that is read, in the order in which they are looked for."""

ENDINGS = (".pkl", ".npz", ".npy", ".pt", ".pth", ".pk", ".joblib", ".json", *meshes.ENDINGS)
"""Endings of files of a folder that are looked into."""
_MANY, _PACKED = 5, ".gz"
_MOST_FOLDERS, _MOST_OTHERS, _DEPTH = 20_000, 50, 4
"""Folders of a level that are looked into, files of other kinds after which it holds no people, levels."""


def ending_of(path: Path) -> str:
    """The ending of a file in small letters, below that of gzip."""
    return Path(path.name.lower().removesuffix(_PACKED)).suffix


def stored_content(path: Path) -> Any:
    """What a file of any of these endings holds, read without running anything; raises SefdError."""
    return meshes.read_mesh(path) if path.suffix.lower() in meshes.ENDINGS else read_stored(path)


def as_arrays(content: Any) -> Any:
    """The same with arrays in the place of lists of numbers, and lists in that of arrays of objects."""
    if isinstance(content, dict):
        return {name: as_arrays(value) for name, value in content.items()}
    if isinstance(content, np.ndarray) and content.dtype == object:
        return as_arrays(content.tolist())
    if not isinstance(content, list):
        return content
    first = content
    while isinstance(first, list) and first:
        first = first[0]
    if type(first) in (int, float):
        with suppress(ValueError, OverflowError):  # lists of unequal length stay lists
            array = np.array(content)
            return array if array.dtype.kind in "if" else content
    return [as_arrays(one) for one in content] if isinstance(first, dict | list) else content


def _without_batch(content: Any) -> Any:
    """The same without the first axis of arrays where that is a batch of one."""
    if isinstance(content, dict):
        return {name: _without_batch(value) for name, value in content.items()}
    if isinstance(content, list):
        return [_without_batch(one) for one in content]
    batch = isinstance(content, np.ndarray) and content.ndim > 1 and len(content) == 1
    return content[0] if batch else content


def recognised(content: Any, path: Path) -> PredictionFormat | None:
    """The format of what a file holds, None for none of them; SefdError for one known to hold no bodies."""
    content = as_arrays(content)
    for holds, refuse in (*tracks.REFUSED, *named_parameters.REFUSED):
        if holds(content):
            refuse(content, path)
    ways = (content, _without_batch(content))
    return next((one for way in ways for one in FORMATS if _holds(one, way)), None)


def _holds(kind: PredictionFormat, content: Any) -> bool:
    try:
        return kind.holds(content)
    except DAMAGED:  # named alike, and something else
        return False


def people_in(content: Any, path: Path) -> FoundFile | None:
    """Everybody in what a file of another program holds; None where it is of none of them.

    Raises SefdError for a damaged file, naming its format.
    """
    content, path = as_arrays(content), path.with_name(path.name.removesuffix(_PACKED))
    kind = recognised(content, path)
    if kind is None:
        return None
    return _read(kind, content if _holds(kind, content) else _without_batch(content), path)


def known_people(content: Any, path: Path) -> tuple[FoundFile | None, Path | None]:
    """Everybody in a file of a known format, or as the mapping beside it reads them, and that mapping.

    A mapping that names nothing but a body says which one the people of a known format are of. Raises
    SefdError for a damaged file, and for a mapping that does not fit.
    """
    found, beside = people_in(content, path), mapping_beside(path)
    if beside is None:
        return found, None
    mapping = read_mapping(beside)
    if found is None and not mapping.says_body_alone:
        return mapped_people(content, path, mapping), beside
    if found is not None and mapping.says_body_alone:
        return replace(of_stated(found, mapping.body, path), asks=()), beside
    return found, None


def of_stated(found: FoundFile, body: str | None, path: Path) -> FoundFile:
    """The file's people as those of a body that was named; SefdError for one of another family."""
    if body is None:
        if found.asks:
            ways = " or ".join(f"{path.name}#{family}-neutral" for family in found.asks)
            words = f"nothing in this file says whether its bodies are {' or '.join(found.asks)}"
            raise SefdError(words, where=path, remedy=f"Say it: NAME={ways}, or {_said(path, found.asks)}")
        return found
    family = body.partition("-")[0]
    others = {one.body for one in found.people if one.body.partition("-")[0] != family}
    if family in found.asks:
        others = set()
    if others:
        words = f"these bodies are {', '.join(sorted(others))}, not {body}"
        raise SefdError(words, where=path, remedy="Name the body without #, or one of the same kind")
    return replace(found, people=[replace(one, body=body) for one in found.people])


def _said(path: Path, families: Sequence[str]) -> str:
    """What to write into a mapping beside a file that does not say which body it is for."""
    return f'write into {path.name}{ENDING}: format = "{FORMAT}" and body = "{families[0]}-neutral"'


def described(content: Any) -> str:
    """What a file holds that is of no known format: the names and shapes in it."""
    if isinstance(content, dict):
        named = [f"{name} {getattr(value, 'shape', type(value).__name__)}" for name, value in content.items()]
        return ", ".join(named[:12]) + (", ..." if len(named) > 12 else "")
    return f"{type(content).__name__} {getattr(content, 'shape', '')}".strip()


def _read(kind: PredictionFormat, content: Any, path: Path) -> FoundFile:
    try:
        try:
            found = kind.read(content, path)
        except (
            ValueError,
            IndexError,
            TypeError,
            KeyError,
        ) as error:  # arrays of another shape, maybe by a batch of one
            found = _of_batch(kind, content, path, error)
    except SefdError:
        raise
    except Exception as error:  # a damaged or lying file may raise anything
        words = f"this is a file of {kind.name}, and is damaged ({type(error).__name__}: {error})"
        raise SefdError(words, where=path, remedy="Let the program write it again") from error
    if not found.people:
        raise SefdError(f"nobody is in this file of {kind.name}", where=path, remedy="Choose another file")
    return found


def _of_batch(kind: PredictionFormat, content: Any, path: Path, otherwise: Exception) -> FoundFile:
    """What a file says whose arrays have a batch of one before them; raises `otherwise` for others."""
    whole = _without_batch(content)
    try:
        if kind.holds(whole):
            return kind.read(whole, path)
    except Exception:  # it is wrong in another way
        raise otherwise from None
    raise otherwise


def folder_people(folder: Path, mapping: Mapping | None = None) -> FoundFile | None:
    """The people of all files of one format, or of one `mapping`, in a folder (or in its folder `smplx`).

    A folder without any has folders of cameras, sequences, people, frames or pictures, with the files in
    them. Raises SefdError for files of several formats, and where none can be used.
    """
    inside = folder / "smplx" if (folder / "smplx").is_dir() else folder
    found, others = list[FoundFile](), list[str]()
    for files in _levels(inside):
        found, others = _of_files(files, inside, mapping)
        if found:
            break
    kinds = {one.format for one in found}
    if len(kinds) > 1:
        words = f"files of {' and '.join(sorted(kinds))} lie in this folder"
        raise SefdError(words, where=folder, remedy="Keep the files of each program in a folder of its own")
    if not found:
        if others:
            remedy = "sefd-viewer what FILE tells of one file what it is and what it lacks"
            raise SefdError(f"no file of this folder can be used: {others[0]}", where=folder, remedy=remedy)
        return None
    notes = dict.fromkeys(note for one in found for note in one.notes)
    left = [f"{len(others)} files are left out: {'; '.join(others[:_MANY])}"] if others else []
    asks = next((one.asks for one in found if one.asks), ())
    return FoundFile(kinds.pop(), list(_people(found)), [*notes, *left], asks=asks)


def _of_files(
    files: Sequence[Path], folder: Path, mapping: Mapping | None
) -> tuple[list[FoundFile], list[str]]:
    """Who is in files, and what is wrong with others; nobody where the first ones are all of other kinds."""
    found, others = list[FoundFile](), list[str]()
    for file in files:
        if not found and len(others) >= _MOST_OTHERS:
            break
        try:
            content = stored_content(file)
            one = mapped_people(content, file, mapping) if mapping else known_people(content, file)[0]
        except SefdError as error:
            others.append(str(error))
            continue
        if one is None:
            others.append(f"{file.name}: of no known format")
        else:
            found.append(located(one, file, folder))
    return found, others


def located(found: FoundFile, file: Path, opened: Path) -> FoundFile:
    """The file's people with its path below the folder or file that was opened, which is a part of it."""
    inside = file.relative_to(opened.parent if file != opened else file.parent.parent)
    path = inside.with_name(inside.name.removesuffix(_PACKED)).with_suffix("").as_posix()
    return replace(found, people=[replace(one, inside=path) for one in found.people])


def _levels(folder: Path) -> Iterator[list[Path]]:
    """The files of a folder that may hold people; then those one folder below, and so on."""
    folders = [folder]
    for _ in range(_DEPTH):
        if files := [file for one in folders for file in _files_in(one)]:
            yield files
        below = (one for parent in folders for one in sorted(parent.iterdir()))
        named = (one for one in below if one.name[0] != "." and one.is_dir())
        folders = list(islice(named, _MOST_FOLDERS))


def _files_in(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if ending_of(file) in ENDINGS and file.is_file())


def _people(files: list[FoundFile]) -> Iterator[FoundPerson]:
    for file in files:
        yield from file.people
