"""MATLAB's files (version 5 to 7): looked through before SciPy reads them, which damage makes crash.

The layout is MathWorks' "MAT-File Format": elements with a tag each, of a kind and a number of bytes; a
matrix is an element of elements (flags, dimensions, name, content), perhaps compressed.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sefd_viewer.body.safe_npz import told
from sefd_viewer.body.safe_pickle import MOST_BYTES
from sefd_viewer.plain_files import read_file

_HEADER, _TAG, _DEEPEST, _MOST_DIMENSIONS, _LONGEST_NAME = 128, 8, 40, 32, 64
_INT8, _INT32, _UINT32, _MATRIX, _COMPRESSED, _UTF8 = 1, 5, 6, 14, 15, 16
_BYTES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8, _UTF8: 1, 17: 2, 18: 4}
"""Bytes of a number or letter, by the kind of its element."""
_CELL, _STRUCT, _OBJECT, _CHAR, _SPARSE, _FUNCTION = 1, 2, 3, 4, 5, 16
_COMPLEX = 0x0800


def read_mat(path: Path) -> dict[str, Any]:
    """The variables of a file; structs are dictionaries, cells lists or arrays of objects.

    Sparse arrays, functions and objects of newer MATLAB are left out. Raises BodyError for a damaged file,
    and for one of another version.
    """
    from scipy.io import loadmat

    with told(path):
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("it is too large")
        names = list(_variables(read_file(path)))
        found = loadmat(path, simplify_cells=True, variable_names=names)
    return {name: value for name, value in found.items() if not name.startswith("__")}


class _Element(NamedTuple):
    kind: int
    start: int
    size: int
    after: int


def _variables(data: bytes) -> Iterator[str]:
    """The names of the variables that are sound and can be read; raises ValueError for damage."""
    order = {b"\x00\x01IM": "<", b"\x01\x00MI": ">"}.get(data[_HEADER - 4 : _HEADER])
    if order is None:
        raise ValueError("it is not a MATLAB file of version 5 to 7")
    place, left = _HEADER, MOST_BYTES
    while place < len(data):
        element = _element(data, place, len(data), order)
        content, inside = data, element
        if element.kind == _COMPRESSED:
            content = _unpacked(data[element.start : element.start + element.size], left)
            left -= len(content)
            inside = _element(content, 0, len(content), order)
        name = _Look(content, order).variable(inside)
        if name is not None:
            yield name
        place = element.after


def _unpacked(packed: bytes, most: int) -> bytes:
    machine = zlib.decompressobj()
    content = machine.decompress(packed, most)
    if not machine.eof:
        raise ValueError("a variable is cut short, or too large when unpacked")
    return content


def _element(data: bytes, place: int, end: int, order: str) -> _Element:
    """The element at a place, which must end at `end` or before."""
    if end - place < _TAG:
        raise ValueError("it ends too early")
    first, size = struct.unpack_from(f"{order}II", data, place)
    if first >> 16:  # up to four bytes inside the tag
        kind, size, start, after = first & 0xFFFF, first >> 16, place + 4, place + _TAG
        if size > 4:
            raise ValueError("a tag is damaged")
    else:
        kind, start = first, place + _TAG
        after = start + size + (0 if kind == _COMPRESSED else -size % 8)
    if start + size > end:
        raise ValueError("an element ends beyond what it is part of")
    return _Element(kind, start, size, min(after, end))


class _Look:
    """Looks through the elements of `data`; all of it raises ValueError for what is not sound."""

    def __init__(self, data: bytes, order: str) -> None:
        self._data, self._order, self._place = data, order, 0
        self._plain = struct.Struct(f"{order}6I2i4I")

    def variable(self, element: _Element) -> str | None:
        """The name of a matrix whose content is sound, None for one that is left out."""
        self._require(element, _MATRIX)
        end = element.start + element.size
        self._place = element.start
        kind, flags = self._flags(end)
        if kind == _SPARSE or kind >= _FUNCTION:
            return None
        count, name = self._shape(end)
        self._content(kind, flags, count, end, 0)
        return name

    def _matrix(self, end: int, depth: int) -> None:
        element = self._next(end)
        self._require(element, _MATRIX)
        if not element.size:
            return
        if depth > _DEEPEST:
            raise ValueError("it is nested too deeply")
        inside, after = element.start + element.size, self._place
        if self._is_plain(element.start, inside):
            return
        self._place = element.start
        kind, flags = self._flags(inside)
        if kind == _SPARSE or kind >= _FUNCTION:
            raise ValueError("a variable holds a sparse array, a function or an object; save toStruct of it")
        count, _ = self._shape(inside)
        self._content(kind, flags, count, inside, depth)
        self._place = after

    def _is_plain(self, start: int, end: int) -> bool:
        """Whether this is a sound, nameless array of numbers in two dimensions, as almost all inside are."""
        if end - start < self._plain.size:
            return False
        flags_kind, flags_size, flags, _, *shape, name, letters, first, size = self._plain.unpack_from(
            self._data, start
        )
        if (flags_kind, flags_size, *shape[:2], name, letters) != (_UINT32, 8, _INT32, 8, _INT8, 0):
            return False
        small = first >> 16
        numbers, size = (first & 0xFFFF, small) if small else (first, size)
        fits = size <= (4 if small else end - start - self._plain.size)
        plain = _SPARSE < flags & 0xFF < _FUNCTION and not flags & _COMPLEX
        return (
            plain
            and fits
            and min(shape[2:]) >= 0
            and numbers in _BYTES
            and size == shape[2] * shape[3] * _BYTES[numbers]
        )

    def _content(self, kind: int, flags: int, count: int, end: int, depth: int) -> None:
        if kind in (_CELL, _STRUCT, _OBJECT):
            if kind == _OBJECT:
                self._require(self._next(end), _INT8)
            each = 1 if kind == _CELL else self._fields(end)
            if count * each * _TAG > end - self._place:
                raise ValueError("it says that it holds more than it can")
            for _ in range(count * each):
                self._matrix(end, depth + 1)
            return
        for _ in range(2 if flags & _COMPLEX else 1):
            numbers = self._next(end)
            if numbers.kind not in _BYTES:
                raise ValueError("numbers are of an unknown kind")
            if kind != _CHAR and numbers.size != count * _BYTES[numbers.kind]:
                raise ValueError("an array has more or fewer numbers than it says")

    def _fields(self, end: int) -> int:
        """How many fields the entries of a struct have."""
        length = self._next(end)
        self._require(length, _INT32, 4)
        (letters,) = struct.unpack_from(f"{self._order}i", self._data, length.start)
        names = self._next(end)
        self._require(names, _INT8)
        if not 0 < letters <= _LONGEST_NAME or names.size % letters:
            raise ValueError("names of fields are damaged")
        return names.size // letters

    def _flags(self, end: int) -> tuple[int, int]:
        element = self._next(end)
        self._require(element, _UINT32, 8)
        (flags,) = struct.unpack_from(f"{self._order}I", self._data, element.start)
        kind = flags & 0xFF
        if not 0 < kind <= _FUNCTION + 1:
            raise ValueError("a variable is of an unknown class")
        return kind, flags

    def _shape(self, end: int) -> tuple[int, str]:
        """How many entries an array has, and its name."""
        element = self._next(end)
        self._require(element, _INT32)
        count = element.size // 4
        if element.size % 4 or not 2 <= count <= _MOST_DIMENSIONS:
            raise ValueError("the dimensions of an array are damaged")
        shape = struct.unpack_from(f"{self._order}{count}i", self._data, element.start)
        name = self._next(end)
        if min(shape) < 0 or name.kind not in (_INT8, _UTF8):
            raise ValueError("the dimensions or the name of an array are damaged")
        return math.prod(shape), self._data[name.start : name.start + name.size].decode("latin-1")

    def _next(self, end: int) -> _Element:
        element = _element(self._data, self._place, end, self._order)
        self._place = element.after
        return element

    @staticmethod
    def _require(element: _Element, kind: int, size: int | None = None) -> None:
        if element.kind != kind or (size is not None and element.size != size):
            raise ValueError("an element is of another kind than belongs there")
