"""One method's bodies where another's are, so that what differs is pose, shape and orientation."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.stages import Stage

OPACITY = 0.45
TRUTH_COLOR = (205, 208, 214)
STAGES_REMEMBERED = 24


@lru_cache(maxsize=STAGES_REMEMBERED)
def vertices_at(stage: Stage, places: Stage, on_photo: bool) -> dict[str, NDArray[np.float32]]:
    """The vertices (V,3) metres of everyone in both stages, at the distance that `places` give them.

    One picture does not tell how far away somebody is. With `on_photo` each body of `stage` keeps its pixels
    and is scaled about the camera to the mean depth of the one in `places`; otherwise the centres of both are
    the same.
    """
    moved = {}
    own = {body.person: body for body in stage.bodies}
    for place in places.bodies:
        if (body := own.get(place.person)) is None:
            continue
        if on_photo:
            depth, wanted = body.vertices_camera[:, 2].mean(), place.vertices_camera[:, 2].mean()
            moved[place.person] = body.vertices_camera * (wanted / depth)
        else:
            shift = place.vertices_space.mean(axis=0) - body.vertices_space.mean(axis=0)
            moved[place.person] = body.vertices_space + shift
    return moved
