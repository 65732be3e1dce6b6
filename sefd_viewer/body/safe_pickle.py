"""Reading pickles of arrays, sparse matrices and chumpy values without running what the pickle says."""

from __future__ import annotations

import collections
import copyreg
import pickle
from pathlib import Path
from typing import IO, Any

import numpy as np

from sefd_viewer.errors import BodyError


def read_pickle(stream: IO[bytes], *, where: str | Path) -> Any:
    """The pickled object with plain arrays in it; strings of Python 2 become str (latin-1).

    `where` names the file in errors. Raises BodyError for a pickle that asks for anything but arrays,
    sparse matrices, chumpy values and plain containers (naming what it asks for), and for a broken one.
    """
    try:
        return _plain(_ArrayUnpickler(stream, encoding="latin1").load())
    except _RefusedGlobalError as refused:
        raise BodyError(
            f"the file asks to run '{refused}', which no file of numbers needs; nothing was run",
            where=where,
            remedy="Get the file again from its owner",
        ) from refused
    except Exception as error:  # a broken pickle may raise anything
        raise BodyError(
            f"the pickle cannot be read ({type(error).__name__}: {error})",
            where=where,
            remedy="Get the file again",
        ) from error


class _RefusedGlobalError(pickle.UnpicklingError):
    """The dotted name that a pickle asked for and does not get."""


class _Shell:
    """Stands for an object whose library is not needed to read the numbers in its `state`."""

    state: dict[str, Any]

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.state = state


class _Chumpy(_Shell):
    """A chumpy value: numbers under `x`, or a selection `idxs` of the value `a`."""


class _SparseColumns(_Shell):
    """A compressed sparse column matrix."""


class _SparseRows(_Shell):
    """A compressed sparse row matrix."""


class _SparseCoordinates(_Shell):
    """A sparse matrix of rows, columns and values."""


_SPARSE = {"csc": _SparseColumns, "csr": _SparseRows, "coo": _SparseCoordinates}


def _latin1(text: str, encoding: str) -> bytes:
    """The one use of `_codecs.encode` in NumPy's pickles: bytes kept as latin-1 text."""
    if encoding not in ("latin1", "latin-1"):
        raise _RefusedGlobalError(f"_codecs.encode to {encoding}")
    return text.encode("latin-1")


def _allowed() -> dict[str, Any]:
    """Everything a pickle may name, by its dotted name in Python 2 and 3 and in NumPy 1 and 2."""
    array = np.zeros(1)
    names = {
        "numpy.ndarray": np.ndarray,
        "numpy.dtype": np.dtype,
        "_codecs.encode": _latin1,
        "collections.OrderedDict": collections.OrderedDict,
    }
    for core in ("numpy.core", "numpy._core"):
        names[f"{core}.multiarray._reconstruct"] = array.__reduce__()[0]
        names[f"{core}.multiarray.scalar"] = array[0].__reduce__()[0]
        names[f"{core}.numeric._frombuffer"] = array.__reduce_ex__(5)[0]
    for builtins in ("__builtin__", "builtins"):
        names |= {f"{builtins}.object": object, f"{builtins}.set": set, f"{builtins}.bytearray": bytearray}
    for registry in ("copy_reg", "copyreg"):
        names[f"{registry}._reconstructor"] = copyreg._reconstructor  # type: ignore[attr-defined]
    return names


class _ArrayUnpickler(pickle.Unpickler):
    """Hands out the allowed names and shells, and refuses every other name."""

    allowed = _allowed()

    def find_class(self, module: str, name: str) -> Any:
        package = module.partition(".")[0]
        if package == "chumpy":
            return _Chumpy
        if package == "scipy" and name[:3] in _SPARSE and name[3:] in ("_matrix", "_array"):
            return _SPARSE[name[:3]]
        if f"{module}.{name}" not in self.allowed:
            raise _RefusedGlobalError(f"{module}.{name}")
        return self.allowed[f"{module}.{name}"]


def _plain(value: Any) -> Any:
    """The value with arrays in place of shells, in containers too."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray) and value.dtype == object and value.ndim == 0:
        return _plain(value.item())
    if isinstance(value, _Chumpy):
        return _chumpy_array(value.state)
    if isinstance(value, _Shell):
        return _sparse_array(value)
    return value


def _chumpy_array(state: dict[str, Any]) -> np.ndarray:
    if "x" in state:
        return np.asarray(_plain(state["x"]))
    if "a" not in state or "idxs" not in state:
        raise ValueError("a chumpy expression that is not an array")
    chosen = np.asarray(_plain(state["a"])).ravel()[np.asarray(_plain(state["idxs"]))]
    return chosen.reshape(state.get("preferred_shape", chosen.shape))


def _sparse_array(matrix: _Shell) -> np.ndarray:
    dense = np.zeros(matrix.state["_shape"])
    np.add.at(dense, _sparse_positions(matrix), matrix.state["data"])
    return dense


def _sparse_positions(matrix: _Shell) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of every stored value."""
    state = matrix.state
    if isinstance(matrix, _SparseCoordinates):
        row, column = state.get("coords") or (state["row"], state["col"])
        return row, column
    major = np.repeat(np.arange(len(state["indptr"]) - 1), np.diff(state["indptr"]))
    return (state["indices"], major) if isinstance(matrix, _SparseColumns) else (major, state["indices"])
