"""Surfaces out of mesh files (OBJ, PLY, OFF, STL), one person each, with their own faces; and archives of
surfaces or poses by picture, as this program has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.files import open_body
from sefd_viewer.datasets.body_files.people import (
    BY_VERTICES,
    BodyPose,
    CameraOf,
    FoundFile,
    FoundPerson,
    PredictionFormat,
    longer_side_camera,
    matrix_camera,
    numbers,
    of_names,
    row_of,
)
from sefd_viewer.errors import SefdError

ENDINGS = (".obj", ".ply", ".off", ".stl")
_LARGEST = 200_000_000
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
            raise SefdError(
                "this is too large for the mesh of a person",
                where=path,
                remedy="Choose the mesh of one person, below a gigabyte",
            )
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
    if count in BY_VERTICES:
        return BY_VERTICES[count], [f"by its {count} vertices it is taken for {BY_VERTICES[count]}"]
    return f"mesh-{count}", ["it is the surface of no known body: it is drawn, and not measured in space"]


def _words(depth: float) -> list[str]:
    words = []
    if depth < -_BEFORE_M:
        words.append("it lies as renderers have it (y up, z back): it is turned into the camera's frame")
    if abs(depth) > _FAR_M:
        words.append("it is so far away that the camera of 4D-Humans' demo is taken (5000/256 of the side)")
    elif abs(depth) > _BEFORE_M:
        words.append("a mesh has no camera: that of the set is taken")
    else:
        words.append("it lies at the origin: nothing is projected")
    return words


# ---- archives: a row for each person, with the picture's name


def is_archive(content: Any) -> bool:
    """Whether this is an archive of bodies by picture: records, and vertices or pose."""
    return of_names(content, "records") and any(name in content for name in ("vertices", "pose"))


def archive_people(content: Mapping[str, Any], path: Path) -> FoundFile:
    """The people of an archive: records (N,), people (N,), body_id, K (3, 3) or (N, 3, 3), and vertices
    (N, V, 3) or pose (N, 72 to 165), betas and transl; faces (F, 3) of a surface that is no known body's.

    Raises SefdError for one that does not say its body, and ValueError and the like for a damaged one.
    """
    if "K" not in content:
        remedy = f"Save K (3, 3) in it; or use it as a method over a set: --method NAME={path.name}"
        raise SefdError("this archive has no camera for its bodies", where=path, remedy=remedy)
    names = [str(name) for name in np.ravel(content["records"])]
    body = str(np.asarray(content.get("body_id", "")))
    faces = None if "faces" not in content else numbers(content["faces"], -1, 3, name="faces").astype(int)
    if not body and faces is None:
        remedy = "Save body_id in it (smpl-neutral, smplx-female, open-body-1, ...), or its faces (F, 3)"
        raise SefdError("this archive does not say which body its people are of", where=path, remedy=remedy)
    posed = "vertices" not in content or {"pose", "betas"} <= content.keys()
    own = np.ravel(content.get("people", ["1"] * len(names)))
    if {len(content[name]) for name in ("vertices", "pose") if name in content} | {len(own)} != {len(names)}:
        raise ValueError(f"its arrays do not have a row for each of the {len(names)} records")
    people = [
        FoundPerson(
            str(own[row]),
            body or f"mesh-{len(content['vertices'][row])}",
            picture=name,
            pose=_archived_pose(content, row, len(names)) if posed else None,
            vertices=None if "vertices" not in content else numbers(content["vertices"][row], -1, 3),
            faces=faces,
            camera=_archived_camera(content, row, len(names)),
        )
        for row, name in enumerate(names)
    ]
    return FoundFile("this program's archive", people)


def _archived_pose(content: Mapping[str, Any], row: int, count: int) -> BodyPose:
    place = row_of(content["transl"], row, count, "transl") if "transl" in content else np.zeros(3)
    bends = numbers(np.ravel(content["pose"][row]), -1, name="pose").reshape(-1, 3)
    return BodyPose(bends, row_of(content["betas"], row, count, "betas"), place)


def _archived_camera(content: Mapping[str, Any], row: int, count: int) -> CameraOf:
    matrices = np.asarray(content["K"])
    return matrix_camera(matrices[row] if matrices.ndim == 3 and len(matrices) == count else matrices)


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
