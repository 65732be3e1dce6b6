"""How the program starts: what is imported by when, and the picture it can save of itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from sefd_viewer.gui.app import show_first
from sefd_viewer.gui.main_window import MainWindow

FIRST_PAINT = """
import sys
from sefd_viewer.cli.main import main
from sefd_viewer.gui import app

def tell(window):
    late = ("sefd_viewer.features", "sefd_viewer.app.controller", "sefd_viewer.app.commands")
    late = sorted(name for name in sys.modules if name.startswith(late))
    print(show_first(window), window.start.is_shown, late)
    sys.exit(0)

show_first, app.show_first = app.show_first, tell
main([])
"""

AS_IT_STAYS = """
import sys
from sefd_viewer.cli.main import main
from sefd_viewer.gui import app

def look(window):
    page = window.start.page
    return page.grab().toImage(), page.geometry()

def note(window):
    global first
    shown = show_first(window)
    first = look(window)
    from sefd_viewer.gui.session import WindowSession
    begin, WindowSession.begin = WindowSession.begin, lambda *given: (begin(*given), compare(given[0]))
    return shown

def compare(session):
    window = session.window
    image, place = look(window)
    print(image == first[0], place == first[1])
    print(window.start.page.computer.text())
    window.close()

show_first, app.show_first = app.show_first, note
main([])
"""

FURNISHED = """
import sys
from PySide6.QtCore import QTimer
from sefd_viewer.gui.app import make_application
from sefd_viewer.gui.session import WindowSession
from sefd_viewer.gui.theme import apply_theme
from sefd_viewer.app.settings import Settings

application = make_application()
apply_theme(application, "dark")
session = WindowSession(Settings())
painted = []
heavy = {"torch", "numpy", "vtkmodules", "pyvista", "pyqtgraph", "cv2", "numba", "onnxruntime"}
heavy |= {"av", "trimesh", "PIL", "tomlkit"}
session.window.painted.connect(lambda: painted.append(sorted(heavy & sys.modules.keys())))
session.window.painted.connect(lambda: QTimer.singleShot(0, application.quit))
session.window.show()
application.exec()
session.close()
print(painted)
"""

VIEWER = """
import sys
from pathlib import Path
from sefd_viewer.gui.app import run

status = run(sys.argv[2:], screenshot=Path(sys.argv[1]))
print("torch" in sys.modules)
sys.exit(status)
"""

NONE_COUNT = """
import sys
from PySide6.QtCore import QCoreApplication, QTimer

application = QCoreApplication([])
timer = QTimer()
before = sys.getrefcount(None)
for _ in range(1000):
    timer.setInterval(5)
print(before - sys.getrefcount(None) < 500)
"""


def start(script: str, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "SEFD_VIEWER_SETTINGS": str(home / "s.toml")}
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=280, env=environment)


def test_the_window_is_painted_before_the_program_is_loaded(tmp_path: Path):
    done = start(FIRST_PAINT, home=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "True True []"), done.stderr


def test_nothing_heavy_is_imported_by_the_start_page(tmp_path: Path):
    done = start(FURNISHED, home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[[]]"


def test_a_window_that_is_not_furnished_yet_leaves_keys_alone_and_closes(qtbot: QtBot):
    window = MainWindow()
    qtbot.addWidget(window)
    assert show_first(window)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    with qtbot.waitSignal(window.closed):
        window.close()


def test_what_is_painted_first_is_the_start_page_as_it_stays(tmp_path: Path):
    (tmp_path / "s.toml").write_text('recent = ["sample:", "photos"]\nweights.student = "mine.safetensors"')
    done = start(AS_IT_STAYS, home=tmp_path)
    assert done.returncode == 0, done.stderr
    same, words = done.stdout.strip().splitlines()
    assert same == "True True"
    assert "Missing: weights of the student" in words


def test_this_pyside_leaves_none_alone(tmp_path: Path):
    """PySide6 6.12.0 on Python 3.11 loses a reference to None at each call, and crashes in the end."""
    assert start(NONE_COUNT, home=tmp_path).stdout.strip() == "True", (
        "take another version of PySide6-Essentials"
    )


@pytest.mark.slow
def test_a_picture_of_the_real_window_on_a_real_photo(tmp_path: Path):
    from sefd_viewer.resources import resource_path

    photo = sorted(resource_path("sample_photos").glob("*.jpg"))[0]
    file = tmp_path / "window.png"
    done = start(VIEWER, str(file), str(photo), home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "False"
    assert "Traceback" not in done.stderr
    picture = np.asarray(Image.open(file).convert("RGB"))
    assert picture.shape == (900, 1440, 3)
    assert len(np.unique(picture[150:450, 300:700].reshape(-1, 3), axis=0)) > 2000
    assert not (tmp_path / "s.toml").exists()


@pytest.mark.slow
def test_a_missing_file_is_said_in_the_picture_and_on_no_dialog(tmp_path: Path):
    file = tmp_path / "window.png"
    done = start(VIEWER, str(file), str(tmp_path / "none.jpg"), home=tmp_path)
    assert done.returncode == 1
    assert "none.jpg" in done.stderr
    assert "Traceback" not in done.stderr
    assert file.exists()


def test_a_picture_that_cannot_be_written_ends_with_words(tmp_path: Path):
    done = start(VIEWER, str(tmp_path / "none" / "window.png"), str(tmp_path / "none.jpg"), home=tmp_path)
    assert done.returncode == 1
    assert "window.png" in done.stderr
    assert "Traceback" not in done.stderr
