"""Starting the program: the window is painted, then what belongs in it is loaded, and both end together."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QCoreApplication,
    QEventLoop,
    QMessageLogContext,
    QSize,
    Qt,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from sefd_viewer.app.settings import Settings, Theme, load_settings, save_settings, settings_path
from sefd_viewer.errors import SefdError
from sefd_viewer.gui.main_window import NAME, MainWindow
from sefd_viewer.gui.screen_fit import FIRST, first_size, fit_to_screen
from sefd_viewer.gui.theme import apply_theme
from sefd_viewer.resources import resource_path

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.opening import Begin
    from sefd_viewer.gui.session import WindowSession


def run(
    inputs: Sequence[str | Path],
    *,
    screenshot: Path | None = None,
    device: str = "auto",
    theme: Theme | None = None,
    size: tuple[int, int] | None = None,
    view: str | None = None,
) -> int:
    """Open the window on `inputs` (none: the start page) and return the exit status.

    With `screenshot` no screen is needed: the window waits for all results, saves what it shows as PNG and
    closes; 1 when that failed or took too long. `theme` is remembered; `size` (width, height) is not.
    `view` is what "Copy as command" copies, as JSON. Raises SefdError for another `view`.
    """
    if screenshot is not None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    gc.disable()  # all that is loaded stays; the session looks for rubbish itself
    application = make_application()
    path = settings_path()
    settings, words = load_settings(path)
    settings = replace(settings, theme=theme or settings.theme)
    apply_theme(application, settings.theme, text_percent=settings.text)
    chosen, begin = _view(view)
    window = MainWindow()
    if screenshot is None:
        window.resize(first_size(window.screen().availableGeometry().size()))
        window.restore(settings)
        fit_to_screen(window)
        window.painted.connect(lambda: fit_to_screen(window))  # its frame is known now
    if size is not None or screenshot is not None:
        window.resize(QSize(*size) if size is not None else FIRST)
    if not inputs:
        window.greet(settings)
    if not show_first(window):
        return 0
    session = _session(window, settings, device)
    if words:
        session.controller.say(words)
    if screenshot is None:
        window.closed.connect(lambda: _save(path, session.controller.settings))
    session.controller.change_settings(**chosen)
    apply_theme(application, session.controller.settings.theme, text_percent=session.controller.settings.text)
    QTimer.singleShot(0, lambda: session.begin([str(path) for path in inputs] or None, begin))
    if screenshot is not None:
        from sefd_viewer.gui.session import take_screenshot

        take_screenshot(session, screenshot, [str(path) for path in inputs])
    return _loop(application, session)


def make_application() -> QApplication:
    """The one QApplication, with Ctrl+C in the terminal working."""
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_DontCreateNativeWidgetSiblings)
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(["sefd-viewer"])
    if application.platformName() == "offscreen":
        qInstallMessageHandler(_print_message)
    application.setApplicationName(NAME)
    application.setDesktopFileName("sefd-viewer")
    application.setWindowIcon(QIcon(str(resource_path("icon.svg"))))
    return application


def _view(words: str | None) -> tuple[dict[str, Any], Begin]:
    """The settings of a copied view, and what makes its state."""
    if words is None:
        return {}, lambda state: state
    from sefd_viewer.app.sessions import begin_view

    return begin_view(words)


def show_first(window: MainWindow) -> bool:
    """Show the window and wait until it has painted; False where it was closed before.

    What hands do meanwhile waits for those who can answer.
    """
    loop = QEventLoop()
    window.painted.connect(loop.quit)
    window.closed.connect(loop.quit)
    window.show()
    loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    return window.isVisible()


def _session(window: MainWindow, settings: Settings, device: str) -> WindowSession:
    """Load the program behind the window."""
    from sefd_viewer.gui.session import WindowSession, answers_folder, scan_workers
    from sefd_viewer.gui.settled_memory import SettledMemory

    SettledMemory(window)
    return WindowSession(
        settings,
        device=device if device != "auto" else settings.device,
        scan_workers=scan_workers(),
        answers=answers_folder(),
        window=window,
    )


def _loop(application: QApplication, session: WindowSession) -> int:
    signal.signal(signal.SIGINT, lambda *_: application.quit())
    alive = QTimer(interval=400)  # lets Python see the signal
    alive.timeout.connect(lambda: None)
    alive.start()
    sys.excepthook = _fault_reporter(session.controller)
    try:
        return application.exec()
    finally:
        sys.excepthook = sys.__excepthook__
        alive.stop()
        session.close()


def _fault_reporter(controller: Controller) -> Callable[..., None]:
    """Faults of the program itself: the traceback on the terminal, a sentence in the status line."""

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)
        controller.say(f"The program made a mistake ({kind.__name__}: {error}); the terminal says more")

    return report


def _print_message(_kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    """Qt's messages, without the one that its offscreen platform repeats for every window size."""
    if "propagateSizeHints" not in text:
        print(text, file=sys.stderr)


def _save(path: Path, settings: Settings) -> None:
    try:
        save_settings(path, settings)
    except (OSError, SefdError) as error:
        print(f"sefd-viewer: the settings cannot be written: {error}", file=sys.stderr)
