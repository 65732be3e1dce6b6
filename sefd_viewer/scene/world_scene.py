"""WorldScene: bodies, floor, cameras with their pictures and skeletons, rendered by VTK into an array.

No window system and no widget is needed. Import this late: it loads VTK.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints, vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkActor, vtkLight, vtkPolyDataMapper, vtkRenderer, vtkTexture

from sefd_viewer.scene.actors import BodyActor, FlatActor, cell_array
from sefd_viewer.scene.cameras import Bounds, SceneCamera
from sefd_viewer.scene.floor import EDGES, Frustum, Skeleton, contact_shadow, floor_grid, line_mesh
from sefd_viewer.scene.meshes import BodyMesh, Color
from sefd_viewer.scene.opengl import offscreen_window

OUTLINE, LINE, BONE = 2.0, 1.6, 3.0
"""Widths of the chosen body's outline, of pyramids' edges and of bones in pixels."""
FLOOR_ALPHA, SHADOW_ALPHA = 120, 120
LIGHTS = (  # as the eye sees them: position right, up and towards it; intensity
    ((-0.6, 0.8, 1.0), 0.70),
    ((0.9, 0.1, 0.8), 0.32),
    ((0.3, 0.9, -0.8), 0.40),
    ((0.0, 0.0, 1.0), 0.22),
)
_TEXTURE_CORNERS = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)


class WorldScene:
    """What stands in the world, moved in place and rendered from any SceneCamera by one off-screen window.

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
        self._pictures: dict[str, _PictureActor] = {}
        self._selected: str | None = None
        self._outline_color: Color = (255, 255, 255)
        self._floor, self._shadow, self._lines, self._bones = (FlatActor() for _ in range(4))
        for flat in (self._shadow, self._floor, self._lines, self._bones):
            self._renderer.AddActor(flat.actor)
        for position, intensity in LIGHTS:
            self._renderer.AddLight(_light(position, intensity))

    def set_bodies(self, bodies: Sequence[BodyMesh]) -> None:
        """Show these bodies and no others; a body whose key is known is moved in place."""
        wanted = {body.key: body for body in bodies if body.is_drawable}
        for key in [key for key in self._bodies if key not in wanted]:
            self._drop(key)
        for key, body in wanted.items():
            if key not in self._bodies:
                self._add(key)
            self._bodies[key].show(body)

    def set_selected(self, key: str | None, color: Color = (255, 255, 255)) -> None:
        """Draw one body with an outline of this colour, where there are several."""
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
            vertices = np.concatenate([actor.body.vertices for actor in self._bodies.values()])
            points, cells, strength = contact_shadow(bounds, vertices)
            self._shadow.show(points, cells, _rgba((0, 0, 0), strength * SHADOW_ALPHA))

    def set_frustums(self, frustums: Sequence[Frustum]) -> None:
        """Show these cameras and no others."""
        for key in self._pictures.keys() - {one.key for one in frustums if one.image is not None}:
            self._renderer.RemoveActor(self._pictures.pop(key).actor)
        for one in frustums:
            if one.image is not None:
                self._picture(one.key).show(one.corners[1:], one.image)
        self._lines.show(*line_mesh([(one.corners, EDGES, one.color) for one in frustums]))

    def set_skeletons(self, skeletons: Sequence[Skeleton]) -> None:
        """Show these joints and no others."""
        self._bones.show(*line_mesh([(one.points, one.segments, one.color) for one in skeletons]))

    def render(self, camera: SceneCamera, size: tuple[int, int], *, samples: int = 1) -> NDArray[np.uint8]:
        """Return (H, W, 4) BGRA with premultiplied alpha, `samples` x `samples` rays to the pixel."""
        large = (size[0] * samples, size[1] * samples)
        if tuple(self._window.GetSize()) != large:
            self._window.SetSize(*large)
        for flat, width in ((self._floor, 1.0), (self._lines, LINE), (self._bones, BONE)):
            flat.actor.GetProperty().SetLineWidth(width * samples)
        self._aim(camera)
        self._outline_selected(camera, size)
        self._window.Render()
        self._window.GetRGBACharPixelData(0, 0, large[0] - 1, large[1] - 1, 0, self._pixels, 0)
        picture = np.asarray(vtk_to_numpy(self._pixels).reshape(large[1], large[0], 4))
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

    def _picture(self, key: str) -> _PictureActor:
        if key not in self._pictures:
            actor = self._pictures[key] = _PictureActor()
            self._renderer.AddActor(actor.actor)
        return self._pictures[key]

    def _aim(self, camera: SceneCamera) -> None:
        view = self._renderer.GetActiveCamera()
        view.SetPosition(*camera.position)
        view.SetFocalPoint(*(camera.position + camera.forward))
        view.SetViewUp(*camera.up)
        view.SetClippingRange(camera.near, camera.far)
        view.UseExplicitProjectionTransformMatrixOn()
        view.SetExplicitProjectionTransformMatrix(_matrix(camera.projection))

    def _outline_selected(self, camera: SceneCamera, size: tuple[int, int]) -> None:
        slope = (camera.frustum[1] - camera.frustum[0]) / size[0] * OUTLINE
        several = len(self._bodies) > 1
        for key, actor in self._bodies.items():
            if key != self._selected or not several:
                actor.hide_outline()
                continue
            rays = actor.body.vertices - camera.position
            actor.set_outline(self._outline_color, rays @ camera.forward * slope, behind=rays)


class _PictureActor:
    """A picture on a quadrangle in the world, unlit."""

    def __init__(self) -> None:
        self._image: NDArray[np.uint8] | None = None
        self._data = vtkPolyData()
        self._data.SetPolys(cell_array(np.array([[0, 1, 2, 3]])))
        self._data.GetPointData().SetTCoords(numpy_to_vtk(_TEXTURE_CORNERS, deep=True))
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._data)
        self._texture = vtkTexture()
        self._texture.InterpolateOn()
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        self.actor.SetTexture(self._texture)
        self.actor.GetProperty().SetLighting(False)

    def show(self, corners: NDArray[Any], image: NDArray[np.uint8]) -> None:
        """Lay a picture (H, W, 3) RGB on corners (4, 3), from its upper left around."""
        holder = vtkPoints()
        holder.SetData(numpy_to_vtk(np.ascontiguousarray(corners, np.float32), deep=True))
        self._data.SetPoints(holder)
        if image is not self._image:
            self._image = image
            self._texture.SetInputData(_vtk_image(image))


def _vtk_image(image: NDArray[np.uint8]) -> vtkImageData:
    """The picture for VTK, whose rows run upwards."""
    height, width = image.shape[:2]
    data = vtkImageData()
    data.SetDimensions(width, height, 1)
    pixels = np.ascontiguousarray(image[::-1]).reshape(-1, 3)
    data.GetPointData().SetScalars(numpy_to_vtk(pixels, deep=True))
    return data


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
