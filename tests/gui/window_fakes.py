"""A whole window over made-up records and networks that answer at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytestqt.qtbot import QtBot

from sefd_viewer.app.settings import Settings
from sefd_viewer.gui.session import WindowSession
from tests.app.session_fakes import FakeClient

PATIENCE_MS = 120_000


class OpenWindow:
    """A shown window on some records; `wait` returns when nothing is on its way."""

    def __init__(self, qtbot: QtBot, settings: Settings, inputs: Sequence[str] | None = ()) -> None:
        self._qtbot = qtbot
        self.session = WindowSession(settings, client=self._make_client)
        self.window = self.session.window
        self.controller = self.session.controller
        self.window.show()
        self.session.begin(inputs)

    @property
    def state(self) -> Any:
        """The state in view."""
        return self.controller.state

    def wait(self) -> None:
        """Wait until everything that was asked for is there."""
        self._qtbot.waitUntil(lambda: not self.session.busy, timeout=PATIENCE_MS)

    def run(self, id: str) -> None:
        """Run a command through its action, as a menu or a key does."""
        self.window.actions_table.catch_up()
        self.window.actions_table.actions[id].trigger()
        self.wait()

    def close(self) -> None:
        """End the window and everything behind it."""
        self.window.close()
        self.session.close()
        self.window.deleteLater()

    def _make_client(self, listen: Any) -> FakeClient:
        self.client = FakeClient(listen)
        return self.client
