"""The application without a screen needs neither Qt nor torch, and starts without the heavy libraries."""

import subprocess
import sys

SCRIPT = """
import sys
import sefd_viewer.app.controller, sefd_viewer.app.commands, sefd_viewer.app.person_pictures
heavy = {"PySide6", "torch", "numpy", "vtkmodules", "cv2", "numba", "onnxruntime", "PIL"}
heavy |= {"tomlkit", "pyqtgraph", "polars", "concurrent.futures.process"}
print(sorted(heavy & sys.modules.keys()))
"""


def test_importing_the_session_imports_nothing_heavy():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
