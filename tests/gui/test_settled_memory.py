"""Libraries are set aside from the garbage collector once they have been loaded."""

from __future__ import annotations

import gc
import sys
from types import ModuleType

import pytest
from PySide6.QtCore import QObject

from sefd_viewer.gui.settled_memory import SettledMemory


def test_what_is_loaded_is_set_aside_once_nothing_more_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(gc, "freeze", lambda: calls.append(len(sys.modules)))
    parent = QObject()
    memory = SettledMemory(parent)
    memory.check()
    assert not calls  # libraries may still be coming
    memory.check()
    memory.check()
    assert len(calls) == 1
    monkeypatch.setitem(sys.modules, "a_library_that_came_late", ModuleType("late"))
    memory.check()
    assert len(calls) == 1
    memory.check()
    assert len(calls) == 2
