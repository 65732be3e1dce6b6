"""What other programs store: archives of NumPy and torch, pickles, joblib, JSON, HDF5 ...; nothing is run."""

from __future__ import annotations

import bz2
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from functools import partial
from pathlib import Path
from typing import IO, Any

import orjson

from sefd_viewer.body.hdf5_process import read_hdf5
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
_JSON, _BLANK, _LOOKED_AT = (b"{", b"["), b"\xef\xbb\xbf \r\n\t", 64
"""JSON begins so, behind what may stand before it; no pickle does."""
_OTHERS = {
    b'\x04"M\x18': ("compressed by lz4", "Save it again with joblib.dump(..., compress=3)"),
    b"ZF": ("of joblib before 0.10", "Save it again with a newer joblib"),
}


_LAST: ContextVar[dict[Hashable, Any] | None] = ContextVar("last read", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """In this block a file that is asked about again at once is not read again, nor is a broken one."""
    token = _LAST.set({}) if _LAST.get() is None else None
    try:
        yield
    finally:
        if token is not None:
            _LAST.reset(token)


def read_stored(path: Path) -> Any:
    """The values in a file by its content, whatever its ending: dictionaries, lists and arrays.

    Archives of NumPy are a dictionary by member's name, groups of HDF5 one by name, with the attributes as
    `name@attribute`. Raises BodyError for a missing, broken or unsafe
    file, naming what it asks for, and for containers that are not read.
    """
    if not is_file(path):
        raise BodyError("there is no such file", where=path, remedy="Check the name")
    last = _LAST.get()
    if last is None:
        return _read(path)
    key = path, path.stat().st_mtime_ns, path.stat().st_size
    if key not in last:
        last.clear()
        try:
            last[key] = _read(path)
        except BodyError as error:
            last[key] = error
    if isinstance(last[key], BodyError):
        raise last[key]
    return copy(last[key]) if isinstance(last[key], dict | list) else last[key]


def _read(path: Path) -> Any:
    """The values in a file that is there."""
    with path.open("rb") as file:
        head = file.read(16)
        file.seek(0)
        if head.startswith((HDF5, MATLAB_HDF5)):
            return read_hdf5(path)
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
            raise BodyError(
                f"this is not JSON ({error})", where=path, remedy="Choose another file"
            ) from error


def _plain(file: IO[bytes], head: bytes, path: Path) -> IO[bytes]:
    """The stream without its compression, of which no more is read than memory has room for."""
    make = next((make for begins, make in _MACHINES.items() if head.startswith(begins)), None)
    if make is None:
        return file
    try:
        return _unpacked(file, make())
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise BodyError(
            f"the compressed file cannot be read ({error})",
            where=path,
            remedy="Unpack it, or copy it again: it is cut short or damaged",
        ) from error


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
