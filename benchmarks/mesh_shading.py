"""How far mesh edges of this program's shading are from those of the release's lights, on the same bodies.

The release renders with three directional lights of intensity 0.8 and an ambient of 0.3, flat, in the colour
(1, 1, 0.9), not metallic. It gives the lights places, (0, -1, 1), (0, 1, 1), (1, 1, 2), and no directions:
lights of this kind shine along the axis of their node, here the camera's. Both readings are measured.

    python benchmarks/mesh_shading.py
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.files import open_body
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.edges.image_edges import canny, dilate, kernel_for_box
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.render.zbuffer import render_buffers
from sefd_viewer.resources import resource_path

COLOUR, AMBIENT, INTENSITY, REFLECTANCE = np.array([1.0, 1.0, 0.9]), 0.3, 0.8, 0.04
TO_GREY = np.array([0.114, 0.587, 0.299])
"""The release's grey has the order of channels reversed."""
READINGS = {
    "along the camera's axis": [(0, 0, 1)] * 3,
    "from their places": [(0, -1, 1), (0, 1, 1), (1, 1, 2)],
}
HEIGHTS, LEAST = (120, 300, 700), 0.1
EDGES = EdgeSettings(dilation="adaptive")


def lit(
    normals: NDArray[np.float64], view: NDArray[np.float64], lights: list[tuple[int, int, int]]
) -> NDArray[np.float64]:
    """Grey (F,) of faces with unit normals and directions to the eye (F, 3): Lambert and GGX, roughness 1."""
    colours = np.tile(AMBIENT * COLOUR, (len(normals), 1))
    to_eye = np.clip((normals * view).sum(1), 1e-3, 1)
    for place in lights:
        light = np.array(place) / np.linalg.norm(place)
        to_light = np.clip(normals @ light, 0, 1)
        half = (view + light) / np.linalg.norm(view + light, axis=1, keepdims=True)
        fresnel = REFLECTANCE + (1 - REFLECTANCE) * (1 - np.clip((view * half).sum(1), 0, 1)) ** 5
        shadowing = to_eye / (to_eye + 1) * 2 * to_light / (to_light + 1) * 2
        mirrored = fresnel * shadowing / (4 * np.pi * to_eye * np.maximum(to_light, 1e-3))
        scattered = (1 - fresnel)[:, None] * COLOUR / np.pi
        colours += INTENSITY * to_light[:, None] * (scattered + mirrored[:, None])
    return np.round(np.clip(colours, 0, 1) * 255) / 255 @ TO_GREY


def shades(
    pose: NDArray[np.floating], height: int, rng: np.random.Generator
) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.float32] | None]:
    """The picture by this program, and by each reading of the lights; the box of the body."""
    width, focal = int(1.6 * height), 2.2 * height
    camera = PinholeCamera(np.array([focal, focal]), np.array([width / 2, 0.65 * height]))
    body, turned = open_body(), pose.astype(np.float64)
    about = np.array([0, rng.uniform(0, 6.28), 0])
    turn = cv2.Rodrigues(np.array([np.pi, 0, 0]))[0] @ cv2.Rodrigues(about)[0]
    turned[:3] = cv2.Rodrigues(turn)[0][:, 0]
    smpl = SmplParameters.from_pose(body.id, turned, rng.normal(size=10), [0, 0.1, 4])
    vertices = body.forward(smpl).vertices
    drawn = render_buffers([vertices], body.faces, camera, (width, int(1.3 * height)), front_only=True)
    corners = vertices[body.faces].astype(np.float64)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
    view = -corners.mean(1) / np.linalg.norm(corners.mean(1), axis=1, keepdims=True)
    normals *= np.where((normals * view).sum(1) < 0, -1, 1)[:, None]
    pictures, seen = {"": drawn.shade}, drawn.face_id >= 0
    for name, lights in READINGS.items():
        up_and_back = [1, -1, -1]  # the release's axes
        picture = np.ones_like(drawn.shade)
        picture[seen] = lit(normals * up_and_back, view * up_and_back, lights)[drawn.face_id[seen]]
        pictures[name] = picture
    return pictures, drawn.box(0)


def main() -> None:
    """Print by height of the person the share of edge pixels that only one of both has."""
    with np.load(resource_path("poses.npz")) as file:
        poses = file["poses"][np.linspace(0, len(file["poses"]) - 1, 12).astype(int)]
    rng = np.random.default_rng(0)
    counts = {(name, height): np.zeros((3, 2)) for name in READINGS for height in HEIGHTS}
    for height in HEIGHTS:
        for pose in poses:
            pictures, box = shades(pose, height, rng)
            edges = {name: canny(picture, EDGES) for name, picture in pictures.items()}
            kernel = kernel_for_box(box, EDGES)
            ours, wide = edges[""] >= LEAST, dilate(edges[""], kernel) >= LEAST
            for name in READINGS:
                theirs, theirs_wide = edges[name] >= LEAST, dilate(edges[name], kernel) >= LEAST
                for row, (a, b, near) in enumerate(
                    ((ours, theirs, 1), (ours, theirs, 3), (wide, theirs_wide, 1))
                ):
                    alone = (a & ~_grown(b, near)) | (b & ~_grown(a, near))
                    counts[name, height][row] += alone.sum(), (a | b).sum()
    for (name, height), found in counts.items():
        exact, near, dilated = found[:, 0] / found[:, 1]
        print(
            f"{name}, person {height} px: {exact:.1%} of edge pixels, {near:.1%} beyond a pixel, "
            f"{dilated:.1%} after adaptive dilation"
        )


def _grown(mask: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    return cv2.dilate(mask.astype(np.uint8), np.ones((size, size), np.uint8)) > 0


if __name__ == "__main__":
    main()
