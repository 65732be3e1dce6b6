"""Reading pickles of arrays, tensors, sparse matrices and chumpy values without running what they say.

A pickle is a program for a machine that calls what it names. Here it may name stand-ins alone, which note
what they were given; arrays are made of that afterwards, if shapes and types agree with the bytes there are.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, ClassVar

import numpy as np

from sefd_viewer.body.pickled_tensors import (
    LEGACY_MAGIC,
    TENSOR_NAMES,
    StorageKind,
    Storages,
    legacy_value,
)
from sefd_viewer.body.pickled_values import (
    ALLOWED,
    SPARSE,
    Chumpy,
    JoblibArray,
    PlainValues,
    RefusedNameError,
    ScriptPart,
    Shell,
    TableShell,
    dictionary,
    empty_object,
)
from sefd_viewer.errors import BodyError

_DEEPEST = 8

Plain = Callable[[Any], Any]
"""Makes plain values of what a pickle left."""


class Frame(TableShell):
    """A DataFrame."""

    begins_empty = True

    def table(self, of: Plain) -> dict[str, Any]:
        """The columns by name, arrays (rows,); raises ValueError where the parts do not agree."""
        state = self.state if isinstance(self.state, dict) else {}
        manager = state.get("_mgr", state.get("_data"))
        if not isinstance(manager, Manager):
            raise ValueError("a table without its columns")
        blocks, axes = manager.parts()
        names = [str(name) for name in np.ravel(_words(axes[0], of))]
        found: dict[str, Any] = {}
        for values, places in blocks:
            rows = np.atleast_2d(_words(values, of))
            for place, row in zip(_places(places, of), rows, strict=True):
                found[names[place]] = row
        if len(found) != len(names):
            raise ValueError("a table with columns that lie nowhere")
        return {name: found[name] for name in names}


class Manager(Shell):
    """What holds a table's blocks: called with them, or older, with a state."""

    begins_empty = True

    def __init__(self, blocks: Any = (), axes: Any = (), *_more: Any) -> None:
        self._blocks, self._axes = blocks, axes

    def parts(self) -> tuple[Iterator[tuple[Any, Any]], Any]:
        """The values and places of every block, and the axes, columns first."""
        blocks, axes = self._blocks, self._axes
        if isinstance(self.state, tuple) and len(self.state) > 3:
            stored = self.state[3]["0.14.1"]
            blocks, axes = stored["blocks"], stored["axes"]
        return ((one["values"], one["mgr_locs"]) for one in blocks), axes


class Index(Shell):
    """The names of columns or rows, or words in an array of pandas' own kind."""

    begins_empty = True


def _block(values: Any, places: Any, *_axes: Any) -> dict[str, Any]:
    return {"values": values, "mgr_locs": places}


def _new_index(_kind: Any, data: Any) -> Index:
    made = Index()
    made.state = data
    return made


def _backed(_kind: Any, _check: Any, state: Any) -> Index:
    """An array of pandas' own kind: its type and the numbers or words behind it."""
    made = Index()
    made.state = state
    return made


def _slice(*ends: Any) -> tuple[Any, ...]:
    return "slice", *ends


def _words(value: Any, of: Plain) -> Any:
    """The array in an index or in an array of pandas' own kind, however deep."""
    for _ in range(_DEEPEST):  # a pickle can put a thing into itself
        if not isinstance(value, Index):
            break
        state = value.state
        if isinstance(state, dict):
            value = state.get("data", state.get("_ndarray"))
        else:
            parts = state if isinstance(state, tuple | list) else ()
            value = next((one for one in parts if isinstance(one, Shell) and not _is_type(one)), None)
    if value is None or isinstance(value, Index):
        raise ValueError("names that are nowhere")
    return np.asarray(of(value))


def _is_type(value: Any) -> bool:
    return hasattr(value, "made") or isinstance(value, _Type)


class _Type(Shell):
    """A type of pandas' own."""

    begins_empty = True

    def __init__(self, *_about: Any) -> None:
        """Whatever it is called with says nothing that is needed."""


def _places(places: Any, of: Plain) -> Sequence[int]:
    """Which columns a block's rows are: a slice or numbers."""
    if isinstance(places, tuple) and places[:1] == ("slice",):
        start, stop, step = (int(end) for end in places[1:])
        return range(start, stop, step)
    return [int(one) for one in np.ravel(of(places))]


_MODULES = ("pandas", "pandas.core.frame", "pandas.core.internals", "pandas.core.internals.managers")
_INDEXES = ("pandas", "pandas.core.indexes.base", "pandas.core.indexes.range", "pandas.core.indexes.numeric")
FRAME_NAMES: dict[str, Any] = {
    **{f"{module}.DataFrame": Frame for module in _MODULES},
    **{f"{module}.BlockManager": Manager for module in _MODULES},
    **{f"{module}.{kind}Index": Index for module in _INDEXES for kind in ("", "Range", "Int64")},
    "pandas.core.indexes.base._new_Index": _new_index,
    "pandas._libs.internals._unpickle_block": _block,
    "pandas._libs.arrays.__pyx_unpickle_NDArrayBacked": _backed,
    "pandas.StringDtype": _Type,
    "pandas.core.arrays.string_.StringDtype": _Type,
    "pandas.arrays.StringArray": Index,
    "pandas.core.arrays.string_.StringArray": Index,
    "__builtin__.slice": _slice,
    "builtins.slice": _slice,
}
"""What a pickle of a table may name."""


MOST_BYTES = 1 << 30
"""A larger pickle is not read, nor one whose values would become larger than that and the pickle together."""
_PORTION = 1 << 22


def read_pickle(
    stream: IO[bytes],
    *,
    where: str | Path,
    storages: Callable[[str], bytes] | None = None,
    programs: bool = False,
) -> Any:
    """The pickled object with plain arrays in it; strings of Python 2 become str (latin-1).

    Files of joblib and tensors of torch are read, too; `storages` gives the bytes of those tensors whose
    numbers lie outside the pickle. With `programs` parts of TorchScript come as dictionaries. `where` names
    the file in errors. Raises BodyError for a pickle that asks for anything but arrays, tensors, sparse
    matrices, chumpy values, pandas' tables and plain containers (naming what it asks for), for a broken one,
    and for one that would fill the memory.
    """
    try:
        content = _in_memory(stream)
        found = _load(content, Storages(storages), programs=programs)
        if type(found) is int and found == LEGACY_MAGIC:
            content.seek(0)
            found = legacy_value(content, _load)
        return PlainValues(4 * content.getbuffer().nbytes + MOST_BYTES).of(found)
    except RefusedNameError as refused:
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


def _in_memory(stream: IO[bytes]) -> io.BytesIO:
    """All of a stream: how much a pickle can make a machine read is bounded by what there is."""
    content = io.BytesIO()
    while portion := stream.read(_PORTION):
        content.write(portion)
        if content.tell() > MOST_BYTES:
            raise ValueError(f"it is larger than {MOST_BYTES >> 30} GB")
    content.seek(0)
    return content


def _load(content: io.BytesIO, storages: Storages, *, programs: bool = False) -> Any:
    """One pickle from where the content stands, as the machine leaves it."""
    return _ArrayMachine(content, storages, programs).load()


def _first(value: Any, *_about: Any) -> Any:
    """What TorchScript calls to say of which type a list is."""
    return value


def _storage_from_bytes(data: object) -> Any:
    """What torch does where a tensor lies in a plain pickle: its storage is saved within it."""
    if not isinstance(data, bytes):
        raise ValueError("a storage that is no bytes")
    return legacy_value(io.BytesIO(data), _load)


_OF_SCRIPTS = ("restore_type_tag", *(f"build_{kind}list" for kind in ("int", "double", "bool", "tensor")))
_CALLED = {**ALLOWED, **TENSOR_NAMES, **FRAME_NAMES, "torch.storage._load_from_bytes": _storage_from_bytes}
_CALLED |= {f"torch.jit._pickle.{name}": _first for name in _OF_SCRIPTS}
"""Everything that a pickle may call, by its dotted name."""
_JOBLIB_ARRAY = (
    "joblib.numpy_pickle.NumpyArrayWrapper",
    "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper",
)

_Machine: Any = pickle._Unpickler
"""The machine in Python: the one in C takes as much memory as a pickle says, and does what it names."""


class _ArrayMachine(_Machine):
    """Hands out the allowed names and shells, refuses every other name, and every other use of them."""

    def __init__(self, content: io.BytesIO, storages: Storages, programs: bool = False) -> None:
        super().__init__(content, encoding="latin1")
        self._content, self._storages, self._programs = content, storages, programs

    def find_class(self, module: str, name: str) -> Any:
        package = module.partition(".")[0]
        if package == "chumpy":
            return Chumpy
        if package == "scipy" and name[:3] in SPARSE and name[3:] in ("_matrix", "_array"):
            return SPARSE[name[:3]]
        if package == "__torch__" and self._programs:
            return ScriptPart
        dotted = f"{module}.{name}"
        if package == "torch" and name.endswith("Storage"):
            return StorageKind(name)
        if dotted in _JOBLIB_ARRAY:
            return JoblibArray
        if dotted not in _CALLED:
            raise RefusedNameError(dotted)
        return _CALLED[dotted]

    def persistent_load(self, pid: Any) -> Any:
        return self._storages.named(pid)

    def load_reduce(self) -> None:
        arguments, called = self.stack.pop(), self.stack.pop()
        if not any(called is one for one in _CALLED.values()) or called is object:
            raise ValueError("a call of what cannot be called")
        try:
            self.append(called(*arguments))
        except TypeError as error:
            raise ValueError("a call with values that it does not take") from error

    def load_newobj(self) -> None:
        arguments, kind = self.stack.pop(), self.stack.pop()
        self._instantiate(kind, arguments)

    def load_build(self) -> None:
        state = self.stack.pop()
        if not isinstance(self.stack[-1], Shell):
            raise ValueError("a state for what has none")
        self.stack[-1].state = state
        if isinstance(self.stack[-1], JoblibArray):
            self.stack[-1].read(self._content, lambda: _load(self._content, self._storages))

    def load_bytearray8(self) -> None:
        self.load_binbytes8()

    def load_dict(self) -> None:
        items = self.pop_mark()
        self.append(dictionary(zip(items[::2], items[1::2], strict=True)))

    def load_setitem(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._named_values().update(dictionary([(key, value)]))

    def load_setitems(self) -> None:
        items = self.pop_mark()
        self._named_values().update(dictionary(zip(items[::2], items[1::2], strict=True)))

    def load_empty_set(self) -> None:
        self.append([])

    def load_additems(self) -> None:
        self.load_appends()

    def load_frozenset(self) -> None:
        self.append(self.pop_mark())

    def _named_values(self) -> dict[Any, Any]:
        if not isinstance(self.stack[-1], dict):
            raise ValueError("named values for what has no names")
        return self.stack[-1]

    def _instantiate(self, kind: Any, arguments: Any) -> None:
        if arguments:
            raise ValueError("an object that begins with values")
        self.append(empty_object(kind))

    dispatch: ClassVar[dict[int, Any]] = dict(_Machine.dispatch)
    for _code, _load in (
        (pickle.REDUCE, load_reduce),
        (pickle.NEWOBJ, load_newobj),
        (pickle.BUILD, load_build),
        (pickle.BYTEARRAY8, load_bytearray8),
        (pickle.DICT, load_dict),
        (pickle.SETITEM, load_setitem),
        (pickle.SETITEMS, load_setitems),
        (pickle.EMPTY_SET, load_empty_set),
        (pickle.ADDITEMS, load_additems),
        (pickle.FROZENSET, load_frozenset),
    ):
        dispatch[_code[0]] = _load
    del dispatch[pickle.NEWOBJ_EX[0]]
