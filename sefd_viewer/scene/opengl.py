"""An off-screen VTK window on any machine, or words when the machine cannot draw."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING

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
