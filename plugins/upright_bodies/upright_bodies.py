"""A method in a plugin: the mean body, upright and as far away as its 2D pose's box is small."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sefd_viewer import api


def predict(image: NDArray[np.uint8], people: Sequence[api.PersonInput]) -> dict[str, api.PredictedBody]:
    """A body for each person, by key, in metres before their camera."""
    body = api.open_body()
    upright = body.v_template * [1.0, -1.0, -1.0]  # the template's y points up, a camera's down
    low, high = upright.min(axis=0), upright.max(axis=0)
    centred = upright - (low + high) / 2
    height, width = image.shape[:2]
    found = {}
    for person in people:
        camera = person.camera or api.PinholeCamera.assumed((width, height))
        x, y, box_width, box_height = person.pose2d.bbox_xywh
        depth = camera.focal[1] * (high - low)[1] / max(box_height, 1.0)
        pixel = np.array([x + box_width / 2, y + box_height / 2])
        aside = (pixel - camera.principal_point) / camera.focal * depth
        vertices = (centred + [*aside, depth]).astype(np.float32)
        found[person.key] = api.PredictedBody(person.key, vertices, body, camera.without_extrinsics())
    return found
