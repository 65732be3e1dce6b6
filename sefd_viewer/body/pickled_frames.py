"""pandas' tables in pickles: stand-ins for its classes, and the columns in them, of any version since 0.25.

A DataFrame keeps its columns in blocks of one type each; a block says which columns its rows are. pandas
itself is not needed, and nothing of it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from sefd_viewer.body.pickled_values import Shell, TableShell

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
