"""Pictures of what networks see and say, in the frame of a crop or over the photo: RGB arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.crops import NETWORK_FOCAL, Crop

if TYPE_CHECKING:
    from sefd_viewer.app.scene import FindBody, Scene
    from sefd_viewer.app.stages import Stage
    from sefd_viewer.app.state import Color
    from sefd_viewer.inference.messages import Prediction, Role

Image = NDArray[np.uint8]
Values = NDArray[np.floating]
SIDE = 384
"""Pixels along a picture of the crop."""
CROP = 256
LONGEST = 900
"""Pixels of the longer side of a photo that is drawn on."""


def crop_picture(image: Image, crop: Crop, *, side: int = SIDE) -> Image:
    """The crop (side, side, 3) at a resolution for people to look at."""
    from sefd_viewer.datasets.sample import warp

    return warp(image, Crop.from_square(crop.bbox_xywh, size=side))


def enlarged(values: Values | Image, *, side: int = SIDE, smooth: bool = True) -> NDArray[np.float32]:
    """Values (H,W) stretched over a picture of the crop."""
    import cv2

    how = cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(np.asarray(values, np.float32), (side, side), interpolation=how), np.float32)


def grey(values: Values) -> Image:
    """Values in [0,1], (H,W), as a picture (H,W,3)."""
    level = (np.clip(values, 0, 1) * 255).round().astype(np.uint8)
    return np.repeat(level[..., None], 3, axis=-1)


def dimmed(picture: Image, *, light: float = 0.45) -> Image:
    """A picture to draw on."""
    faded = picture.mean(axis=-1, keepdims=True) * 0.5 + picture * 0.5
    return (faded * light).astype(np.uint8)


def colored(values: Values, limits: tuple[float, float]) -> Image:
    """Values (...) in the colours of `inferno` between the limits, (...,3)."""
    import cv2

    low, high = limits
    steps = np.clip((np.nan_to_num(values, nan=low) - low) / max(high - low, 1e-9), 0, 1)
    levels = (steps * 255).round().astype(np.uint8)
    flat = cv2.applyColorMap(levels.reshape(-1, 1), cv2.COLORMAP_INFERNO)[:, 0, ::-1]
    return np.ascontiguousarray(flat.reshape(*levels.shape, 3))


def heat_over(
    picture: Image, values: Values, limits: tuple[float, float], *, strength: float = 0.75
) -> Image:
    """Values (H,W) over a picture of the same size: the more, the more they cover."""
    low, high = limits
    share = np.clip((values - low) / max(high - low, 1e-9), 0, 1)[..., None]
    cover = strength * np.sqrt(share)
    mixed = dimmed(picture, light=0.7) * (1 - cover) + colored(values, limits) * cover
    return mixed.round().astype(np.uint8)


def body_over(
    picture: Image, vertices_camera: Values, faces: NDArray[np.integer], color: Color, *, opacity: float = 0.9
) -> Image:
    """A body (V,3), metres in its network's camera, over a square picture of the crop."""
    from sefd_viewer.render.overlay import shaded_overlay

    drawn = shaded_overlay(
        [vertices_camera], faces, np.array([color], np.uint8), crop_camera(len(picture)), picture.shape[1::-1]
    )
    return blended(picture, drawn, opacity=opacity)


def blended(picture: Image, drawn: Image, *, opacity: float = 0.9) -> Image:
    """What was `drawn` (H,W,4), straight alpha, over a picture (H,W,3)."""
    cover = drawn[..., 3:].astype(np.float32) / 255 * opacity
    return (picture * (1 - cover) + drawn[..., :3] * cover).round().astype(np.uint8)


def outline_over(
    picture: Image,
    vertices_camera: Values,
    faces: NDArray[np.integer],
    color: Color,
    *,
    width: int = 2,
    camera: PinholeCamera | None = None,
) -> Image:
    """The outline of a body over a square picture of the crop, or over what another `camera` sees."""
    import cv2

    from sefd_viewer.render.zbuffer import render_buffers

    camera = camera or crop_camera(len(picture))
    seen = render_buffers([vertices_camera], faces, camera, picture.shape[1::-1]).person_id > 0
    contours, _ = cv2.findContours(seen.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    drawn = np.ascontiguousarray(picture)
    cv2.drawContours(drawn, contours, -1, (0, 0, 0), width + 2, cv2.LINE_AA)
    cv2.drawContours(drawn, contours, -1, color, width, cv2.LINE_AA)
    return drawn


def points_over(
    picture: Image, points: Values, segments: Sequence[tuple[int, int]], colors: Image, *, radius: int = 5
) -> Image:
    """Joints (J,2), pixels of the picture, with their bones; `colors` (J,3), one each."""
    import cv2

    drawn = np.ascontiguousarray(picture)
    places = [tuple(int(v) for v in point) for point in np.rint(points)]
    for first, second in segments:
        cv2.line(drawn, places[first], places[second], (200, 200, 200), 1, cv2.LINE_AA)
    for place, color in zip(places, colors, strict=True):
        cv2.circle(drawn, place, radius + 1, (0, 0, 0), -1, cv2.LINE_AA)
        cv2.circle(drawn, place, radius, tuple(int(v) for v in color), -1, cv2.LINE_AA)
    return drawn


def to_picture(points: Values, from_size: int, to_size: int = SIDE) -> Values:
    """Points (...,2) of one square picture in another; pixel centres at whole numbers in both."""
    return (points + 0.5) * (to_size / from_size) - 0.5


def crop_camera(side: int) -> PinholeCamera:
    """The networks' camera for a picture of the crop with this side."""
    return PinholeCamera(np.full(2, NETWORK_FOCAL * side / CROP), np.full(2, (side - 1) / 2))


# ---- over the whole photo


def bodies_over_photo(
    photo: Image,
    scene: Scene,
    predictions: Sequence[Prediction],
    color: Color,
    find_body: FindBody,
    *,
    outlines: Sequence[Prediction] = (),
) -> Image:
    """A network's bodies, and `outlines` of others, over a photo (H,W,3) of the scene's size, made smaller.

    People who stand behind others are hidden by them, as everywhere on the photo.
    """
    from sefd_viewer.app.layers import body_color, mesh_overlay
    from sefd_viewer.datasets.images import shrink

    picture = shrink(photo, LONGEST)
    shrunk = picture.shape[1] / photo.shape[1], picture.shape[0] / photo.shape[0]
    stage = _stage(scene, predictions, find_body)
    if stage is not None:
        people = [person.key for person in scene.people]
        colors = [body_color(color, people.index(body.person)) for body in stage.bodies]
        camera = stage.camera.resized(*shrunk)
        picture = blended(picture, mesh_overlay(stage.bodies, colors, camera, picture.shape[1::-1]))
    before = _stage(scene, outlines, find_body)
    for body in before.bodies if before is not None else ():
        camera = before.camera.resized(*shrunk)  # type: ignore[union-attr]
        picture = outline_over(picture, body.vertices_camera, body.faces, (255, 255, 255), camera=camera)
    return picture


def _stage(scene: Scene, predictions: Sequence[Prediction], find_body: FindBody) -> Stage | None:
    if not predictions:
        return None
    from sefd_viewer.app.stages import in_order, predicted_stage
    from sefd_viewer.inference.messages import RoleResult

    role: Role = predictions[0].role
    return in_order(predicted_stage(RoleResult(0, role, tuple(predictions)), scene, find_body), None)
