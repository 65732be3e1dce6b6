"""From an edge slider's step to the repainted overlay: a 1920x1080 photo in a 960x540 panel.

usage: python benchmarks/overlay_update.py [steps]

The yardstick is one repaint of the same photo as a bare QGraphicsPixmapItem, measured in turn with the steps.
While a slider moves the program computes what is seen at the resolution of the screen ("draft"), and the
whole photo when the slider rests. Goals: p95 at most 16 ms for every draft, 50 ms for the mesh edges of four
people who move. Ends with 1 otherwise.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QGraphicsScene, QGraphicsView

from sefd_viewer.app.drafts import Drafts, VisiblePart, at_scale
from sefd_viewer.body import open_body
from sefd_viewer.datasets.images import load_image
from sefd_viewer.datasets.synthetic import SceneSettings, place_people, pose_people
from sefd_viewer.edges.image_edges import canny, dilate
from sefd_viewer.edges.mesh_edges import mesh_edges
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.gui.photo_view import LayerImage, PhotoView
from sefd_viewer.resources import resource_path

GOAL_MS = 16.0
BODIES, BODIES_GOAL_MS = "four bodies moved, draft", 50.0
PHOTO_SIZE, VIEW_SIZE = (1920, 1080), (960, 540)
KERNELS = (1, 3, 5, 7, 9, 11, 13, 15)


def photo() -> NDArray[np.uint8]:
    """A shipped photo at full size, with a little noise so that there are edges everywhere."""
    small = load_image(resource_path("sample_photos/walkers.jpg"))
    noise = np.random.default_rng(0).normal(0, 3, (*PHOTO_SIZE[::-1], 3))
    return np.clip(cv2.resize(small, PHOTO_SIZE) + noise, 0, 255).astype(np.uint8)


def bare_view(image: NDArray[np.uint8]) -> QGraphicsView:
    """The yardstick: Qt's own view of one pixmap, scaled smoothly to the panel."""
    scene = QGraphicsScene()
    pixels = QImage(image.data, *PHOTO_SIZE, 3 * PHOTO_SIZE[0], QImage.Format.Format_RGB888)
    scene.addPixmap(QPixmap.fromImage(pixels)).setTransformationMode(
        Qt.TransformationMode.SmoothTransformation
    )
    view = QGraphicsView(scene)
    scene.setParent(view)
    view.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    view.resize(*VIEW_SIZE)
    view.scale(VIEW_SIZE[0] / PHOTO_SIZE[0], VIEW_SIZE[1] / PHOTO_SIZE[1])
    view.show()
    return view


def panel(image: NDArray[np.uint8]) -> PhotoView:
    """The panel with the photo and a first overlay."""
    view = PhotoView()
    view.resize(*VIEW_SIZE)
    view.set_image(image)
    view.show()
    return view


def sliders(image: NDArray[np.uint8], view: PhotoView) -> dict[str, Callable[[int], None]]:
    """What each slider's step does, to the end of the repaint."""
    kept = canny(image, EdgeSettings())
    ready = dilate(kept, 3), dilate(kept, 5)

    def show(edge: NDArray[np.float32]) -> None:
        mask = np.asarray(cv2.convertScaleAbs(edge, alpha=255.0), np.uint8)
        view.set_layer("canny", LayerImage(mask, color=(255, 176, 0), opacity=0.9))
        view.repaint()

    def whole(settings: EdgeSettings) -> None:
        show(dilate(canny(image, settings), settings.kernel))

    drafts = Drafts()

    def draft(settings: EdgeSettings) -> None:
        visible_part = VisiblePart(view.viewport.visible_xyxy, view.viewport.scale)
        drawn = drafts.canny(1, image, settings, (), visible_part)
        layer = LayerImage(drawn.mask, color=(255, 176, 0), opacity=0.9, extent=drawn.extent)
        view.set_layer("canny", layer)
        view.repaint()

    return {
        "new overlay: no edges computed": lambda step: show(ready[step % 2]),
        "kernel, whole": lambda step: show(dilate(kept, KERNELS[step % len(KERNELS)])),
        "sigma, whole": lambda step: whole(sigma_of(step)),
        "low threshold, whole": lambda step: whole(low_of(step)),
        "kernel, draft": lambda step: draft(EdgeSettings(kernel=KERNELS[step % len(KERNELS)])),
        "sigma, draft": lambda step: draft(sigma_of(step)),
        "low threshold, draft": lambda step: draft(low_of(step)),
        "four bodies moved, whole": moving_bodies(show, 1.0),
        BODIES: moving_bodies(show, view.viewport.scale),
    }


def moving_bodies(show: Callable[[NDArray[np.float32]], None], scale: float) -> Callable[[int], None]:
    """Four people turn a little at each step: posed anew, their edges drawn at `scale`."""
    body, settings = open_body(), EdgeSettings(dilation="adaptive")
    scene = SceneSettings(size=PHOTO_SIZE, people=(4, 4))
    camera, people = place_people(body, scene, np.random.default_rng(3))
    size = round(PHOTO_SIZE[0] * scale), round(PHOTO_SIZE[1] * scale)
    seen = camera.resized(scale)

    def step(number: int) -> None:
        turn = np.float32(0.01 * number)
        turned = [replace(one, global_orient=one.global_orient + turn) for one in people]
        vertices, _ = pose_people(body, turned)
        show(mesh_edges(list(vertices), body.faces, seen, size, at_scale(settings, scale)).overlap)

    return step


def sigma_of(step: int) -> EdgeSettings:
    """Soft Canny with another blur at each step."""
    return EdgeSettings(sigma=0.5 + 0.1 * (step % 10))


def low_of(step: int) -> EdgeSettings:
    """Binary Canny with another threshold at each step."""
    return EdgeSettings(variant="binary", low=0.01 * (1 + step % 10), high=0.2)


def milliseconds(action: Callable[[int], None], step: int) -> float:
    """How long one step takes."""
    begun = time.perf_counter()
    action(step)
    return 1e3 * (time.perf_counter() - begun)


def main() -> None:
    """Print the table."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    application = QApplication.instance() or QApplication([])
    image = photo()
    bare, view = bare_view(image), panel(image)
    application.processEvents()  # the windows are up
    actions = {"bare QGraphicsPixmapItem: repaint": lambda _step: bare.viewport().repaint()}
    actions |= sliders(image, view)
    taken: dict[str, list[float]] = {name: [] for name in actions}
    for step in range(-5, steps):
        for name, action in actions.items():
            took = milliseconds(action, step)
            if step >= 0:  # the first steps compile and fill caches
                taken[name].append(took)
    sys.exit(0 if report(taken) else 1)


def report(taken: dict[str, list[float]]) -> bool:
    """Print medians, 95th percentiles and ratios; return whether the goal is met."""
    table = Table(title="1920x1080 photo in a 960x540 panel, milliseconds to the repainted overlay")
    for title in ("step", "p50", "p95", "ratio to bare"):
        table.add_column(title, justify="left" if title == "step" else "right")
    middle = {name: float(np.median(values)) for name, values in taken.items()}
    yardstick, *ours = taken
    for name, values in taken.items():
        ratio = middle[name] / middle[yardstick]
        table.add_row(name, f"{middle[name]:.1f}", f"{np.percentile(values, 95):.1f}", f"{ratio:.2f}")
    Console().print(table)
    goals = {name: BODIES_GOAL_MS if name == BODIES else GOAL_MS for name in ours if name.endswith("draft")}
    return all(np.percentile(taken[name], 95) <= goal for name, goal in goals.items())


if __name__ == "__main__":
    main()
