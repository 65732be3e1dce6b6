"""Reading pickles of arrays, tensors, sparse matrices and chumpy values without running what they say.

A pickle is a program for a machine that calls what it names. Here it may name stand-ins alone, which note
what they were given; arrays are made of that afterwards, if shapes and types agree with the bytes there are.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, ClassVar

from sefd_viewer.body.pickled_frames import FRAME_NAMES
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
    dictionary,
    empty_object,
)
from sefd_viewer.errors import BodyError

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
