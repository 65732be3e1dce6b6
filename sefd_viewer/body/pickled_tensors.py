"""Tensors in pickles and in torch's archives, made arrays by hand: torch is not imported, nothing runs."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.pickled_values import MadeShell, Shell

_BFLOAT16 = "BFloat16"
_KINDS = {
    "Float": "<f4",
    "Double": "<f8",
    "Half": "<f2",
    _BFLOAT16: "<u2",
    "Long": "<i8",
    "Int": "<i4",
    "Short": "<i2",
    "Char": "i1",
    "Byte": "u1",
    "Untyped": "u1",
    "Bool": "?",
    "ComplexFloat": "<c8",
    "ComplexDouble": "<c16",
}
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
"""The number with which files of torch before 1.6 begin, and the pickled storages of later ones."""


class StorageKind(Shell):
    """The type of a storage's numbers, by torch's name for it."""

    def __init__(self, name: str) -> None:
        self.name = name.removesuffix("Storage")
        if self.name not in _KINDS:
            raise ValueError(f"a storage of {name}")
        self.dtype = np.dtype(_KINDS[self.name])


class Storage(Shell):
    """The bytes of numbers in a row that tensors look at; they may come after the tensors."""

    def __init__(self, kind: StorageKind, count: int) -> None:
        self.kind, self.count = kind, count
        self.data = b""

    def numbers(self) -> NDArray[Any]:
        """All numbers; ValueError when the bytes are too few."""
        if len(self.data) < self.count * self.kind.dtype.itemsize:
            raise ValueError(f"a storage of {self.count} numbers in {len(self.data)} bytes")
        return np.frombuffer(self.data, self.kind.dtype, self.count)


class Tensor(MadeShell):
    """A view of a storage."""

    def __init__(self, storage: Storage, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> None:
        self._storage, self._offset, self._size, self._stride = storage, offset, size, stride

    def array(self, take: Callable[[int], None]) -> NDArray[Any]:
        """The numbers in the tensor's shape; ValueError for one that looks beyond its storage."""
        numbers, size, stride = self._storage.numbers(), tuple(self._size), tuple(self._stride)
        steps = (*size, *stride, self._offset)
        if len(size) != len(stride) or not all(type(one) is int and 0 <= one < 1 << 48 for one in steps):
            raise ValueError("a tensor with a shape that cannot be")
        take(math.prod(size) * max(numbers.itemsize, 4))
        last = self._offset + sum((axis - 1) * step for axis, step in zip(size, stride, strict=True))
        if math.prod(size) and last >= len(numbers):
            raise ValueError(f"a tensor of shape {size} in {len(numbers)} numbers")
        if not math.prod(size):
            return np.zeros(size, numbers.dtype)
        places = [step * numbers.itemsize for step in stride]
        view = np.lib.stride_tricks.as_strided(numbers[self._offset :], size, places, writeable=False)
        values = np.array(view)
        if self._storage.kind.name != _BFLOAT16:
            return values
        return (values.astype(np.uint32) << 16).view(np.float32)


def _tensor(storage: object, offset: int, size: Any, stride: Any, *_rest: object) -> Tensor:
    if not isinstance(storage, Storage):
        raise ValueError("a tensor without a storage")
    return Tensor(storage, offset, tuple(size), tuple(stride))


def _parameter(tensor: object, *_rest: object) -> object:
    return tensor


def _size(numbers: Any = ()) -> list[Any]:
    return list(numbers)


TENSOR_NAMES: dict[str, Any] = {
    "torch._utils._rebuild_tensor_v2": _tensor,
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_parameter": _parameter,
    "torch.Size": _size,
}
"""What a pickle with tensors may call, by its dotted name."""


class Storages:
    """The storages that a pickle's persistent ids name: `bytes_of` gives them, or they come afterwards."""

    def __init__(self, bytes_of: Callable[[str], bytes] | None = None) -> None:
        self._bytes_of = bytes_of
        self._known: dict[str, Storage] = {}

    def named(self, pid: object) -> Storage:
        """The storage of a persistent id `("storage", kind, key, device, count, ...)`."""
        if not isinstance(pid, tuple | list) or len(pid) < 5 or pid[0] != "storage":
            raise ValueError("a reference to something outside the pickle")
        kind, key, count = pid[1], str(pid[2]), pid[4]
        if not isinstance(kind, StorageKind) or type(count) is not int or not 0 <= count < 1 << 40:
            raise ValueError("a storage without a type or a size")
        if key not in self._known:
            self._known[key] = Storage(kind, count)
            if self._bytes_of is not None:
                self._known[key].data = self._bytes_of(key)
        return self._known[key]

    def fill(self, stream: IO[bytes], keys: object) -> None:
        """Read the storages that follow a pickle, in the order of `keys`: a count, then the numbers."""
        for key in keys if isinstance(keys, list) else ():
            storage = self._known[str(key)]
            count = int.from_bytes(stream.read(8), "little")
            if count != storage.count:
                raise ValueError("a storage of another size than was said")
            storage.data = stream.read(count * storage.kind.dtype.itemsize)


def legacy_value(stream: io.BytesIO, load: Callable[[io.BytesIO, Storages], Any]) -> Any:
    """What torch saved before it wrote archives: four pickles, and the storages behind them.

    `load` reads one pickle from where the stream stands. Raises ValueError for something else.
    """
    storages = Storages()
    if load(stream, storages) != LEGACY_MAGIC:
        raise ValueError("these are not tensors")
    load(stream, storages)  # the version of the protocol
    load(stream, storages)  # the machine it was written on
    value = load(stream, storages)
    storages.fill(stream, load(stream, storages))
    return value
