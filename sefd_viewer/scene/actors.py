"""VTK actors whose arrays are numpy's: bodies with outlines, and lines. Import this late: it loads VTK."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from sefd_viewer.scene.meshes import BodyMesh, Color, vertex_normals

OUTLINE_BEHIND = 0.3


class SurfaceActor:
    """A triangle surface whose vertices and normals are replaced in place."""

    def __init__(self) -> None:
        self._data = vtkPolyData()
        self._faces: NDArray[Any] | None = None
        self._arrays: dict[str, NDArray[Any]] = {}
        self._handles: dict[str, Any] = {}
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._data)
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)

    def set_faces(self, faces: NDArray[Any]) -> None:
        """Use these triangles (F, 3)."""
        if faces is not self._faces:
            self._faces = faces
            self._data.SetPolys(cell_array(faces))

    def set_points(self, points: NDArray[Any]) -> None:
        """Move the vertices (V, 3)."""
        if self._store("points", points):
            holder = vtkPoints()
            holder.SetData(self._handles["points"])
            self._data.SetPoints(holder)
        self._data.GetPoints().Modified()
        self._data.Modified()

    def set_normals(self, normals: NDArray[np.float32]) -> None:
        """Shade with these unit normals (V, 3)."""
        if self._store("normals", normals):
            self._data.GetPointData().SetNormals(self._handles["normals"])

    def _store(self, name: str, values: NDArray[Any]) -> bool:
        """Write into the array that VTK reads; return True when a new array had to be made."""
        kept = self._arrays.get(name)
        if kept is not None and kept.shape == values.shape:
            np.copyto(kept, values, casting="same_kind")
            self._handles[name].Modified()
            return False
        self._arrays[name] = np.array(values, np.float32, order="C")
        self._handles[name] = numpy_to_vtk(self._arrays[name], deep=False)
        return True


class BodyActor:
    """A shaded body, and a thin hull behind it that shows as an outline when the body is selected."""

    def __init__(self) -> None:
        self.surface, self.outline = SurfaceActor(), SurfaceActor()
        self._body: BodyMesh | None = None
        self._normals: NDArray[np.float32] | None = None
        _apply_material(self.surface.actor)
        _apply_outline_material(self.outline.actor)

    def show(self, body: BodyMesh) -> None:
        """Take over a body's shape and colour."""
        old, self._body = self._body, body
        if old is None or old.vertices is not body.vertices or old.faces is not body.faces:
            self._normals = vertex_normals(body.vertices, body.faces)
            self.surface.set_faces(body.faces)
            self.surface.set_points(body.vertices)
            self.surface.set_normals(self._normals)
        self.surface.actor.GetProperty().SetColor(*(value / 255 for value in body.color))

    def set_outline(self, color: Color, width: NDArray[Any], *, behind: NDArray[Any]) -> None:
        """Show a hull grown by `width` metres per vertex (V,), pushed a little along `behind` (V, 3).

        Standing behind the body as the eye sees it, the hull shows around the silhouette, not in its folds.
        """
        assert self._normals is not None
        grown = self.body.vertices + self._normals * width[:, None]
        away = behind * (OUTLINE_BEHIND / np.linalg.norm(behind, axis=1, keepdims=True))
        self.outline.set_faces(self.body.faces)
        self.outline.set_points((grown + away).astype(np.float32))
        self.outline.actor.GetProperty().SetColor(*(value / 255 for value in color))
        self.outline.actor.VisibilityOn()

    def hide_outline(self) -> None:
        """Show the body alone."""
        self.outline.actor.VisibilityOff()

    @property
    def body(self) -> BodyMesh:
        """The body that is shown."""
        assert self._body is not None
        return self._body


class FlatActor:
    """Unlit lines or triangles with a colour and an alpha of their own per point."""

    def __init__(self) -> None:
        self._data = vtkPolyData()
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._data)
        mapper.SetColorModeToDirectScalars()
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        self.actor.GetProperty().SetLighting(False)
        self.actor.ForceTranslucentOn()

    def show(self, points: NDArray[Any], cells: NDArray[Any], rgba: NDArray[np.uint8]) -> None:
        """Draw segments (M, 2) or triangles (M, 3) between points (N, 3), coloured by `rgba` (N, 4)."""
        holder = vtkPoints()
        holder.SetData(numpy_to_vtk(np.ascontiguousarray(points, np.float32), deep=True))
        self._data.SetPoints(holder)
        if cells.shape[1] == 2:
            self._data.SetLines(cell_array(cells))
        else:
            self._data.SetPolys(cell_array(cells))
        self._data.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(rgba), deep=True))


def cell_array(cells: NDArray[Any]) -> vtkCellArray:
    """Convert (M, K) point indices to VTK's cells."""
    count, corners = cells.shape
    offsets = np.arange(0, (count + 1) * corners, corners, dtype=np.int64)
    array = vtkCellArray()
    array.SetData(
        numpy_to_vtkIdTypeArray(offsets, deep=True),
        numpy_to_vtkIdTypeArray(np.ascontiguousarray(cells, np.int64).ravel(), deep=True),
    )
    return array


def _apply_material(actor: vtkActor) -> None:
    surface = actor.GetProperty()
    surface.SetInterpolationToPhong()
    surface.SetAmbient(0.16)
    surface.SetDiffuse(0.84)
    surface.SetSpecular(0.10)
    surface.SetSpecularPower(18.0)


def _apply_outline_material(actor: vtkActor) -> None:
    surface = actor.GetProperty()
    surface.SetLighting(False)
    surface.FrontfaceCullingOn()
    actor.VisibilityOff()
