"""The start page over the window: when it is shown, what its buttons do, and what is noted of opened sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QRect

from sefd_viewer.app.recent import RecentSet, RecentSets, contents_of, looked_for, state_of
from sefd_viewer.app.settings import SAMPLE
from sefd_viewer.app.start import JOBS, first_view, open_job, start_view
from sefd_viewer.gui.start_page import StartPage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.settings import Settings
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.gui.screen_fit import Aside, ShellWindow


class Start(QObject):
    """Shows the page while nothing is open, or where it was asked for; notes what is opened.

    `greet` shows it before the program is loaded; all else is there from `follow` on.
    """

    _controller: Controller
    _aside: Aside

    def __init__(self, window: ShellWindow) -> None:
        super().__init__(window)
        self._window, self.sets = window, RecentSets()
        self._page: StartPage | None = None
        self._there: dict[str, bool] = {}
        self._noted = self._left_at = 0
        self._waiting = 0

    @property
    def busy(self) -> bool:
        """Whether something about recent sets is still to come."""
        return self._waiting > 0

    @property
    def page(self) -> StartPage:
        """The page, made when it is first shown."""
        if self._page is None:
            self._page = StartPage(self._window)
            self._page.hide()
            self._connect(self._page)
            for part in (self._window, self._window.header, self._window.status):
                part.installEventFilter(self)
        return self._page

    def greet(self, settings: Settings) -> None:
        """Show the page as it will be."""
        self._place()
        self.page.apply(first_view(settings, self.sets.all(settings.recent)))
        self.page.open()

    def follow(self, controller: Controller, aside: Aside) -> None:
        """Do from now on what the page is asked for."""
        self._controller, self._aside = controller, aside

    @property
    def is_shown(self) -> bool:
        """Whether the page lies over the window."""
        return self._page is not None and self._page.isVisibleTo(self._window)

    def show(self) -> None:
        """Lay the page over the window."""
        self._left_at = self._controller.content.opened
        self._place()
        self._look()
        self.page.apply(self._view())
        self.page.open()

    def leave(self) -> None:
        """Take the page away where something is open behind it."""
        if self.is_shown and self._controller.content.dataset is not None:
            self.page.hide()
            self._window.setFocus()

    def toggle(self) -> None:
        """Show the page, or leave it."""
        self.leave() if self.is_shown else self.show()

    def apply(self) -> None:
        """Follow what is open: leave with another set, come where nothing could be opened."""
        content = self._controller.content
        self._note()
        if self.is_shown and content.opened != self._left_at:
            self.leave()
        elif self.is_shown:
            self.page.apply(self._view())
        elif content.dataset is None and content.problem is not None:
            self.show()

    def set_over(self, over: bool) -> None:
        """Files are held over the window, or no longer."""
        if self.is_shown:
            self.page.drop.set_over(over)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover all between header and status line."""
        if event.type() == QEvent.Type.Resize and self._page is not None:
            self._place()
        return super().eventFilter(watched, event)

    # ---- inside

    def _view(self) -> Any:
        recent = self.sets.all(self._controller.settings.recent, self._there)
        return start_view(self._controller, recent)

    def _place(self) -> None:
        window = self._window
        top, bottom = window.header.height(), window.height() - window.status.height()
        self.page.setGeometry(QRect(0, top, window.width(), max(bottom - top, 0)))

    def _connect(self, page: StartPage) -> None:
        jobs = {job.id: job for job in JOBS}
        page.command.connect(lambda id: self._window.actions_table.run(id))
        page.stopped.connect(lambda: self._window.actions_table.run("stop"))
        page.job_chosen.connect(lambda id: open_job(self._controller, jobs[id]))
        page.folder_chosen.connect(lambda path: self._controller.open([path]))
        page.recent_chosen.connect(self._open_recent)
        page.recent_forgotten.connect(self._forget)
        page.left.connect(self.leave)

    def _open_recent(self, path: str) -> None:
        if self._there.get(path) is not False:
            self._controller.open([] if path == SAMPLE else [path])
            return
        found = self._window.shell.ask_moved(path)
        if found is not None:
            self._forget(path)
            self._controller.open([found])

    def _forget(self, path: str) -> None:
        """Forget one recent set, or all."""
        recent = self._controller.settings.recent
        for one in recent if path == "" else (path,):
            self.sets.forget(one)
        self._controller.change_settings(recent=tuple(p for p in recent if path not in ("", p)))
        self.apply()

    def _look(self) -> None:
        """Look which recent sets are there, aside: a folder on a network may take its time."""

        def show(found: dict[str, bool]) -> None:
            self._there = found
            self.apply()

        self._do(partial(looked_for, self._controller.settings.recent), show)

    def _note(self) -> None:
        """Remember what was opened, once its first photo is there."""
        content = self._controller.content
        if content.dataset is None or content.scene is None or self._noted == content.opened:
            return
        self._noted = content.opened
        path = self._controller.inputs[0] if self._controller.inputs else SAMPLE
        state = state_of(self._controller.state, content)
        job = partial(_facts, self.sets, path, content.dataset, content.scene.image, state)
        self._do(job, lambda facts: self.sets.note(facts))

    def note_state(self) -> None:
        """Remember how far one came with the set in view."""
        content = self._controller.content
        if content.dataset is not None and self._noted == content.opened:
            path = self._controller.inputs[0] if self._controller.inputs else SAMPLE
            known = self.sets.all([path])[0]
            self.sets.note(replace(known, state=state_of(self._controller.state, content)))

    def _do(self, job: Callable[[], Any], then: Callable[[Any], None]) -> None:
        self._waiting += 1

        def done(result: Any) -> None:
            self._waiting -= 1
            then(result)

        self._aside(job, done)


def _facts(sets: RecentSets, path: str, dataset: Dataset, image: NDArray[np.uint8], state: str) -> RecentSet:
    from sefd_viewer.app.photo_titles import dataset_title

    return RecentSet(path, dataset_title(dataset), contents_of(dataset), state, sets.picture_of(path, image))
