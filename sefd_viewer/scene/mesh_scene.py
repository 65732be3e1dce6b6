"""MeshScene: bodies and floor rendered by VTK into an array, without any window system or widget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkLight, vtkRenderer

from sefd_viewer.scene.actors import BodyActor, FlatActor
from sefd_viewer.scene.cameras import Bounds, SceneCamera
from sefd_viewer.scene.floor import contact_shadow, floor_grid
from sefd_viewer.scene.meshes import BodyMesh, Color
from sefd_viewer.scene.opengl import offscreen_window

OUTLINE_PIXELS = 2.0

FLOOR_ALPHA, SHADOW_ALPHA = 120, 120
LIGHTS = (  # as the eye sees them: position right, up and towards it; intensity
    ((-0.6, 0.8, 1.0), 0.70),
    ((0.9, 0.1, 0.8), 0.32),
    ((0.3, 0.9, -0.8), 0.40),
    ((0.0, 0.0, 1.0), 0.22),
)


class MeshScene:
    """Bodies, moved in place and rendered from any SceneCamera by one off-screen window.

    It must be made, used and released in one thread.
    """

    def __init__(self) -> None:
        self._window = offscreen_window()
        self._renderer = vtkRenderer()
        self._renderer.SetBackgroundAlpha(0.0)
        self._renderer.AutomaticLightCreationOff()
        self._renderer.UseOITOff()  # plain blending is enough for a floor, and far cheaper
        self._window.AddRenderer(self._renderer)
        self._pixels = vtkUnsignedCharArray()
        self._bodies: dict[str, BodyActor] = {}
        self._selected: str | None = None
        self._outline_color: Color = (255, 255, 255)
        self._floor, self._shadow = FlatActor(), FlatActor()
        for flat in (self._shadow, self._floor):
            self._renderer.AddActor(flat.actor)
        for position, intensity in LIGHTS:
            self._renderer.AddLight(_light(position, intensity))

    def set_bodies(self, bodies: Sequence[BodyMesh]) -> None:
        """Show these bodies and no others; a body whose key is known is moved in key."""
        wanted = {body.key: body for body in bodies if body.is_drawable}
        for key in [key for key in self._bodies if key not in wanted]:
            self._drop(key)
        for key, body in wanted.items():
            if key not in self._bodies:
                self._add(key)
            self._bodies[key].show(body)

    def set_selected(self, key: str | None, color: Color = (255, 255, 255)) -> None:
        """Draw one body with an outline of this colour."""
        self._selected, self._outline_color = key, color

    def set_floor(self, bounds: Bounds | None, color: Color = (128, 128, 128)) -> None:
        """Draw a grid and soft shadows below the bodies; None takes them away."""
        for flat in (self._floor, self._shadow):
            flat.actor.SetVisibility(bounds is not None)
        if bounds is None:
            return
        points, cells, strength = floor_grid(bounds)
        self._floor.show(points, cells, _rgba(color, strength * FLOOR_ALPHA))
        if self._bodies:
            vertices = np.concatenate([actor.body.vertices_camera for actor in self._bodies.values()])
            points, cells, strength = contact_shadow(bounds, vertices)
            self._shadow.show(points, cells, _rgba((0, 0, 0), strength * SHADOW_ALPHA))

    def render(self, camera: SceneCamera, size: tuple[int, int], *, samples: int = 1) -> NDArray[np.uint8]:
        """Return (H, W, 4) BGRA with premultiplied alpha, `samples` x `samples` rays to the pixel."""
        large = (size[0] * samples, size[1] * samples)
        if tuple(self._window.GetSize()) != large:
            self._window.SetSize(*large)
        self._floor.actor.GetProperty().SetLineWidth(float(samples))
        self._aim(camera)
        self._outline_selected(camera, size)
        picture = self._composited()
        if samples > 1:
            picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
        return np.asarray(cv2.cvtColor(picture[::-1], cv2.COLOR_RGBA2BGRA), np.uint8)

    def release(self) -> None:
        """Free the graphics memory; the scene cannot be used afterwards."""
        self._window.Finalize()

    # ---- inside

    def _add(self, key: str) -> None:
        actor = self._bodies[key] = BodyActor()
        self._renderer.AddActor(actor.surface.actor)
        self._renderer.AddActor(actor.outline.actor)

    def _drop(self, key: str) -> None:
        actor = self._bodies.pop(key)
        self._renderer.RemoveActor(actor.surface.actor)
        self._renderer.RemoveActor(actor.outline.actor)

    def _aim(self, camera: SceneCamera) -> None:
        view = self._renderer.GetActiveCamera()
        view.SetPosition(*camera.position)
        view.SetFocalPoint(*(camera.position + camera.forward))
        view.SetViewUp(*camera.up)
        view.SetClippingRange(camera.near, camera.far)
        view.UseExplicitProjectionTransformMatrixOn()
        view.SetExplicitProjectionTransformMatrix(_matrix(camera.projection))

    def _outline_selected(self, camera: SceneCamera, size: tuple[int, int]) -> None:
        slope = (camera.frustum[1] - camera.frustum[0]) / size[0] * OUTLINE_PIXELS
        several = len(self._bodies) > 1
        for key, actor in self._bodies.items():
            if key != self._selected or not several:
                actor.hide_outline()
                continue
            rays = actor.body.vertices_camera - camera.position
            actor.set_outline(self._outline_color, rays @ camera.forward * slope, behind=rays)

    def _composited(self) -> NDArray[np.uint8]:
        """Render opaque bodies, then each fainter group over them, so that no body shines through itself."""
        groups = sorted({actor.body.opacity for actor in self._bodies.values()} - {1.0}, reverse=True)
        drawn = self._pass(1.0)
        result = drawn
        for opacity in groups:
            nearer = self._pass(opacity)
            result = _blend(result, nearer, (nearer != drawn).any(axis=2), opacity)
            drawn = nearer
        return result

    def _pass(self, opacity: float) -> NDArray[np.uint8]:
        for actor in self._bodies.values():
            actor.show_only_if(actor.body.opacity >= opacity and actor.body.opacity > 0)
        self._window.Render()
        width, height = self._window.GetSize()
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, self._pixels, 0)
        return np.array(vtk_to_numpy(self._pixels).reshape(height, width, 4))


def _light(position: tuple[float, float, float], intensity: float) -> vtkLight:
    light = vtkLight()
    light.SetLightTypeToCameraLight()
    light.SetPosition(*position)
    light.SetFocalPoint(0.0, 0.0, 0.0)
    light.SetIntensity(intensity)
    return light


def _rgba(color: Color, alpha: NDArray[Any]) -> NDArray[np.uint8]:
    rgba = np.empty((len(alpha), 4), np.uint8)
    rgba[:, :3], rgba[:, 3] = color, alpha
    return rgba


def _matrix(values: NDArray[Any]) -> vtkMatrix4x4:
    matrix = vtkMatrix4x4()
    matrix.DeepCopy(values.ravel().tolist())
    return matrix


def _blend(
    below: NDArray[np.uint8], above: NDArray[np.uint8], where: NDArray[np.bool_], opacity: float
) -> NDArray[np.uint8]:
    mixed = np.asarray(cv2.addWeighted(above, opacity, below, 1.0 - opacity, 0.0), np.uint8)
    return np.where(where[:, :, None], mixed, below)
