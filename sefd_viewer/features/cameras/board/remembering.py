"""Answers about a state and its content, kept until either is another one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import local
from typing import TYPE_CHECKING, Generic, TypeVar
from weakref import ref

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState

T = TypeVar("T")


class _Last(Generic[T]):
    """The last question, held weakly, and its answer."""

    def __init__(self) -> None:
        self.state: Callable[[], object] = lambda: None
        self.content: Callable[[], object] = lambda: None
        self.answer: T | None = None


def once(function: Callable[[ViewerState, Content], T]) -> Callable[[ViewerState, Content], T]:
    """Ask `function` once for the same state and content; both are never changed in place."""
    threads = local()  # a thread that works ahead asks about other states

    @wraps(function)
    def ask(state: ViewerState, content: Content) -> T:
        if not hasattr(threads, "last"):
            threads.last = _Last[T]()
        last: _Last[T] = threads.last
        if last.state() is not state or last.content() is not content:
            last.answer = function(state, content)
            last.state, last.content = ref(state), ref(content)
        return last.answer  # type: ignore[return-value]

    return ask
