"""Which platform plugin Qt starts with; for `sefd-viewer doctor`, in a process of its own."""

from __future__ import annotations

import PySide6
from PySide6.QtGui import QGuiApplication


def describe_platform() -> str:
    """Start Qt and say how it draws, for example `xcb, 1920x1080 at 60 Hz, PySide6 6.12.0`."""
    application = QGuiApplication([])
    screens = [
        f"{screen.size().width()}x{screen.size().height()} at {screen.refreshRate():.0f} Hz"
        for screen in application.screens()
    ]
    return ", ".join([application.platformName(), *screens, f"PySide6 {PySide6.__version__}"])
