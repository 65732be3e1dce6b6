"""The ground truth as a faint body around each predicted one: what a prediction should have looked like."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.session.stages import Stage

OPACITY = 0.45
COLOR = (205, 208, 214)
STAGES_REMEMBERED = 24


@dataclass(frozen=True, eq=False)
class Ghost:
    """The true body of `person` where the prediction is: `vertices_camera` (V,3) metres, `faces` (F,3)."""

    person: str
    vertices_camera: NDArray[np.float32]
    faces: NDArray[np.int32]


@lru_cache(maxsize=STAGES_REMEMBERED)
def ghosts_of(truth: Stage, stage: Stage, on_photo: bool) -> tuple[Ghost, ...]:
    """The true bodies of everyone in `stage`, brought to the predictions' distance.

    One picture does not tell how far away somebody is. With `on_photo` each true body keeps its pixels and
    is scaled about the camera to the mean depth of the predicted one; otherwise the centres of both are the
    same, so that what differs is pose, shape and orientation.
    """
    true = {body.person: body for body in truth.bodies}
    ghosts = []
    for body in stage.bodies:
        if (real := true.get(body.person)) is None:
            continue
        if on_photo:
            depth, wanted = real.vertices_camera[:, 2].mean(), body.vertices_camera[:, 2].mean()
            vertices = real.vertices_camera * (wanted / depth)
        else:
            shift = body.vertices_space.mean(axis=0) - real.vertices_space.mean(axis=0)
            vertices = real.vertices_space + shift
        ghosts.append(Ghost(body.person, vertices, real.faces))
    return tuple(ghosts)
