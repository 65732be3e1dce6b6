"""How long the mesh edges of a picture take: ours against the way of the public release.

usage: python benchmarks/edges.py [--scenes 5] [--rounds 1]

The yardstick renders each person alone and all together, every time at full size in a new OpenGL context,
then runs kornia's Canny and its dilation on each render: what the release does with an image. It draws with
pyrender where that is installed, else with VTK windows off the screen; the table says which. Only the kernel
that the rule chooses is dilated, to the yardstick's favour. Both get posed bodies and draw singles, all,
overlap and occluded. They take turns; the table shows medians.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # waiting threads must not slow the yardstick down

import numpy as np
import torch
from kornia.filters import Canny
from kornia.morphology import dilation
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from sefd_viewer.body import open_body
from sefd_viewer.datasets.synthetic import SceneSettings, place_people, pose_people
from sefd_viewer.edges.image_edges import kernel_for_box
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.geometry import PinholeCamera
from sefd_viewer.render.zbuffer import projected_box
from sefd_viewer.scene.opengl import prepare_opengl

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

GOALS = {(640, 480): 100, (1920, 1080): 60}
PEOPLE = 3
SETTINGS = EdgeSettings(dilation="adaptive")

Vertices = NDArray[np.float32]
Picture = NDArray[np.uint8]
Size = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Crowd:
    """Posed bodies (V,3) in metres before a camera, and the picture's (width, height)."""

    bodies: tuple[Vertices, ...]
    faces: NDArray[np.int32]
    camera: PinholeCamera
    size: Size


Render = Callable[[Sequence[Vertices], Crowd], Picture]
"""Bodies to a picture (H,W,3), white behind them, in a new OpenGL context."""


def crowd(index: int, size: Size) -> Crowd:
    """Synthetic people in front of a camera."""
    body = open_body()
    settings = SceneSettings(size=size, people=(PEOPLE, PEOPLE))
    camera, people = place_people(body, settings, np.random.default_rng([7, index]))
    vertices, _ = pose_people(body, people)
    return Crowd(tuple(vertices), body.faces, camera, size)


def render_with_pyrender(bodies: Sequence[Vertices], crowd: Crowd) -> Picture:
    """One OffscreenRenderer, used once."""
    import pyrender
    import trimesh

    scene = pyrender.Scene(bg_color=[1.0, 1.0, 1.0, 1.0], ambient_light=(0.3, 0.3, 0.3))
    for vertices in bodies:
        mesh = trimesh.Trimesh(vertices * (1, -1, -1), crowd.faces, process=False)
        scene.add(pyrender.Mesh.from_trimesh(mesh, smooth=False))
    (fx, fy), (cx, cy) = crowd.camera.focal, crowd.camera.principal_point
    scene.add(pyrender.IntrinsicsCamera(fx, fy, cx + 0.5, cy + 0.5, znear=0.05, zfar=100.0))
    scene.add(pyrender.DirectionalLight(intensity=0.8))
    renderer = pyrender.OffscreenRenderer(*crowd.size)
    try:
        return np.asarray(renderer.render(scene)[0], np.uint8)
    finally:
        renderer.delete()


def render_with_vtk(bodies: Sequence[Vertices], crowd: Crowd) -> Picture:
    """One window off the screen, used once."""
    import vtkmodules.vtkRenderingOpenGL2
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow, vtkWindowToImageFilter

    assert vtkmodules.vtkRenderingOpenGL2  # the import registers the renderer
    window, renderer, grab = vtkRenderWindow(), vtkRenderer(), vtkWindowToImageFilter()
    window.SetOffScreenRendering(1)
    window.SetSize(*crowd.size)
    window.AddRenderer(renderer)
    renderer.SetBackground(1, 1, 1)
    for vertices in bodies:
        renderer.AddActor(flat_actor(vertices, crowd.faces))
    aim(renderer, crowd)
    window.Render()
    grab.SetInput(window)
    grab.ReadFrontBufferOff()
    grab.Update()
    pixels = vtk_to_numpy(grab.GetOutput().GetPointData().GetScalars())
    picture = pixels.reshape(crowd.size[1], crowd.size[0], 3)[::-1].copy()
    window.Finalize()
    return picture


def flat_actor(vertices: Vertices, faces: NDArray[np.int32]) -> vtkActor:
    """A body with flat shading."""
    import pyvista
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

    actor, mapper = vtkActor(), vtkPolyDataMapper()
    mapper.SetInputData(pyvista.PolyData.from_regular_faces(vertices.astype(float), faces.astype(int)))
    actor.SetMapper(mapper)
    actor.GetProperty().SetInterpolationToFlat()
    actor.GetProperty().SetColor(0.7, 0.7, 0.7)
    return actor


def aim(renderer: vtkRenderer, crowd: Crowd) -> None:
    """Give a VTK renderer the crowd's camera."""
    width, height = crowd.size
    (_, fy), (cx, cy) = crowd.camera.focal, crowd.camera.principal_point
    camera = renderer.GetActiveCamera()
    camera.SetPosition(0, 0, 0)
    camera.SetFocalPoint(0, 0, 1)
    camera.SetViewUp(0, -1, 0)
    camera.SetViewAngle(float(np.degrees(2 * np.arctan(height / (2 * fy)))))
    camera.SetWindowCenter(1 - 2 * (cx + 0.5) / width, 2 * (cy + 0.5) / height - 1)
    camera.SetClippingRange(0.05, 100)


def as_the_release(crowd: Crowd, render: Render) -> list[torch.Tensor]:
    """Singles, all, overlap and occluded, each (H,W), from full-size renders."""
    kernels = [
        kernel_for_box(projected_box(vertices, crowd.camera, crowd.size), SETTINGS)
        for vertices in crowd.bodies
    ]
    singles = [
        release_edges(render([vertices], crowd), kernel)
        for vertices, kernel in zip(crowd.bodies, kernels, strict=True)
    ]
    together = release_edges(render(crowd.bodies, crowd), max(kernels))
    overlap = torch.stack(singles).sum(0).clamp(max=1)
    return [*singles, together, overlap, (overlap - together).clamp(0, 1)]


def release_edges(picture: Picture, kernel: int) -> torch.Tensor:
    """Magnitude after suppression, dilated by a square."""
    image = torch.from_numpy(picture.astype(np.float32) / 255).permute(2, 0, 1)[None]
    magnitude = Canny()(image)[0]
    return dilation(magnitude, torch.ones(kernel, kernel))[0, 0]


def seconds(action: Callable[[], object]) -> float:
    """How long it takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def ours(crowd: Crowd) -> tuple[object, ...]:
    """The same four kinds of map from the program."""
    edges = mesh_edges(crowd.bodies, crowd.faces, crowd.camera, crowd.size, SETTINGS)
    return edges.singles, edges.all, edges.overlap, edges.occluded


def measure(size: Size, scenes: int, rounds: int, render: Render) -> tuple[float, float]:
    """Median seconds of an image: the yardstick's, ours."""
    crowds = [crowd(index, size) for index in range(scenes)]
    as_the_release(crowds[0], render)  # compiles and loads
    ours(crowds[0])
    taken: list[tuple[float, float]] = []
    for _ in range(rounds):
        for one in crowds:
            taken.append((seconds(partial(as_the_release, one, render)), seconds(partial(ours, one))))
    theirs, mine = zip(*taken, strict=True)
    return statistics.median(theirs), statistics.median(mine)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    has_pyrender = importlib.util.find_spec("pyrender") is not None
    render, tool = (render_with_pyrender, "pyrender") if has_pyrender else (render_with_vtk, "VTK windows")
    if has_pyrender:
        os.environ.setdefault("PYOPENGL_PLATFORM", "egl")
    else:
        prepare_opengl()
    table = Table(title=f"Mesh edges of {PEOPLE} people, medians; the yardstick draws with {tool}")
    for title in ("picture", "yardstick ms", "ours ms", "times as fast", "goal"):
        table.add_column(title, justify="left" if title == "picture" else "right")
    met = True
    for size, goal in GOALS.items():
        theirs, mine = measure(size, options.scenes, options.rounds, render)
        met &= theirs / mine >= goal
        name = f"{size[0]} x {size[1]}"
        table.add_row(name, f"{1e3 * theirs:.0f}", f"{1e3 * mine:.1f}", f"{theirs / mine:.0f}", str(goal))
    Console().print(table)
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
