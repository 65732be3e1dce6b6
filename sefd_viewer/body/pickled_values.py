"""What pickles of arrays, tensors and chumpy values hold: stand-ins, and what becomes of them."""

from __future__ import annotations

import math
import pickle
import re
from collections.abc import Callable, Iterable
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import NDArray

_MOST_EMPTY = 1 << 20
"""Places of an array without numbers, which somebody may walk along."""
_MOST_AXES = 32
_TYPE_CODE = re.compile(r"[<>|=]?(?:\?|O8?|[biufc]\d{1,2}|[SU]\d{1,9})")
_SCALARS = (str, bytes, int, float, complex, type(None), np.generic)


def check_array(shape: object, dtype: np.dtype[Any], size: int) -> tuple[int, ...]:
    """The shape of an array whose numbers are `size` bytes; raises ValueError where these do not agree.

    Arrays of objects hold no bytes of their own: their `size` is the number of objects.
    """
    axes = shape if isinstance(shape, tuple) else (shape,)
    if len(axes) > _MOST_AXES or not all(type(axis) is int and 0 <= axis < 1 << 62 for axis in axes):
        raise ValueError("an array with a shape that cannot be")
    wanted = math.prod(axes) * (1 if dtype.hasobject else dtype.itemsize)
    if wanted != size or (not wanted and math.prod(max(axis, 1) for axis in axes) > _MOST_EMPTY):
        raise ValueError(f"an array of {dtype} and shape {axes} in {size} bytes")
    return axes


class RefusedNameError(pickle.UnpicklingError):
    """The dotted name that a pickle asked for and does not get."""


# ---- stand-ins: what a pickle's machine makes


class Shell:
    """Stands for an object whose library is not needed to read the numbers in its `state`."""

    state: Any = None
    begins_empty = False


class MadeShell(Shell):
    """A shell that makes its own array."""

    def array(self, take: Callable[[int], None]) -> NDArray[Any]:
        """The array; `take` is told how many bytes it will need, and refuses too many."""
        raise NotImplementedError


class TableShell(Shell):
    """A shell of a table."""

    def table(self, of: Callable[[Any], Any]) -> dict[str, Any]:
        """The columns by name, of whose parts `of` makes plain values."""
        raise NotImplementedError


class ScriptPart(TableShell):
    """A part of a program of torch: its numbers and further parts by name."""

    begins_empty = True

    def table(self, of: Callable[[Any], Any]) -> dict[str, Any]:
        """The parts; raises ValueError where there are none."""
        if not isinstance(self.state, dict):
            raise ValueError("a part of a program without its numbers")
        return {str(name): of(value) for name, value in self.state.items()}


class _Dtype(Shell):
    """The type of an array's numbers: its `code`, and in the state the order of bytes."""

    def __init__(self, code: object, *_how: object) -> None:
        if not isinstance(code, str) or not _TYPE_CODE.fullmatch(code):
            raise ValueError("an array of something else than numbers and words")
        self.code = code

    def made(self) -> np.dtype[Any]:
        """The type; raises ValueError for one with fields."""
        order, *inner = ("=", None) if self.state is None else self.state[1:5]
        if order not in ("<", ">", "|", "=") or any(part is not None for part in inner):
            raise ValueError("an array of records with fields")
        dtype = np.dtype(self.code)
        if not dtype.itemsize:
            raise ValueError("an array of nothing")
        return dtype if order in ("|", "=") else dtype.newbyteorder(order)  # type: ignore[arg-type]  # < or >


class _Array(Shell):
    """An array; the state is version, shape, type, whether the first axis runs fastest, bytes or objects."""

    @classmethod
    def reconstruct(cls, kind: object, _shape: object, _code: object) -> _Array:
        """An array that gets its state afterwards."""
        if kind is not cls:
            raise ValueError("an array of a special class")
        return cls()

    @classmethod
    def of_buffer(cls, data: object, dtype: object, shape: object, order: object) -> _Array:
        """An array of protocol 5."""
        made = cls()
        made.state = (1, shape, dtype, order == "F", data)
        return made


class _Scalar(_Array):
    """A single number."""

    @classmethod
    def noted(cls, dtype: object, data: object) -> _Array:
        """The number of a type whose bytes are `data`."""
        return cls.of_buffer(data, dtype, (), "C")

    def key(self) -> Any:
        """The number as a dictionary's key."""
        return PlainValues(1 << 10).of(self).item()


class JoblibArray(_Array):
    """What joblib puts in an array's place: the numbers come behind it, outside the pickle."""

    def read(self, stream: IO[bytes], nested: Callable[[], Any]) -> None:
        """Take the numbers from a stream; an array of objects is a pickle, which `nested` loads."""
        about = self.state
        if not isinstance(about, dict) or about.get("subclass") is not _Array:
            raise ValueError("an array of a special class")
        kind = about["dtype"]
        if not isinstance(kind, _Dtype):
            raise ValueError("an array without a type")
        dtype, shape = kind.made(), about["shape"]
        if dtype.hasobject:
            inner = nested()
            if not isinstance(inner, _Array):
                raise ValueError("an array of objects made of something else")
            self.state = inner.state
            return
        if about.get("numpy_array_alignment_bytes") is not None:
            stream.read(stream.read(1)[0])
        axes = shape if isinstance(shape, tuple) else (shape,)
        if not all(type(axis) is int and axis >= 0 for axis in axes):
            raise ValueError("an array with a shape that cannot be")
        data = stream.read(math.prod(axes) * dtype.itemsize)
        self.state = (1, axes, kind, about.get("order") == "F", data)


class Chumpy(Shell):
    """A chumpy value: numbers under `x`, or a selection `idxs` of the value `a`."""


class _SparseColumns(Shell):
    """A compressed sparse column matrix."""


class _SparseRows(Shell):
    """A compressed sparse row matrix."""


class _SparseCoordinates(Shell):
    """A sparse matrix of rows, columns and values."""


SPARSE = {"csc": _SparseColumns, "csr": _SparseRows, "coo": _SparseCoordinates}


def _latin1(text: str, encoding: str = "latin1") -> bytes:
    """The one use of `_codecs.encode` in NumPy's pickles: bytes kept as latin-1 text."""
    if encoding not in ("latin1", "latin-1"):
        raise RefusedNameError(f"_codecs.encode to {encoding}")
    return text.encode("latin-1")


def _bytes(data: object = b"", encoding: str = "latin1") -> bytes:
    if not isinstance(data, bytes):
        return _latin1(data, encoding)  # type: ignore[arg-type]  # anything but text is refused there
    return data


def dictionary(pairs: Iterable[tuple[Any, Any]] = ()) -> dict[Any, Any]:
    """A dictionary; a key of tuples in tuples could take hours to compare, and raises ValueError."""
    made: dict[Any, Any] = {}
    for given, value in pairs:
        key = given.key() if isinstance(given, _Scalar) else given
        if not all(isinstance(part, _SCALARS) for part in (key if isinstance(key, tuple) else (key,))):
            raise ValueError("a dictionary with keys that are no words or numbers")
        made[key] = value
    return made


def _items(items: Iterable[Any] = ()) -> list[Any]:
    return list(items)


def _defaults(_maker: object = None, items: Iterable[tuple[Any, Any]] = ()) -> dict[Any, Any]:
    """A `defaultdict` as a plain dictionary."""
    return dictionary(items)


def empty_object(kind: object, _base: object = object, _state: object = None) -> Shell:
    """What `copyreg._reconstructor` makes: an object of a class that gets its state afterwards."""
    known = (Chumpy, JoblibArray, *SPARSE.values())
    if not isinstance(kind, type) or not (kind in known or getattr(kind, "begins_empty", False)):
        raise ValueError("an object of a class that is not known here")
    made: Shell = kind()
    return made


def _allowed() -> dict[str, Any]:
    """Everything that a pickle may name, by its dotted name in Python 2 and 3 and in NumPy 1 and 2."""
    names: dict[str, Any] = {
        "numpy.ndarray": _Array,
        "numpy.dtype": _Dtype,
        "_codecs.encode": _latin1,
        "collections.OrderedDict": dictionary,
        "collections.defaultdict": _defaults,
    }
    for core in ("numpy.core", "numpy._core"):
        names[f"{core}.multiarray._reconstruct"] = _Array.reconstruct
        names[f"{core}.multiarray.scalar"] = _Scalar.noted
        names[f"{core}.numeric._frombuffer"] = _Array.of_buffer
    for builtins in ("__builtin__", "builtins"):
        names |= {f"{builtins}.object": object, f"{builtins}.set": _items}
        names |= {f"{builtins}.dict": dictionary, f"{builtins}.list": _items}
        names |= {f"{builtins}.bytes": _bytes, f"{builtins}.bytearray": _bytes}
    for registry in ("copy_reg", "copyreg"):
        names[f"{registry}._reconstructor"] = empty_object
    return names


ALLOWED = _allowed()


class PlainValues:
    """Makes plain values of what a pickle left; `most` bytes, each place counted where one thing is in many.

    A list of lists of lists, each with the next one twice, is small in a file and has no end on a walk.
    """

    def __init__(self, most: int) -> None:
        self._most, self._made = most, 0
        self._known: dict[int, tuple[Any, int] | None] = {}
        self._tables: list[dict[str, Any]] = []

    def of(self, value: Any) -> Any:
        """The value with arrays in place of shells, in containers too; tuples become lists."""
        return self._sized(value)[0]

    def _sized(self, value: Any) -> tuple[Any, int]:
        """The value and its bytes as far as memory is concerned, each place counted."""
        if not isinstance(value, dict | list | tuple | Shell):
            return value, 8 + (len(value) if isinstance(value, str | bytes) else 0)
        if id(value) in self._known:
            known = self._known[id(value)]
            if known is None:
                raise ValueError("a value that contains itself")
            return known
        self._known[id(value)] = None
        plain, size = self._with_shells_made(value)
        if size > self._most:
            raise ValueError("values that would fill the memory")
        self._known[id(value)] = plain, size
        return plain, size

    def _with_shells_made(self, value: Any) -> tuple[Any, int]:
        if isinstance(value, Shell):
            return self._of_shell(value)
        parts = value.values() if isinstance(value, dict) else value
        plain = [self._sized(part) for part in parts]
        items = [item for item, _ in plain]
        size = 8 + sum(size for _, size in plain)
        return (dict(zip(value, items, strict=True)) if isinstance(value, dict) else items), size

    def _of_shell(self, shell: Shell) -> tuple[Any, int]:
        if isinstance(shell, _Array):
            return self._of_array(shell)
        if isinstance(shell, MadeShell):
            array = shell.array(self._take)
            return array, 8 + array.nbytes
        if isinstance(shell, TableShell):
            self._tables.append(shell.table(self.of))  # kept, as what is known goes by identity
            return self._sized(self._tables[-1])
        state = self.of(shell.state)
        if not isinstance(state, dict):
            raise ValueError("an object without its values")
        made = self._chumpy(state) if isinstance(shell, Chumpy) else self._sparse(shell, state)
        return made, made.nbytes

    def _of_array(self, shell: _Array) -> tuple[Any, int]:
        shape, kind, fortran, data = shell.state[-4:]
        if not isinstance(kind, _Dtype):
            raise ValueError("an array without a type")
        dtype = kind.made()
        order: Literal["C", "F"] = "F" if fortran else "C"
        if dtype.hasobject:
            return self._objects(shape, dtype, order, data)
        raw = _bytes(data)
        axes = check_array(shape, dtype, len(raw))
        self._take(len(raw))
        array: NDArray[Any] = np.ndarray(axes, dtype, bytearray(raw), order=order)
        check_words(array)
        return (array[()] if isinstance(shell, _Scalar) else array), 8 + array.nbytes

    def _objects(self, shape: object, dtype: np.dtype[Any], order: Any, data: object) -> tuple[Any, int]:
        """An array of objects, or the object in one without axes."""
        if not isinstance(data, list):
            raise ValueError("an array of objects made of something else")
        axes = check_array(shape, dtype, len(data))
        objects, size = np.empty(len(data), object), 8
        for place, item in enumerate(data):
            objects[place], more = self._sized(item)
            size += more
        return (objects[0] if axes == () else objects.reshape(axes, order=order)), size

    def _chumpy(self, state: dict[str, Any]) -> NDArray[Any]:
        if "x" in state:
            return np.asarray(state["x"])
        if "a" not in state or "idxs" not in state:
            raise ValueError("a chumpy expression that is not an array")
        all_of, places = np.asarray(state["a"]).ravel(), np.asarray(state["idxs"])
        self._take(places.size * all_of.itemsize)
        chosen = all_of[places]
        shape: Any = state.get("preferred_shape", chosen.shape)
        return chosen.reshape(shape)

    def _sparse(self, shell: Shell, state: dict[str, Any]) -> NDArray[np.float64]:
        rows, columns = (int(axis) for axis in state["_shape"])
        self._take(rows * columns * 8)
        dense = np.zeros((rows, columns))
        np.add.at(dense, _sparse_positions(shell, state), state["data"])
        return dense

    def _take(self, size: int) -> None:
        self._made += size
        if self._made > self._most:
            raise ValueError("arrays that would fill the memory")


def check_words(array: NDArray[Any]) -> None:
    """Raise ValueError for an array of words with letters that do not exist."""
    if array.dtype.kind == "U" and array.size:
        letters = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="))).view(np.uint32)
        if letters.max() > 0x10FFFF:
            raise ValueError("words of letters that do not exist")


def _sparse_positions(shell: Shell, state: dict[str, Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Row and column of every stored value."""
    if isinstance(shell, _SparseCoordinates):
        row, column = state.get("coords") or (state["row"], state["col"])
        return row, column
    starts = np.asarray(state["indptr"], np.int64)
    lengths = np.diff(starts)
    if (lengths < 0).any() or lengths.sum() != len(state["indices"]):
        raise ValueError("a sparse matrix whose parts do not agree")
    major = np.repeat(np.arange(len(lengths)), lengths)
    return (state["indices"], major) if isinstance(shell, _SparseColumns) else (major, state["indices"])
