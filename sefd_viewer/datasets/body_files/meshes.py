"""Surfaces out of mesh files (OBJ, PLY, OFF, STL), one person each, with their own faces."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.open_body import open_body
from sefd_viewer.datasets.body_files.people import (
    FoundFile,
    FoundPerson,
    PredictionFormat,
    longer_side_camera,
    numbers,
)
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.joints import JointSet

ENDINGS = (".obj", ".ply", ".off", ".stl")
_LARGEST = 200_000_000
_BODIES = {6890: "smpl-neutral", 10475: "smplx-neutral"}
_HMR2_FOCAL = 5000 / 256
_BEFORE_M, _FAR_M = 0.5, 12.0
"""Metres from which a mesh stands before a camera, and from which that is one of thousands of pixels."""
_PERSON = re.compile(r"(.+)_(?:person_?)?(\d+)")


@dataclass(frozen=True, eq=False)
class StoredMesh:
    """Vertices (V, 3) and triangles (F, 3) of a file."""

    vertices: NDArray[np.float64]
    faces: NDArray[np.int32]


def read_mesh(path: Path) -> StoredMesh:
    """The one surface of a mesh file, materials and pictures left alone; raises SefdError."""
    import trimesh

    try:
        if path.stat().st_size > _LARGEST:
            raise SefdError("this is too large for the mesh of a person", where=path)
        options: dict[str, Any] = {"process": False, "maintain_order": True, "skip_materials": True}
        found = trimesh.load_mesh(BytesIO(path.read_bytes()), file_type=path.suffix[1:].lower(), **options)
        vertices = np.asarray(found.vertices, np.float64).reshape(-1, 3)
        faces = np.asarray(found.faces, np.int32).reshape(-1, 3)
    except SefdError:
        raise
    except Exception as error:  # a damaged file may raise anything
        words = f"this mesh cannot be read ({type(error).__name__}: {error})"
        raise SefdError(words, where=path, remedy="Save it again, as OBJ or PLY") from error
    if not len(vertices) or not len(faces):
        raise SefdError("this mesh has no surface", where=path, remedy="Save it with its triangles")
    return StoredMesh(vertices, faces)


def surface_body(name: str, faces: NDArray[np.integer], count: int) -> BodyModel:
    """A surface of `count` vertices as a body that nobody can pose and that has no joints."""
    return _surface_body(name, np.asarray(faces, np.int32).tobytes(), count)


@lru_cache(maxsize=16)
def _surface_body(name: str, faces: bytes, count: int) -> BodyModel:
    return BodyModel(
        id=name,
        name="a mesh",
        v_template=np.zeros((count, 3), np.float32),
        shapedirs=np.zeros((count, 3, 0), np.float32),
        posedirs=None,
        J_regressor=np.full((1, count), 1 / count, np.float32),
        weights=np.zeros((count, 0), np.float32),
        parents=np.full(1, -1),
        faces=np.frombuffer(faces, np.int32).reshape(-1, 3),
        extra_regressor=np.zeros((0, count), np.float32),
        joint_set=JointSet("middle", ("Middle",), (), ()),
    )


def _is_mesh(content: Any) -> bool:
    return isinstance(content, StoredMesh)


def _read_meshes(content: StoredMesh, path: Path) -> FoundFile:
    """A mesh behind the camera of a renderer (y up, looking along -z) is turned before the picture's."""
    vertices = numbers(content.vertices, -1, 3, name="vertices")
    named = _PERSON.fullmatch(path.stem)
    depth = float(vertices[:, 2].mean())
    turn = np.diag([1.0, -1, -1]) if depth < -_BEFORE_M else np.eye(3)
    body, told = _body_of(content)
    person = FoundPerson(
        f"person {named[2] if named else 0}",
        body,
        picture=path.stem,
        vertices=vertices,
        faces=content.faces,
        turn=turn,
        camera=longer_side_camera(_HMR2_FOCAL) if abs(depth) > _FAR_M else None,
        before_set=_BEFORE_M < abs(depth) <= _FAR_M,
    )
    return FoundFile("meshes", [person], [*told, *_words(depth)])


def _body_of(mesh: StoredMesh) -> tuple[str, list[str]]:
    """Whose surface it is, by its triangles or its number of vertices, and what to know about that."""
    count = len(mesh.vertices)
    if np.array_equal(mesh.faces, open_body().faces):
        return open_body().id, []
    if count in _BODIES:
        return _BODIES[count], [f"by its {count} vertices it is taken for {_BODIES[count]}"]
    return f"mesh-{count}", ["it is the surface of no known body: it is drawn, and not measured in space"]


def _words(depth: float) -> list[str]:
    words = []
    if depth < -_BEFORE_M:
        words.append("it lies as renderers have it (y up, z back): it is turned before the camera")
    if abs(depth) > _FAR_M:
        words.append("it is so far away that the camera of 4D-Humans' demo is taken (5000/256 of the side)")
    elif abs(depth) > _BEFORE_M:
        words.append("a mesh has no camera: that of the set is taken")
    else:
        words.append("it lies at the origin: nothing is projected")
    return words


FORMATS = (
    PredictionFormat(
        "meshes",
        "4D-Humans' and CameraHMR's demos, anything else",
        "`<picture>_<person>.obj`, `.ply`, `.off`, `.stl`",
        "SMPL, SMPL-X, or their own surface",
        "file names",
        "the set's; of far ones 5000/256 of the longer side",
        _is_mesh,
        _read_meshes,
    ),
)
