"""Arrays and words in a folder, looked at without being read: only what is asked for comes into memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

_BY_SIZE = ((1 << 7, np.int8), (1 << 15, np.int16), (1 << 31, np.int32))


class MappedWords(Sequence[str]):
    """N words in one text: word i is bytes starts[i] to starts[i + 1], `starts` (N + 1,)."""

    def __init__(self, starts: NDArray[np.integer], text: NDArray[np.uint8]) -> None:
        if len(starts) == 0 or int(starts[-1]) != len(text):
            raise ValueError("the text does not fit its words")
        self._starts, self._text = starts, text

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __iter__(self) -> Iterator[str]:
        return (self[row] for row in range(len(self)))

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[row] for row in range(*index.indices(len(self)))]
        row = index + len(self) if index < 0 else index
        if not 0 <= row < len(self):
            raise IndexError(f"there are {len(self)} words, no number {index}")
        text = self._text[int(self._starts[row]) : int(self._starts[row + 1])]
        return text.tobytes().decode("utf-8", "surrogatepass")


class MappedFaults(Mapping[int, Sequence[str]]):
    """What is wrong with some rows: `rows` (F,) rising, with a sentence each."""

    def __init__(self, rows: NDArray[np.integer], sentences: Sequence[str]) -> None:
        self._rows, self._sentences = rows, sentences

    def __getitem__(self, row: int) -> Sequence[str]:
        first, last = np.searchsorted(self._rows, [row, row + 1]).tolist()
        if first == last:
            raise KeyError(row)
        return self._sentences[first:last]

    def __iter__(self) -> Iterator[int]:
        rows: list[int] = np.unique(self._rows).tolist()
        return iter(rows)

    def __len__(self) -> int:
        return len(np.unique(self._rows))


@dataclass(frozen=True)
class Shelf:
    """Named arrays and words in `folder`."""

    folder: Path

    def put(self, name: str, array: NDArray[Any]) -> None:
        """Write an array."""
        np.save(self.folder / f"{name}.npy", np.ascontiguousarray(array))

    def put_order(self, name: str, numbers: Sequence[int] | NDArray[np.integer]) -> None:
        """Write whole numbers (N,) in the narrowest type that holds them."""
        array = np.asarray(numbers, dtype=np.int64)
        largest = int(np.abs(array).max(initial=0))
        kind = next((kind for limit, kind in _BY_SIZE if largest < limit), np.int64)
        self.put(name, array.astype(kind))

    def get(self, name: str) -> NDArray[Any]:
        """An array, to be read where it is looked at."""
        file = self.folder / f"{name}.npy"
        try:
            return np.load(file, mmap_mode="r").view(np.ndarray)
        except ValueError:  # an empty array cannot be mapped; a broken one fails again
            array: NDArray[Any] = np.load(file)
            return array

    def put_words(self, name: str, words: Sequence[str]) -> None:
        """Write words."""
        encoded = [word.encode("utf-8", "surrogatepass") for word in words]
        self.put_order(f"{name}.starts", np.cumsum([0, *map(len, encoded)]))
        self.put(f"{name}.text", np.frombuffer(b"".join(encoded), dtype=np.uint8))

    def get_words(self, name: str) -> MappedWords:
        """Words, to be read where they are looked at."""
        return MappedWords(self.get(f"{name}.starts"), self.get(f"{name}.text"))

    def put_faults(self, name: str, faults: Mapping[int, Sequence[str]]) -> None:
        """Write what is wrong with which rows."""
        pairs = [(row, sentence) for row in sorted(faults) for sentence in faults[row]]
        self.put_order(f"{name}.rows", [row for row, _ in pairs])
        self.put_words(name, [sentence for _, sentence in pairs])

    def get_faults(self, name: str) -> Mapping[int, Sequence[str]]:
        """What is wrong with which rows."""
        rows = self.get(f"{name}.rows")
        return MappedFaults(rows, self.get_words(name)) if len(rows) else {}
