"""Choose how VTK draws without a window of its own, and find out beforehand whether it can."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, MutableMapping

from sefd_viewer.errors import SefdError

REMEDY = "Install the OpenGL libraries (Debian and Ubuntu: apt-get install libgl1 libegl1 libgl1-mesa-dri)"
_WINDOW_CLASS = "VTK_DEFAULT_OPENGL_WINDOW"


def prepare_opengl(
    environment: MutableMapping[str, str] = os.environ,
    *,
    platform: str = sys.platform,
    load: Callable[[str], object] = ctypes.CDLL,
) -> None:
    """Make VTK use EGL where Linux has no X display; raise SefdError when a library that it needs is missing.

    VTK ends the process instead of raising when it finds no OpenGL library, so this looks first.
    """
    if not platform.startswith("linux"):
        return
    if not environment.get("DISPLAY"):
        environment.setdefault(_WINDOW_CLASS, "vtkEGLRenderWindow")
    needed = "libOSMesa.so.8" if "OSOpenGL" in environment.get(_WINDOW_CLASS, "") else "libEGL.so.1"
    if environment.get("DISPLAY"):
        needed = "libGL.so.1"
    try:
        load(needed)
    except OSError:
        raise SefdError("3D views need OpenGL, which was not found", where=needed, remedy=REMEDY) from None
