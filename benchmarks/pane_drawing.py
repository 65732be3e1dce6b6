"""Bodies of a pane drawn on the processor and by VTK, in turn: two people, at the size of the window's panes.

usage: python benchmarks/pane_drawing.py [rounds]

Both draw the same bodies from the same camera, smooth at the rim, into pixels that a widget can paint. VTK
has to draw in the thread that shows the window; the other way runs in any, several panes at once. Goal: four
panes of 280 x 440 within 50 ms on two cores.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from rich.console import Console
from rich.table import Table

from sefd_viewer.app.bodies import Bodies
from sefd_viewer.app.opening import open_inputs
from sefd_viewer.app.scene import load_scene
from sefd_viewer.app.stages import PlacedBody, Stage, truth_stage
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.bodies import BodyLayer, DrawnBody, draw_layers, outline
from sefd_viewer.resources import resource_path
from sefd_viewer.scene.cameras import SceneCamera
from sefd_viewer.scene.meshes import BodyMesh
from sefd_viewer.scene.world_scene import WorldScene

SIZES = ((280, 440), (560, 880))
COLOR, GREY = (230, 159, 0), (150, 150, 150)
PANES = 4


def median_ms(work: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median time of each piece of work, done in turn."""
    times: dict[str, list[float]] = {name: [] for name in work}
    for turn in range(rounds + 2):
        for name, job in work.items():
            start = time.perf_counter()
            job()
            if turn >= 2:
                times[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    """Print a table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    records = open_inputs([str(resource_path("sample_capture"))]).records
    record = next(record for record in records if record.key == "cam03/000040.jpg")
    find = Bodies(()).find
    stage = truth_stage(load_scene(1, record, detect=lambda _image: [], find_body=find), find)
    assert stage is not None
    table = Table("size", "what", "ms", "against VTK")
    for size in SIZES:
        measured = median_ms(work(stage, size), rounds)
        yardstick = measured["VTK, 2 x 2 samples"]
        for name, value in measured.items():
            table.add_row(f"{size[0]} x {size[1]}", name, f"{value:.1f}", f"{value / yardstick:.2f}")
    Console().print(table)


def work(stage: Stage, size: tuple[int, int]) -> dict[str, Callable[[], object]]:
    """All ways of drawing the first body in colour and the second faded."""
    person, other = stage.bodies
    pixels = stage.camera.project_camera(person.vertices_camera)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    scale = float((np.array(size) / ((high - low) * 1.24)).min())
    corner = ((low + high) / 2 + 0.5) * scale - np.array(size) / 2
    camera = stage.camera.resized(scale).shifted(*-corner)
    own, faded = (
        DrawnBody(body.vertices_camera, body.faces, np.array(color, np.uint8))
        for body, color in ((person, COLOR), (other, GREY))
    )
    layers = [BodyLayer([own]), BodyLayer([faded], opacity=0.25)]
    threads = ThreadPoolExecutor(2)

    def four(samples: int) -> None:
        jobs = [threads.submit(draw_layers, layers, camera, size, samples=samples) for _ in range(PANES)]
        for job in jobs:
            job.result()

    return {
        "VTK, 2 x 2 samples": _vtk(stage.bodies, camera, size),
        "draft, 1 sample": lambda: draw_layers(layers, camera, size, samples=1),
        "2 x 2 samples": lambda: draw_layers(layers, camera, size, samples=2),
        "3 x 3 samples": lambda: draw_layers(layers, camera, size, samples=3),
        "outline": lambda: outline(own, camera, size),
        "four panes at once, draft": lambda: four(1),
        "four panes at once, 2 x 2": lambda: four(2),
        "four panes at once, 3 x 3": lambda: four(3),
    }


def _vtk(bodies: Sequence[PlacedBody], camera: PinholeCamera, size: tuple[int, int]) -> Callable[[], object]:
    """The same two bodies by VTK, both solid: new ones each time, as from person to person."""
    drawn = WorldScene()
    (fx, fy), (cx, cy) = camera.focal, camera.principal_point
    left, right, top, bottom = -0.5 - cx, size[0] - 0.5 - cx, cy + 0.5, cy + 0.5 - size[1]
    slopes = (left / fx, right / fx, bottom / fy, top / fy)
    depths = np.concatenate([body.vertices_camera[:, 2] for body in bodies])
    ahead, up = np.array([0.0, 0.0, 1.0]), np.array([0.0, -1.0, 0.0])
    view = SceneCamera(np.zeros(3), ahead, up, slopes, 0.95 * depths.min(), 1.05 * depths.max())

    def render() -> object:
        shift = np.array([1e-4 * np.random.default_rng().normal(), 0, 0], np.float32)
        drawn.set_bodies(
            [
                BodyMesh(body.person, body.vertices_camera + shift, body.faces, color)
                for body, color in zip(bodies, (COLOR, GREY), strict=True)
            ]
        )
        return drawn.render(view, size, samples=2)

    return render


if __name__ == "__main__":
    main()
