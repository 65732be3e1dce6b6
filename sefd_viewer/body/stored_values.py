"""What other programs store: archives of NumPy and torch, pickles, joblib, JSON, HDF5 ...; nothing is run."""

from __future__ import annotations

import bz2
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
import orjson

from sefd_viewer.body.safe_mat import read_mat
from sefd_viewer.body.safe_npz import check_members, read_npz, read_object_npy, told
from sefd_viewer.body.safe_pickle import MOST_BYTES, read_pickle
from sefd_viewer.errors import BodyError
from sefd_viewer.plain_files import is_file

_PORTION = 1 << 20
_MACHINES: dict[bytes, Callable[[], Any]] = {
    **dict.fromkeys((b"x\x01", b"x\x5e", b"x\x9c", b"x\xda"), zlib.decompressobj),
    b"\x1f\x8b": partial(zlib.decompressobj, 16 + zlib.MAX_WBITS),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ": lzma.LZMADecompressor,
}
"""What unpacks a file, by the bytes it begins with."""
HDF5, MATLAB, MATLAB_HDF5 = b"\x89HDF", b"MATLAB", b"MATLAB 7.3"
"""What files of HDF5 and MATLAB begin with; MATLAB's newer ones are HDF5 behind a first block."""
_DEEPEST = 8
_JSON, _BLANK, _LOOKED_AT = (b"{", b"["), b"\xef\xbb\xbf \r\n\t", 64
"""JSON begins so, behind what may stand before it; no pickle does."""
_OTHERS = {
    b'\x04"M\x18': ("compressed by lz4", "Save it again with joblib.dump(..., compress=3)"),
    b"ZF": ("of joblib before 0.10", "Save it again with a newer joblib"),
}


def read_stored(path: Path) -> Any:
    """The values in a file by its content, whatever its ending: dictionaries, lists and arrays.

    Archives of NumPy are a dictionary by member's name, groups of HDF5 one by name, with the attributes as
    `name@attribute`. Raises BodyError for a missing, broken or unsafe
    file, naming what it asks for, and for containers that are not read.
    """
    if not is_file(path):
        raise BodyError("there is no such file", where=path, remedy="Check the name")
    with path.open("rb") as file:
        head = file.read(16)
        file.seek(0)
        if head.startswith((HDF5, MATLAB_HDF5)):
            return _hdf5(path)
        if head.startswith(MATLAB):
            return read_mat(path)
        if head.startswith(b"PK"):
            return _archive(path)
        if head.startswith(b"\x93NUMPY"):
            return read_object_npy(path)
        for begins, (kind, remedy) in _OTHERS.items():
            if head.startswith(begins):
                raise BodyError(f"this file is {kind}, which is not read", where=path, remedy=remedy)
        stream = _plain(file, head, path)
        begin = stream.read(_LOOKED_AT).lstrip(_BLANK)
        stream.seek(0)
        if begin.startswith(_JSON) or (begin[:1].isascii() and path.suffix.lower() == ".json"):
            return _json(stream.read(MOST_BYTES), path)
        return read_pickle(stream, where=path)


def _json(data: bytes, path: Path) -> Any:
    """Also with nan and infinity, which Python writes, and behind a byte order mark."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            raise BodyError(f"this is no JSON ({error})", where=path, remedy="Choose another file") from error


def _plain(file: IO[bytes], head: bytes, path: Path) -> IO[bytes]:
    """The stream without its compression, of which no more is read than memory has room for."""
    make = next((make for begins, make in _MACHINES.items() if head.startswith(begins)), None)
    if make is None:
        return file
    try:
        return _unpacked(file, make())
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise BodyError(f"the compressed file cannot be read ({error})", where=path) from error


def _unpacked(file: IO[bytes], machine: Any) -> io.BytesIO:
    content, waiting = io.BytesIO(), b""
    while not machine.eof:
        hungry = getattr(machine, "needs_input", not waiting)
        portion = file.read(_PORTION) if hungry else waiting
        if hungry and not portion:
            raise EOFError("it ends too early")
        content.write(machine.decompress(portion, _PORTION))
        waiting = getattr(machine, "unconsumed_tail", b"")
        if content.tell() > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES >> 30} GB when unpacked")
    content.seek(0)
    return content


def _archive(path: Path) -> Any:
    """NumPy's or torch's archive."""
    with told(path), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if any("/code/" in name for name in names):
            words = "this file holds a program (TorchScript), which is not run"
            raise BodyError(words, where=path, remedy="Save the numbers that it makes instead")
        pickled = next((name for name in names if name.endswith("/data.pkl")), None)
        if pickled is None:
            return read_npz(path)
        check_members(archive.infolist(), path.stat().st_size)
        folder = pickled.removesuffix("data.pkl")
        with archive.open(pickled) as stream:
            return read_pickle(stream, where=path, storages=lambda key: archive.read(f"{folder}data/{key}"))


# ---- HDF5 and MATLAB


def _hdf5(path: Path) -> dict[str, Any]:
    """Everything in a file of HDF5 but what lies in other files."""
    try:
        import h5py
    except ModuleNotFoundError as error:
        raise BodyError(
            "this file is HDF5, which needs the package h5py",
            where=path,
            remedy='pip install "sefd-viewer[hdf5]", or convert the file to .npz',
        ) from error
    with told(path), h5py.File(path) as file:
        sizes = {one.id: one.nbytes for one in _datasets(file, h5py, _DEEPEST)}
        if sum(sizes.values()) > MOST_BYTES + path.stat().st_size:
            raise ValueError("it says that it holds more than memory has room for")
        return _group(file, h5py, _DEEPEST)


def _own_members(group: Any, h5py: Any) -> Iterator[tuple[str, Any]]:
    """What lies in a group itself: links into other places and files are passed over."""
    for name in group:
        if isinstance(group.get(name, getlink=True), h5py.HardLink):
            yield name, group[name]


def _datasets(group: Any, h5py: Any, depth: int) -> Iterator[Any]:
    for _, one in _own_members(group, h5py):
        if isinstance(one, h5py.Dataset):
            yield one
        elif depth:
            yield from _datasets(one, h5py, depth - 1)


def _group(group: Any, h5py: Any, depth: int) -> dict[str, Any]:
    found = {f"@{name}": _plain_value(group.attrs[name]) for name in group.attrs}
    for name, one in _own_members(group, h5py):
        if isinstance(one, h5py.Dataset):
            elsewhere = one.external or one.is_virtual or one.shape is None
            if elsewhere or (one.dtype.kind == "O" and h5py.check_string_dtype(one.dtype) is None):
                continue
            found[name] = _plain_value(one[()])
            found |= {f"{name}@{key}": _plain_value(one.attrs[key]) for key in one.attrs}
        elif isinstance(one, h5py.Group) and depth:
            found[name] = _group(one, h5py, depth - 1)
    return found


def _plain_value(value: Any) -> Any:
    """An array as it is; bytes and words as str."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.ndarray) and value.dtype.kind in "SO":
        words = [
            one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in value.ravel()
        ]
        return np.array(words, dtype=np.str_).reshape(value.shape)
    return value
