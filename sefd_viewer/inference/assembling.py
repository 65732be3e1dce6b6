"""From SMPL parameters to predictions: bodies, joints and where they lie in the photo."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sefd_viewer.body.model import BodyModel
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.datasets.sample import Sample
from sefd_viewer.edges.edge_map import EdgeMap
from sefd_viewer.geometry.crops import image_camera
from sefd_viewer.geometry.joints import SMPL30
from sefd_viewer.inference.forward import Estimates
from sefd_viewer.inference.messages import Prediction, Role
from sefd_viewer.networks.checkpoints import LoadedNetwork


def assemble(
    people: Sequence[str],
    samples: Sequence[Sample],
    edges: Sequence[EdgeMap | None],
    role: Role,
    loaded: LoadedNetwork,
    body: BodyModel,
    estimates: Estimates,
) -> tuple[Prediction, ...]:
    """The predictions of a batch: one name, sample and edge map each, in the order of `estimates`."""
    vertices, joints24 = body.forward_batch(*estimates)
    joints = body.joints(vertices, joints24, SMPL30)
    predictions = []
    for i, (person, sample) in enumerate(zip(people, samples, strict=True)):
        camera = image_camera(sample.crop)
        predictions.append(
            Prediction(
                person=person,
                role=role,
                parameters=SmplParameters(body.id, *(values[i] for values in estimates)),
                camera=camera,
                vertices_camera=vertices[i],
                joints_camera=joints[i],
                joints_image=camera.project_camera(joints[i]).astype(np.float32),
                crop=sample.crop,
                edge=edges[i],
                weights_hash=loaded.weights_hash,
                orientation=loaded.card.orientation,
            )
        )
    return tuple(predictions)
