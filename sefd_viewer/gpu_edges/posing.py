"""The bodies of many jobs before their pictures' cameras: `factory.drawing.CrowdInPlane` in torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from sefd_viewer.body import BodyModel
from sefd_viewer.edge_maps.jobs import MapPerson
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.image_plane import body_before_camera
from sefd_viewer.geometry.rotations import axis_angle_to_matrix
from sefd_viewer.networks.body_layer import BodyLayer

_BODIES = 64
"""Bodies posed at a time, about 2 MB each."""


class Poser:
    """One body model on a device."""

    def __init__(self, body: BodyModel, device: torch.device) -> None:
        self.faces = torch.from_numpy(body.faces.astype(np.int64)).to(device)
        self._layer = BodyLayer(body).to(device)
        self._device = device

    def __call__(self, people: Sequence[MapPerson], references: Sequence[PinholeCamera]) -> list[Tensor]:
        """Vertices (V,3) float32 of each, metres in the frame of his picture's reference camera."""
        starts = range(0, len(people), _BODIES)
        parts = [slice(start, start + _BODIES) for start in starts]
        return [body for part in parts for body in self._posed(people[part], references[part])]

    def _posed(self, people: Sequence[MapPerson], references: Sequence[PinholeCamera]) -> Tensor:
        pose = np.stack([person.smpl.pose for person in people]).reshape(-1, 24, 3)
        rotations = axis_angle_to_matrix(pose.astype(np.float64))
        betas, transl = (np.stack([getattr(p.smpl, name) for p in people]) for name in ("betas", "transl"))
        arrays = (torch.from_numpy(array).float().to(self._device) for array in (rotations, betas, transl))
        vertices, _ = self._layer(*arrays)
        return before_cameras(vertices, [person.camera for person in people], references)


def before_cameras(
    vertices: Tensor, own: Sequence[PinholeCamera], references: Sequence[PinholeCamera]
) -> Tensor:
    """`body_before_camera` of bodies (B,V,3), from each one's own camera to its reference."""
    pairs = list(zip(own, references, strict=True))
    moved = [i for i, (one, reference) in enumerate(pairs) if one is not reference]
    bent = [i for i in moved if any(camera.is_distorted for camera in pairs[i])]
    plain = [i for i in moved if i not in bent]
    if plain:
        vertices[plain] = _before_plain(vertices[plain], [pairs[i] for i in plain]).float()
    for i in bent:  # Newton's method for a lens that no known set of several cameras has
        body = body_before_camera(vertices[i].cpu().numpy(), *pairs[i])
        vertices[i] = torch.from_numpy(body).to(vertices)
    return vertices


def _before_plain(vertices: Tensor, pairs: Sequence[tuple[PinholeCamera, PinholeCamera]]) -> Tensor:
    """(B,V,3) float64 for cameras with ideal lenses."""
    numbers = np.array([[(c.focal, c.principal_point) for c in pair] for pair in pairs])
    own, reference = torch.from_numpy(numbers).to(vertices.device).unbind(1)
    points = vertices.double()
    z = points[..., 2:]
    middle = z.mean(1, keepdim=True)
    depth = middle * (reference[:, None, :1, 0] / own[:, None, :1, 0] - 1) + z
    pixels = points[..., :2] / z.where(z > 0, torch.nan) * own[:, None, 0] + own[:, None, 1]
    plane = (pixels - reference[:, None, 1]) / reference[:, None, 0]
    return torch.cat((plane * depth, depth), -1)
