"""WorldScene: cameras with their pictures, and skeletons, beside the bodies of a MeshScene."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkTexture

from sefd_viewer.scene.actors import FlatActor, cell_array
from sefd_viewer.scene.cameras import SceneCamera
from sefd_viewer.scene.frustums import EDGES, Frustum, Skeleton, line_mesh
from sefd_viewer.scene.mesh_scene import MeshScene

LINE, BONE = 1.6, 3.0
"""Widths of pyramids' edges and of bones in pixels."""
_TEXTURE_CORNERS = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)


class WorldScene(MeshScene):
    """A MeshScene in the world, with cameras and skeletons."""

    def __init__(self) -> None:
        super().__init__()
        self._pictures: dict[str, _PictureActor] = {}
        self._lines, self._bones = FlatActor(), FlatActor()
        for flat in (self._lines, self._bones):
            self._renderer.AddActor(flat.actor)

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
        for flat, width in ((self._lines, LINE), (self._bones, BONE)):
            flat.actor.GetProperty().SetLineWidth(width * samples)
        return super().render(camera, size, samples=samples)

    def _picture(self, key: str) -> _PictureActor:
        if key not in self._pictures:
            actor = self._pictures[key] = _PictureActor()
            self._renderer.AddActor(actor.actor)
        return self._pictures[key]


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
