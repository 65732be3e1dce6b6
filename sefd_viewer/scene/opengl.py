"""An off-screen VTK window on any machine, or words when the machine cannot draw."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING

import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - the window is an empty shell without it
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderWindow


OSMESA_LIBRARIES = ("libOSMesa.so.8", "libOSMesa.so.6", "libOSMesa.so")
REMEDY = "Install the OpenGL libraries; on Debian and Ubuntu: apt-get install libgl1 libegl1 libgl1-mesa-dri"


def offscreen_window() -> vtkRenderWindow:
    """Make a render window without a screen, 8 bits of alpha and no multi-sampling.

    Raises SefdError when no OpenGL library on this machine works. Use the window in this thread only.
    """
    prepare_opengl()
    window = _quietly_made()
    require_drawable(window.GetClassName())
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(0)
    window.SetAlphaBitPlanes(1)
    return window


def prepare_opengl(environment: MutableMapping[str, str] = os.environ, platform: str = sys.platform) -> None:
    """Let VTK use EGL at once where Linux has no X display, unless the person chose a class already."""
    if platform.startswith("linux") and not environment.get("DISPLAY"):
        environment.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")


def require_drawable(class_name: str, load: Callable[[str], object] = ctypes.CDLL) -> None:
    """Raise SefdError when VTK fell back to OSMesa and that is not there: rendering would end the process."""
    if "OSOpenGL" not in class_name:
        return
    for library in OSMESA_LIBRARIES:
        try:
            load(library)
            return
        except OSError:
            continue
    raise SefdError("3D views need OpenGL, and this machine offers none", where="OpenGL", remedy=REMEDY)


def _quietly_made() -> vtkRenderWindow:
    """Make the window with VTK's warnings about the drivers that it tried in vain kept back."""
    import vtkmodules.vtkInteractionStyle
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  without these two a render window is a stub that crashes
    from vtkmodules.vtkCommonCore import vtkLogger
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    before = vtkLogger.GetCurrentVerbosityCutoff()
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)
    try:
        return vtkRenderWindow()
    finally:
        vtkLogger.SetStderrVerbosity(before)


_SIDE = 8


def describe_opengl() -> str:
    """Draw a red picture off screen, look at it, and name VTK's window and OpenGL's driver.

    Raises SefdError when a library is missing, RuntimeError when the picture is not red.
    """
    prepare_opengl()
    renderer = vtkRenderer()
    renderer.SetBackground(1.0, 0.0, 0.0)
    window = vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetSize(_SIDE, _SIDE)
    window.AddRenderer(renderer)
    window.Render()
    pixels = vtkUnsignedCharArray()
    window.GetPixelData(0, 0, _SIDE - 1, _SIDE - 1, 0, pixels, 0)
    if not (vtk_to_numpy(pixels) == [255, 0, 0]).all():
        raise RuntimeError("OpenGL drew something else than it was asked to")
    return f"{_driver(window.ReportCapabilities())}, {window.GetClassName()}"


def _driver(capabilities: str) -> str:
    """`renderer (OpenGL version)` from VTK's report of several pages."""
    found = {key: value.strip() for key, value in re.findall(r"OpenGL (\w+) string:(.*)", capabilities)}
    return f"{found.get('renderer', 'unknown driver')}, OpenGL {found.get('version', '?')}"
