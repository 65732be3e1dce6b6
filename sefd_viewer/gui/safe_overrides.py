"""Guard Python overrides of Qt's virtual methods, so that an ordinary exception cannot end the process."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_NAMES = """
    event eventFilter viewportEvent paint drawBackground drawForeground boundingRect shape itemChange
    sizeHint minimumSizeHint heightForWidth hasHeightForWidth
    data setData headerData rowCount columnCount flags index parent hasChildren canFetchMore fetchMore sort
    mimeTypes mimeData canDropMimeData dropMimeData supportedDropActions filterAcceptsRow lessThan
    createEditor setEditorData setModelData updateEditorGeometry initStyleOption displayText
    drawRow drawBranches highlightBlock validate fixup run accept reject done
"""
_OVERRIDES = frozenset(_NAMES.split())


def guarded(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function` with every exception caught and raised again from Python code.

    PySide6 6.8 and later on Python 3.10 and 3.11 crash the process when an override that was entered from a
    Python call into Qt lets an exception escape that C code made (`1 / 0`, a wrong argument count, ...):
    such an exception is not normalised yet. Passing it through an `except` clause normalises it.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            raise error

    return call


class SafeOverrides:
    """Mixin that guards a class's overrides of Qt virtuals: `class Panel(SafeOverrides, QWidget)`.

    It must stand before the Qt class. Methods named `...Event` and the well-known virtuals are guarded,
    in the class itself and in its subclasses.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name, value in list(vars(cls).items()):
            if isinstance(value, FunctionType) and (name.endswith("Event") or name in _OVERRIDES):
                setattr(cls, name, guarded(value))
