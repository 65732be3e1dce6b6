"""What is seen as plain values: only what differs from the beginning, so that it is short, read and compared.

Frozen dataclasses are read by example: the value at the beginning says what each field is, so that a file can
never make anything but choices that the program knows.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, Literal, cast, get_args, get_origin

from sefd_viewer.app.feature import features, made_of, workspaces
from sefd_viewer.app.settings import Preferences
from sefd_viewer.app.slices import Slice
from sefd_viewer.app.state import ViewerState

_ELSEWHERE = ("preferences", "slices", "bare", "depth_orders")
"""Fields of the state that are kept by themselves, have their own place in a view, or last for a moment."""
KEPT = tuple(one.name for one in fields(ViewerState) if one.name not in _ELSEWHERE)
LOOKS = ("theme", "text", "weights", "bodies", "found_poses")
"""Preferences that change what is seen."""


def view_of(state: ViewerState) -> dict[str, Any]:
    """The view as plain values, for JSON."""
    begin = ViewerState()
    view = {name: _plain(getattr(state, name), getattr(begin, name)) for name in KEPT}
    slices = seen_of(state, kept_slices())
    looks = {name: _plain(getattr(state.preferences, name), getattr(Preferences(), name)) for name in LOOKS}
    view["slices"], view["preferences"] = slices, _some(looks)
    return _some(view)


def seen_of(state: ViewerState, slices: Sequence[Slice[Any]]) -> dict[str, Any]:
    """Parts of a view as plain values, by their ids, where they differ from the beginning."""
    return _some({one.id: _plain(one.of(state), one.initial) for one in slices})


def with_seen(state: ViewerState, said: Any, slices: Sequence[Slice[Any]]) -> ViewerState:
    """The state with parts of a view as plain values say, by their ids; what they do not say begins.

    What lasts for a moment is as it is now: how large panes are, say.
    """
    for one in slices:
        now, plain = one.of(state), said.get(one.id) if isinstance(said, Mapping) else None
        value = _restored(plain, _begun(one.initial, now))
        if is_dataclass(value) and not isinstance(value, type) and (names := _fleeting(value)):
            value = replace(value, **{name: getattr(now, name) for name in names})
        if value != one.of(state):
            state = one.put(state, value)
    return state


def with_view(state: ViewerState, view: Mapping[str, Any]) -> ViewerState:
    """The state of a set that was just opened, seen as the plain values say; what they do not say begins.

    What is unknown or of another kind is left as it begins.
    """
    begin = ViewerState()
    wanted = {}
    for name in KEPT:
        wanted[name] = _restored(view.get(name), _begun(getattr(begin, name), getattr(state, name)))
    wanted["poses"] = wanted["poses"] or state.poses
    if wanted["workspace"] not in {feature.id for feature in workspaces()}:
        wanted["workspace"] = begin.workspace
    for name, choices in _choices(ViewerState).items():
        if name in wanted and wanted[name] not in choices:
            wanted[name] = getattr(begin, name)
    return with_seen(replace(state, **wanted), view.get("slices"), kept_slices())


def _begun(begin: Any, fresh: Any) -> Any:
    """A value at the beginning, with the run that a set brought with it."""
    return replace(begin, run=fresh.run) if getattr(fresh, "run", None) is not None else begin


def preferences_in(view: Mapping[str, Any]) -> dict[str, Any]:
    """The preferences that a view names."""
    said, begin = view.get("preferences"), Preferences()
    if not isinstance(said, Mapping):
        return {}
    return {name: _restored(said[name], getattr(begin, name)) for name in LOOKS if name in said}


@cache
def kept_slices() -> tuple[Slice[Any], ...]:
    """The parts of features that belong to a view."""
    names = dict.fromkeys(name for feature in features() for name in feature.keeps)
    return tuple(cast("Slice[Any]", made_of(name)) for name in names)


_SAME = object()


def _some(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not _SAME and value != {}}


def _plain(value: Any, begin: Any) -> Any:
    """A value as JSON has it, `_SAME` where it is as at the beginning."""
    if value == begin:
        return _SAME
    if begin is None and hasattr(value, "to_dict"):
        return value.to_dict()
    if is_dataclass(value):
        base = begin if isinstance(begin, type(value)) else None
        return _some(
            {
                one.name: _plain(getattr(value, one.name), getattr(base, one.name, None))
                for one in fields(value)
                if one.name not in _fleeting(value)
            }
        )
    if isinstance(value, Mapping):
        known = begin if isinstance(begin, Mapping) else {}
        return _some(
            {str(key): _plain(one, known.get(key)) for key, one in value.items() if isinstance(key, str)}
        )
    if isinstance(value, frozenset | set):
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        return [_plain(one, _SAME) for one in value]
    return value


def _restored(plain: Any, begin: Any, example: Any = None) -> Any:
    """The value that plain values stand for, of the same kind as `begin`, or as an `example` of its parts."""
    if plain is None:
        return begin
    if begin is None:
        if isinstance(plain, Mapping):
            return None if example is None else _restored_example(plain, example)
        return _tuples(plain)
    if is_dataclass(begin) and not isinstance(begin, type):
        return _restored_fields(plain, begin) if isinstance(plain, Mapping) else begin
    if isinstance(begin, Mapping):
        if not isinstance(plain, Mapping):
            return begin
        some = next(iter(begin.values()), example)
        changed = {str(key): _restored(one, begin.get(key, some)) for key, one in plain.items()}
        return {**begin, **changed}
    if isinstance(begin, frozenset):
        return frozenset(map(str, plain)) if isinstance(plain, list) else begin
    if isinstance(begin, tuple):
        some = begin[0] if begin and is_dataclass(begin[0]) else example
        return tuple(_restored(one, some) for one in plain) if isinstance(plain, list) else begin
    if isinstance(begin, float) and isinstance(plain, int | float) and not isinstance(plain, bool):
        return float(plain)
    return plain if type(plain) is type(begin) else begin


def _restored_example(plain: Mapping[str, Any], example: Any) -> Any:
    """A value of the kind of an example: by its own `from_dict`, where it has one, None if that refuses."""
    if not hasattr(example, "from_dict"):
        return _restored(plain, example)
    try:
        return type(example).from_dict(plain)
    except (ValueError, TypeError, AttributeError):
        return None


def _restored_fields(plain: Mapping[str, Any], begin: Any) -> Any:
    choices, changed = _choices(cast("Hashable", type(begin))), {}
    for one in fields(begin):
        if one.name in plain and one.init and one.name not in _fleeting(begin):
            example = _example(cast("Hashable", type(begin)), one.name)
            value = _restored(plain[one.name], getattr(begin, one.name), example)
            if plain[one.name] is None and type(None) in get_args(kind_of(type(begin), one.name)):
                value = None
            if one.name not in choices or value in choices[one.name]:
                changed[one.name] = value
    try:
        return replace(begin, **changed)
    except (TypeError, ValueError):
        return begin  # numbers that cannot be


def _fleeting(value: Any) -> frozenset[str]:
    """Fields of a dataclass that last for a moment or are kept elsewhere."""
    return getattr(type(value), "fleeting", frozenset())


def _tuples(plain: Any) -> Any:
    return tuple(map(_tuples, plain)) if isinstance(plain, Sequence) and not isinstance(plain, str) else plain


@cache
def _choices(kind: Any) -> dict[str, tuple[Any, ...]]:
    """What may stand in those fields of a dataclass that have a few choices."""
    hints = {one.name: kind_of(kind, one.name) for one in fields(kind)}
    return {name: get_args(hint) for name, hint in hints.items() if get_origin(hint) is Literal}


@cache
def _example(kind: Any, name: str) -> Any:
    """A value such as may stand in a field that is empty at the beginning, None where it is no dataclass."""
    waiting = [kind_of(kind, name)]
    while waiting:
        hint = waiting.pop()
        if is_dataclass(hint) and isinstance(hint, type):
            try:
                return hint()
            except TypeError:
                return None  # it has no beginning
        waiting += get_args(hint)
    return None


def kind_of(kind: Any, name: str) -> Any:
    """How a field of one of our own dataclasses is annotated, None where that cannot be known here."""
    annotation = next(one.type for one in fields(kind) if one.name == name)
    module = sys.modules[kind.__module__]
    try:
        return eval(str(annotation), vars(module), _OnlyForTypes(module))
    except (NameError, TypeError, SyntaxError, AttributeError):
        return None


class _OnlyForTypes(dict[str, Any]):
    """What a module imports `if TYPE_CHECKING`, so that the program starts without it: fetched when named."""

    def __init__(self, module: ModuleType) -> None:
        super().__init__()
        self._sources = _guarded_imports(module)

    def __missing__(self, name: str) -> Any:
        return getattr(import_module(self._sources[name]), name)


@cache
def _guarded_imports(module: ModuleType) -> dict[str, str]:
    """Our own modules by the names that a module imports from them for types alone."""
    try:
        parts = ast.parse(inspect.getsource(module)).body
    except OSError:
        return {}  # it comes without its source
    guards = [one for one in parts if isinstance(one, ast.If) and ast.unparse(one.test) == "TYPE_CHECKING"]
    lines = [line for guard in guards for line in guard.body if isinstance(line, ast.ImportFrom)]
    ours = [line for line in lines if (line.module or "").startswith("sefd_viewer.")]
    return {one.name: str(line.module) for line in ours for one in line.names}
