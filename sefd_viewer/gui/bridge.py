"""From other threads to Qt's: calls that run where the widgets live, and a timer for the controller."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

TURN_MS = 1
"""A timer of no time at all would wait as long as hands keep the window busy."""


class Bridge(QObject):
    """`post` may be called from any thread; the call runs in the thread that made the bridge."""

    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._closed = False
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def post(self, call: Callable[[], None]) -> None:
        """Run `call` soon in the bridge's thread."""
        if not self._closed:
            self._posted.emit(call)

    def later(self, call: Callable[[], None]) -> None:
        """Run `call` after all that waits in the bridge's thread, hands and painting: asked from there."""
        QTimer.singleShot(TURN_MS, self, lambda: self._run(call))

    def close(self) -> None:
        """Drop all calls from now on."""
        self._closed = True

    def _run(self, call: Callable[[], None]) -> None:
        if not self._closed:
            call()


class RestTimer(QObject):
    """Calls one action after a rest; starting again begins the rest anew."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._action: Callable[[], None] | None = None
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._run)

    def start(self, milliseconds: int, action: Callable[[], None]) -> None:
        """Call `action` after `milliseconds` without another start."""
        self._action = action
        self._timer.start(milliseconds)

    def stop(self) -> None:
        """Forget the action."""
        self._timer.stop()
        self._action = None

    def _run(self) -> None:
        action, self._action = self._action, None
        if action is not None:
            action()
