"""Predictions as files: a JSON document, mesh files and an overlay picture for each photo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer import __version__
from sefd_viewer.body.model import BodyModel
from sefd_viewer.datasets.images import shrink
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.image_plane import body_before_camera, painted_factors
from sefd_viewer.geometry.joints import JOINT_SETS, SMPL30
from sefd_viewer.inference.messages import PersonInput, Prediction, Role, RoleResult


@dataclass(frozen=True, eq=False)
class Group:
    """Bodies before one camera: `vertices_camera` (V,3) metres, `faces` (F,3) and name of each person."""

    people: tuple[str, ...]
    vertices_camera: tuple[np.ndarray, ...]
    faces: tuple[np.ndarray, ...]
    camera: PinholeCamera


def in_one_plane(
    predictions: Sequence[Prediction],
    find_body: Callable[[str], BodyModel],
    *,
    camera: PinholeCamera,
) -> Group | None:
    """Everyone in the image plane of `camera`, at their own pixels; None without people."""
    if not predictions:
        return None
    return Group(
        tuple(p.person for p in predictions),
        tuple(body_before_camera(p.vertices_camera, p.camera, camera) for p in predictions),
        tuple(find_body(p.parameters.body_id).faces for p in predictions),
        camera.without_extrinsics(),
    )


SCHEMA = "sefd-viewer.prediction/1"
MESH_FRAME = "metres; x right, y up, z towards the viewer (the camera's frame with y and z turned round)"
ROLE_COLORS: dict[Role, tuple[int, int, int]] = {
    "baseline": (0xE6, 0x9F, 0x00),
    "student": (0x00, 0x72, 0xB2),
    "teacher": (0x00, 0x9E, 0x73),
}
"""RGB; told apart with any colour vision."""

MeshFormat = Literal["obj", "glb"]
_UPRIGHT = np.array([1.0, -1.0, -1.0])
_PANEL_SIDE = 1600


def document(
    image: Mapping[str, Any],
    people: Sequence[PersonInput],
    results: Mapping[Role, RoleResult],
    *,
    edges: EdgeSettings,
    edge_sources: Mapping[Role, str],
    problems: Sequence[str] = (),
    files: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Everything about one photo as values that `orjson` writes with its NumPy option.

    `image` describes the picture (path, width, height), `edge_sources` says of what each role's edges were
    made, `files` names what lies beside the document. Pixels have their centres at integers.
    """
    sets = sorted({SMPL30.name, *(person.pose2d.joint_set for person in people)})
    return {
        "schema": SCHEMA,
        "program": f"sefd-viewer {__version__}",
        "image": dict(image),
        "conventions": {
            "camera": "x right, y down, z forward, metres; pixel centres at integers",
            "meshes": MESH_FRAME,
        },
        "joint_sets": {name: list(JOINT_SETS[name].names) for name in sets},
        "edge_settings": edges.to_dict(),
        "edge_sources": dict(edge_sources),
        "milliseconds": {role: dict(result.milliseconds) for role, result in results.items()},
        "files": dict(files or {}),
        "problems": list(problems),
        "people": [_person(person, results) for person in people],
    }


def mesh_file(group: Group, kind: MeshFormat) -> bytes:
    """All bodies of a group in one OBJ or GLB file, named person_<key>, upright (MESH_FRAME)."""
    import trimesh

    scene = trimesh.Scene()
    for person, vertices, faces in zip(group.people, group.vertices_camera, group.faces, strict=True):
        mesh = trimesh.Trimesh(vertices * _UPRIGHT, faces, process=False)
        scene.add_geometry(mesh, node_name=f"person_{person}", geom_name=f"person_{person}")
    data = scene.export(file_type=kind)
    return data.encode() if isinstance(data, str) else data


def overlay_picture(
    image: NDArray[np.uint8], groups: Mapping[Role, Group], *, painted: Sequence[str] = ()
) -> bytes:
    """The photo and beside it one panel for each role, its bodies drawn depth-tested over the photo; PNG.

    Panels are at most 1600 pixels on their longer side. People `painted` over the photo are in front.
    """
    photo = shrink(image, _PANEL_SIDE)
    scale = photo.shape[1] / image.shape[1], photo.shape[0] / image.shape[0]
    panels = [photo, *(_drawn(photo, role, group, scale, painted) for role, group in groups.items())]
    return _png(np.concatenate(panels, axis=1))


def _drawn(
    photo: NDArray[np.uint8], role: Role, group: Group, scale: tuple[float, float], painted: Sequence[str]
) -> NDArray[np.uint8]:
    from sefd_viewer.render.overlay import shaded_overlay

    depths = [(vertices[:, 2].min(), vertices[:, 2].max()) for vertices in group.vertices_camera]
    factors = painted_factors(depths, [group.people.index(key) for key in painted if key in group.people])
    bodies = [one * factor for one, factor in zip(group.vertices_camera, factors.tolist(), strict=True)]
    colors = np.tile(np.array(ROLE_COLORS[role], np.uint8), (len(group.people), 1))
    size = (photo.shape[1], photo.shape[0])
    drawn = shaded_overlay(bodies, group.faces, colors, group.camera.resized(*scale), size)
    alpha = drawn[..., 3:].astype(np.float32) / 255
    panel = (photo * (1 - alpha) + drawn[..., :3] * alpha + 0.5).astype(np.uint8)
    return _labelled(panel, role)


def _labelled(panel: NDArray[np.uint8], role: Role) -> NDArray[np.uint8]:
    height = max(panel.shape[0] / 40, 8.0)
    place = (round(height / 2), round(height * 1.5))
    strength = height / 22
    for color, width in (((0, 0, 0), 4), (ROLE_COLORS[role], 1)):
        cv2.putText(
            panel, role, place, cv2.FONT_HERSHEY_SIMPLEX, strength, color, max(1, round(width * strength))
        )
    return panel


def _png(picture: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))[1].tobytes()


def _person(person: PersonInput, results: Mapping[Role, RoleResult]) -> dict[str, Any]:
    pose = person.pose2d
    found = {role: _of(person.key, result) for role, result in results.items()}
    return {
        "person": person.key,
        "pose2d": {
            "joint_set": pose.joint_set,
            "keypoints": pose.keypoints,
            "bbox_xywh": pose.bbox_xywh,
            "score": float(pose.score),
            "source": pose.source,
        },
        "has_ground_truth": person.truth is not None,
        "predictions": {role: _prediction(p) for role, p in found.items() if p is not None},
    }


def _of(person: str, result: RoleResult) -> Prediction | None:
    return next((p for p in result.predictions if p.person == person), None)


def _prediction(prediction: Prediction) -> dict[str, Any]:
    edge, crop = prediction.edge, prediction.crop
    box = np.ascontiguousarray(crop.bbox_xywh)
    return {
        "smpl": prediction.parameters.to_dict(),
        "camera": prediction.camera.to_dict(),
        "joint_set": SMPL30.name,
        "joints_camera": np.ascontiguousarray(prediction.joints_camera),
        "joints_image": np.ascontiguousarray(prediction.joints_image),
        "crop": {"bbox_xywh": box, "size": crop.size, "convention": crop.convention},
        "edge": None if edge is None else {"label": edge.label, "source": edge.source},
        "weights_hash": prediction.weights_hash,
        "orientation": prediction.orientation,
    }
