"""Exceptions that C code makes inside an override of a Qt virtual must not end the process."""

import math
import subprocess
import sys

from PySide6.QtCore import QObject

from sefd_viewer.gui.safe_overrides import SafeOverrides

SCRIPT = """
import sys
from PySide6 import QtWidgets
from sefd_viewer.gui.safe_overrides import SafeOverrides

class Broken(SafeOverrides, QtWidgets.QWidget):
    def resizeEvent(self, event):
        1 / 0

app = QtWidgets.QApplication(["test", "-platform", "offscreen"])
try:
    Broken().show()
except ZeroDivisionError:
    pass
print("alive")
"""


def test_a_division_by_zero_in_resize_event_leaves_the_process_alive():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "alive" in done.stdout


def test_only_overrides_are_wrapped_and_they_keep_their_names():
    class Model(SafeOverrides, QObject):
        def timerEvent(self, event):  # noqa: N802
            return math.sqrt(event)

        def ordinary(self):
            return 1

    assert Model.timerEvent.__name__ == "timerEvent"
    assert hasattr(Model.timerEvent, "__wrapped__")
    assert not hasattr(Model.ordinary, "__wrapped__")
