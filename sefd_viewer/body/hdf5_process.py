"""HDF5 files, read in a process of their own: a damaged one can make the library spoil its process's memory.

`python -m sefd_viewer.body.hdf5_process FILE` writes what the file holds to its output, as an archive of
plain NumPy arrays that need no trust; `read_hdf5` asks for that.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer.body.safe_pickle import MOST_BYTES
from sefd_viewer.errors import BodyError

_DEEPEST = 8
_LONGEST_S = 20
_NAMES, _WORDS = "names", "words"
"""Members of the archive: the names of its arrays, and which of them are one word each, as JSON."""


def read_hdf5(path: Path) -> dict[str, Any]:
    """Everything in a file of HDF5 but what lies in other files; BodyError where it cannot be read.

    Groups are dictionaries by name, attributes stand beside what they are about as `name@attribute`.
    """
    if find_spec("h5py") is None:
        raise BodyError(
            "this is an HDF5 file, which needs the package h5py",
            where=path,
            remedy='pip install "sefd-viewer[hdf5]", or convert the file to .npz',
        )
    command = [sys.executable, "-m", __name__, str(path)]
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise _refused(path, f"reading it took longer than {_LONGEST_S} s") from None
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        crashed = done.returncode != 1 or not words
        raise _refused(path, "the HDF5 library failed on it" if crashed else words[-1])
    with np.load(io.BytesIO(done.stdout), allow_pickle=False) as archive:
        names, words = (json.loads(archive[one].tobytes()) for one in (_NAMES, _WORDS))
        return _nested(names, [archive[str(place)] for place in range(len(names))], set(words))


def _refused(path: Path, words: str) -> BodyError:
    return BodyError(f"this file cannot be read ({words})", where=path, remedy="Choose another file")


def _nested(names: list[list[str]], values: list[Any], words: set[int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        group = found
        for step in name[:-1]:
            group = group.setdefault(step, {})
        if name[-1]:
            group[name[-1]] = str(value) if place in words else value[()]
    return found


# ---- in the process of its own


def _datasets(group: Any, depth: int) -> Iterator[Any]:
    import h5py

    for _, one in _own_members(group):
        if isinstance(one, h5py.Dataset):
            yield one
        elif depth:
            yield from _datasets(one, depth - 1)


def _own_members(group: Any) -> Iterator[tuple[str, Any]]:
    """What lies in a group itself: links into other places and files are passed over."""
    import h5py

    for name in group:
        if isinstance(group.get(name, getlink=True), h5py.HardLink):
            yield name, group[name]


def _values(group: Any, depth: int, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value with its names; an empty last name says that a group is there."""
    import h5py

    yield (*above, ""), None
    for name in group.attrs:
        yield (*above, f"@{name}"), group.attrs[name]
    for name, one in _own_members(group):
        if isinstance(one, h5py.Group) and depth:
            yield from _values(one, depth - 1, (*above, name))
        elif isinstance(one, h5py.Dataset):
            elsewhere = one.external or one.is_virtual or one.shape is None
            if elsewhere or (one.dtype.kind == "O" and h5py.check_string_dtype(one.dtype) is None):
                continue
            yield (*above, name), one[()]
            for key in one.attrs:
                yield (*above, f"{name}@{key}"), one.attrs[key]


def _plain(value: Any) -> Any:
    """An array as it is; bytes and words as str; None for what is neither, such as references."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.ndarray) and value.dtype.kind in "SO":
        told = [one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in value.flat]
        return np.array(told, dtype=np.str_).reshape(value.shape)
    if isinstance(value, str | np.ndarray | np.generic):
        return None if np.asarray(value).dtype.hasobject else value
    return None


def main(path: Path) -> None:
    """Write the archive; ValueError for more than memory has room for."""
    import h5py

    names: list[tuple[str, ...]] = []
    words: list[int] = []
    arrays: dict[str, Any] = {}
    with h5py.File(path) as file:
        sizes = {one.id: one.nbytes for one in _datasets(file, _DEEPEST)}
        if sum(sizes.values()) > MOST_BYTES + path.stat().st_size:
            raise ValueError("it says that it holds more than memory has room for")
        for name, value in _values(file, _DEEPEST):
            plain = np.zeros(0) if name[-1] == "" else _plain(value)
            if plain is None:
                continue
            if isinstance(plain, str):
                words.append(len(names))
            arrays[str(len(names))] = np.asarray(plain)
            names.append(name)
    for member, told in ((_NAMES, names), (_WORDS, words)):
        arrays[member] = np.frombuffer(json.dumps(told).encode(), np.uint8)
    content = io.BytesIO()
    np.savez(content, **arrays)
    sys.stdout.buffer.write(content.getbuffer())


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except Exception as error:
        sys.exit(f"{type(error).__name__}: {error}".splitlines()[0])
