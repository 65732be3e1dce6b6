"""Libraries are set aside from the garbage collector once they have been loaded."""

from __future__ import annotations

import ctypes
import gc
import linecache
import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from PySide6.QtCore import QObject

from sefd_viewer.gui import settled_memory
from sefd_viewer.gui.settled_memory import OwnCollector, SettledMemory


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


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="another allocator")
def test_freed_memory_goes_back_once_it_is_at_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = iter([900, 900, 700, 700, 701, 701, 950, 950, 800])
    given: list[int] = []
    monkeypatch.setattr(settled_memory, "_resident_bytes", lambda: next(sizes) * 1_000_000)
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: SimpleNamespace(malloc_trim=given.append))
    parent = QObject()
    memory = SettledMemory(parent)
    memory.check()
    assert not given  # it may still be growing
    memory.check()
    assert len(given) == 1
    for _ in range(3):
        memory.check()
    assert len(given) == 1  # nothing to gain
    memory.check()
    memory.check()
    assert len(given) == 2


def test_widgets_in_cycles_are_destroyed_in_the_windows_thread_alone() -> None:
    """Python would collect them where it happens to allocate: in a thread that computes."""
    ended: list[str] = []

    class Dying:
        def __init__(self) -> None:
            self.cycle = self

        def __del__(self) -> None:
            ended.append(threading.current_thread().name)

    def compute() -> list[list[int]]:
        return [[number] for number in range(50 * gc.get_threshold()[0])]

    collector = OwnCollector()
    try:
        Dying()
        thread = threading.Thread(target=compute, name="computes")
        thread.start()
        thread.join()
        assert not ended
        for _ in range(3):  # it may have grown old meanwhile
            kept = compute()
            collector.collect()
        assert kept
        assert ended == ["MainThread"]
    finally:
        collector.stop()
    assert gc.isenabled()


def test_sources_of_what_is_imported_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PySide would read each, and Python keep them: 45 MB by the time everything was loaded."""
    module = tmp_path / "a_library_without_qt.py"
    module.write_text("ANSWER = 42\n")
    monkeypatch.syspath_prepend(tmp_path)
    import a_library_without_qt

    assert a_library_without_qt.ANSWER == 42
    assert str(module) not in linecache.cache
