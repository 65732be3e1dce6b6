"""Numba is loaded when something is drawn, not when the modules are imported: the window opens sooner."""

from __future__ import annotations

import subprocess
import sys

_MODULES = (
    "sefd_viewer.render.zbuffer, sefd_viewer.render.overlay, sefd_viewer.render.visibility, "
    "sefd_viewer.edges.image_edges, sefd_viewer.edges.image_edges, sefd_viewer.edges.mesh_edges"
)


def test_imports_stay_light() -> None:
    code = f"import sys, {_MODULES}; print(*{{'numba', 'torch', 'vtk', 'PySide6'}} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""


def test_drawing_loads_no_linear_algebra_of_scipy() -> None:
    """It is 16 MB of the window's memory; numba would load it for loops that multiply matrices."""
    code = (
        "import sys, numpy as np; from sefd_viewer.render.rasterise import screen_points;"
        "screen_points(np.ones((1, 3)), *3 * [np.ones(2)]); print('scipy.linalg' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
