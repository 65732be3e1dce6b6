"""VTK's window is chosen for the machine, and a machine without OpenGL gets words instead of a crash."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sefd_viewer.errors import SefdError
from sefd_viewer.scene.opengl import prepare_opengl, require_drawable


@pytest.mark.parametrize(
    ("environment", "platform", "chosen"),
    [
        ({}, "linux", "vtkEGLRenderWindow"),
        ({"DISPLAY": ":0"}, "linux", None),
        ({}, "darwin", None),
        ({"VTK_DEFAULT_OPENGL_WINDOW": "mine"}, "linux", "mine"),
    ],
)
def test_egl_is_chosen_on_linux_without_a_display(
    environment: dict[str, str], platform: str, chosen: str | None
):
    prepare_opengl(environment, platform)
    assert environment.get("VTK_DEFAULT_OPENGL_WINDOW") == chosen


def test_a_fallback_without_its_library_is_refused_with_a_remedy():
    def missing(_name: str) -> object:
        raise OSError

    with pytest.raises(SefdError, match="apt-get install"):
        require_drawable("vtkOSOpenGLRenderWindow", missing)
    require_drawable("vtkEGLRenderWindow", missing)
    require_drawable("vtkOSOpenGLRenderWindow", lambda name: name)


SCRIPT = """
from sefd_viewer.errors import SefdError
from sefd_viewer.scene.world_scene import WorldScene
try:
    WorldScene()
except SefdError as error:
    print("words:", error)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="breaks EGL in Linux's way")
def test_without_a_driver_there_are_words_and_the_process_lives():
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    environment["__EGL_VENDOR_LIBRARY_FILENAMES"] = "/nonexistent"
    environment.pop("VTK_DEFAULT_OPENGL_WINDOW", None)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    if "OSMesa" not in done.stderr + done.stdout and not done.stdout:
        pytest.skip("OSMesa is installed: VTK can draw all the same")
    assert done.stdout.startswith("words: OpenGL: 3D views need OpenGL")
