"""Reading `.npy` and `.npz` files of strangers: nothing runs, and no more memory is taken than they hold."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.pickled_values import check_array, check_words
from sefd_viewer.body.safe_pickle import MOST_BYTES, read_pickle
from sefd_viewer.errors import BodyError

_FREE, _MOST_TIMES_SMALLER = 200 << 20, 20
"""Bytes that any archive may hold, and how much smaller than its content a larger one gets at most: numbers
are rarely compressed to less than a tenth."""
_ENCRYPTED = 0x1


def read_npz(path: Path) -> dict[str, Any]:
    """The arrays of an archive by name; what was pickled in it through the safe unpickler.

    Raises BodyError for a file that is broken, encrypted, or says that it holds more than it can.
    """
    with told(path), zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
        check_members(members, path.stat().st_size)
        found = {}
        for member in members:
            with archive.open(member) as stream:
                found[member.filename.removesuffix(".npy")] = _read(stream, member.file_size, path)
                if stream.read(1):
                    raise ValueError(f"{member.filename} goes on beyond its end")
        return found


def read_npy(path: Path) -> NDArray[Any]:
    """The array in a file. Raises BodyError for a broken one, and for pickled objects."""
    with told(path), path.open("rb") as stream:
        array: NDArray[Any] = np.asarray(_read(stream, path.stat().st_size, path))
        if array.dtype.hasobject:
            raise ValueError("it holds objects, not numbers")
        return array


def read_object_npy(path: Path) -> Any:
    """What a `.npy` file holds, also where that was pickled; raises BodyError."""
    with told(path), path.open("rb") as stream:
        return _read(stream, path.stat().st_size, path)


def check_members(members: list[zipfile.ZipInfo], size: int) -> None:
    """Raise ValueError for members of an archive of `size` bytes that say what cannot be."""
    names = [member.filename for member in members]
    for member in members:
        if member.flag_bits & _ENCRYPTED:
            raise ValueError(f"{member.filename} is encrypted")
        if names.count(member.filename) > 1:
            raise ValueError(f"{member.filename} occurs twice")
    whole = sum(member.file_size for member in members)
    if whole > max(size, min(_FREE + _MOST_TIMES_SMALLER * size, 2 * MOST_BYTES)):
        words = f"its {size / 1e6:,.0f} MB say that they hold {whole / 1e6:,.0f} MB"
        raise ValueError(f"{words}, more than numbers are compressed, or than there is room for")


def _read(stream: IO[bytes], size: int, path: Path) -> Any:
    """The array of a stream of `size` bytes."""
    counted = _Counted(stream)
    version = np.lib.format.read_magic(counted)
    headers = np.lib.format.read_array_header_1_0, np.lib.format.read_array_header_2_0
    shape, fortran, dtype = headers[version != (1, 0)](counted)
    if dtype.kind == "O":
        return read_pickle(stream, where=path)
    if dtype.hasobject or not dtype.itemsize:
        raise ValueError("it holds an array of objects, not numbers")
    axes = check_array(shape, dtype, size - counted.read_so_far)
    array = np.empty(axes, dtype, order="F" if fortran else "C")
    if array.size and not _filled(array.reshape(-1, order="A").view(np.uint8), stream):
        raise EOFError("it ends too early")
    check_words(array)
    return array


def _filled(target: NDArray[np.uint8], stream: IO[bytes]) -> bool:
    """Whether a stream holds as many bytes as are wanted, which are read in portions."""
    place = 0
    while place < len(target) and (portion := stream.read(min(len(target) - place, 1 << 22))):
        target[place : place + len(portion)] = np.frombuffer(portion, np.uint8)
        place += len(portion)
    return place == len(target)


class _Counted:
    """A stream that knows how much of it was read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self.read_so_far = stream, 0

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        data = self._stream.read(size)
        self.read_so_far += len(data)
        return data


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn whatever is wrong with a file into words."""
    try:
        yield
    except BodyError:
        raise
    except Exception as error:  # a broken file may raise anything
        words = f"the {path.suffix or 'archive'} file cannot be read ({error})"
        raise BodyError(words, where=path, remedy="Get the file again") from error
