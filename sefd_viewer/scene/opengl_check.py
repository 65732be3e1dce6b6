"""Who draws 3D here; for `sefd-viewer doctor`, in a process of its own, since a broken driver may end it."""

from __future__ import annotations

import re

import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - the window is an empty shell without it
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

from sefd_viewer.scene.opengl import prepare_opengl

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
