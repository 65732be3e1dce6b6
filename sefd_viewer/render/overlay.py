"""Softly lit bodies on a transparent picture, to lay over a photo."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.zbuffer import Faces, faces_of_each, project_to_screen, render_buffers


def shaded_overlay(
    meshes: Sequence[NDArray[np.floating]],
    faces: Faces,
    colors: NDArray[np.uint8],
    camera: PinholeCamera,
    size: tuple[int, int],
) -> NDArray[np.uint8]:
    """(H,W,4) RGBA, straight alpha: 255 where a body is seen, else 0. Bodies hide each other by depth.

    meshes: (V,3) camera metres each. colors: (N,3) RGB, one each. size: (width, height) of the image.
    Raises ValueError when colours and meshes differ in number.
    """
    from sefd_viewer.render.shading import paint_mesh, vertex_normals

    if len(colors) != len(meshes):
        raise ValueError(f"{len(colors)} colours for {len(meshes)} meshes")
    buffers = render_buffers(meshes, faces, camera, size)
    picture = np.zeros((*buffers.depth.shape, 4), np.uint8)
    for index, (mesh, triangles) in enumerate(zip(meshes, faces_of_each(faces, len(meshes)), strict=True)):
        vertices = np.ascontiguousarray(mesh, np.float32)
        screen, normals = project_to_screen(vertices, camera), vertex_normals(vertices, triangles)
        color = np.ascontiguousarray(colors[index], np.uint8)
        paint_mesh(screen, triangles, normals, index + 1, color, buffers.person_id, buffers.face_id, picture)
    return picture
