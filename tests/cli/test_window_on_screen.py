"""The program as a person starts it, on a real X screen (a virtual one will do)."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sefd_viewer.cli.display import require_display

PROGRAM = """
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication
from sefd_viewer.cli.main import main
from sefd_viewer.gui import session

begin = session.WindowSession.begin

def begin_and_tell(self, *inputs, **options):
    begin(self, *inputs, **options)
    print(QApplication.platformName(), self.window.isVisible(), self.window.windowHandle().isExposed())
    QCoreApplication.exit(0)

session.WindowSession.begin = begin_and_tell
main([])
"""


@pytest.mark.display
def test_the_window_opens_on_a_screen() -> None:
    environment = os.environ | {"QT_QPA_PLATFORM": "xcb"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, "xcb True True\n"), done.stderr


@pytest.mark.display
def test_the_doctor_sees_the_screen() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
    command = [sys.executable, "-m", "sefd_viewer.cli.probes", "qt"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("xcb, 1600x1000")
    require_display(environment)
