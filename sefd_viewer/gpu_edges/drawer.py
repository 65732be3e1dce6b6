"""Jobs of edge maps drawn on a torch device, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from sefd_viewer.body import BodyModel
from sefd_viewer.body.catalog import catalog_at
from sefd_viewer.edge_maps.jobs import Drawn, FactorySettings, MapJob, MapPerson, SizedJob, body_of
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.image_plane import body_before_camera, painted_factors
from sefd_viewer.geometry.rotations import axis_angle_to_matrix
from sefd_viewer.gpu_edges.maps import Crowd, crowd_maps
from sefd_viewer.inference.device import Device
from sefd_viewer.inference.worker import poisons_process
from sefd_viewer.networks.body_layer import BodyLayer

_BODIES = 64
"""Bodies posed at a time, about 2 MB each."""


class Poser:
    """One body model on a device."""

    def __init__(self, body: BodyModel, device: torch.device) -> None:
        self.faces = torch.from_numpy(body.faces.astype(np.int64)).to(device)
        self._layer, self._body = BodyLayer(body).to(device), body
        self._device = device

    def __call__(self, people: Sequence[MapPerson], references: Sequence[PinholeCamera]) -> list[Tensor]:
        """Vertices (V,3) float32 of each, metres in the frame of his picture's reference camera."""
        starts = range(0, len(people), _BODIES)
        parts = [slice(start, start + _BODIES) for start in starts]
        return [body for part in parts for body in self._posed(people[part], references[part])]

    def _posed(self, people: Sequence[MapPerson], references: Sequence[PinholeCamera]) -> Tensor:
        pose = np.stack([person.smpl.pose for person in people]).reshape(len(people), -1, 3)
        rotations = axis_angle_to_matrix(pose.astype(np.float64))
        shapes = np.zeros((len(people), self._body.shapedirs.shape[-1]))
        face = self._body.betas_count
        for row, one in enumerate(person.smpl for person in people):
            shapes[row, : len(one.betas)] = one.betas
            shapes[row, face : face + len(one.expression)] = one.expression
        transl = np.stack([person.smpl.transl for person in people])
        arrays = (torch.from_numpy(array).float().to(self._device) for array in (rotations, shapes, transl))
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


_AT_ONCE = 32


class TorchDrawer:
    """Draws on a torch device that has float64; the drawer of `make_maps` for a graphics card.

    `bodies` are files of licensed bodies.
    """

    at_once = _AT_ONCE

    def __init__(self, settings: FactorySettings, device: Device, bodies: tuple[str, ...] = ()) -> None:
        self.name = f"torch {torch.__version__} on {device.label}"
        self._settings, self._device = settings, device.torch
        self._find_body = catalog_at(bodies).find
        self._posers: dict[BodyModel, Poser] = {}

    def __call__(self, jobs: Sequence[SizedJob]) -> list[Drawn]:
        """The maps of each job, or why it cannot be drawn.

        What goes wrong with many at once is tried with fewer, until it is one job's fault. Raises SefdError
        when the device cannot be used any more.
        """
        try:
            return self._draw(jobs)
        except Exception as error:  # whatever is wrong with one record must not stop the others
            if poisons_process(error):
                remedy = "Give the same command again, it goes on where it was; --device cpu needs no card"
                raise SefdError(f"the graphics card failed ({error})", remedy=remedy) from error
            if len(jobs) < 2:
                return [error for _ in jobs]
        half = len(jobs) // 2
        return [*self(jobs[:half]), *self(jobs[half:])]

    @torch.inference_mode()
    def _draw(self, jobs: Sequence[SizedJob]) -> list[Drawn]:
        posed = iter(self._posed([job for job, _ in jobs]))
        crowds = [
            Crowd(
                _painted(list(islice(posed, len(job.people))), job),
                job.people[0].camera,
                size,
                [person.box for person in job.people],
            )
            for job, size in jobs
        ]
        return list(crowd_maps(crowds, self._settings.kind, self._settings.edges))

    def _posed(self, jobs: Sequence[MapJob]) -> list[tuple[Tensor, Tensor]]:
        """Vertices (V,3) before the picture's camera and faces (F,3) of everyone, posed model by model."""
        seen = [(person, job.people[0].camera) for job in jobs for person in job.people]
        models = [body_of(person.smpl, self._find_body) for person, _ in seen]
        posed: dict[int, tuple[Tensor, Tensor]] = {}
        for model in set(models):
            own = [index for index, one in enumerate(models) if one is model]
            poser = self._poser(model)
            vertices = poser(*zip(*(seen[index] for index in own), strict=True))
            posed.update(zip(own, ((body, poser.faces) for body in vertices), strict=True))
        return [posed[index] for index in range(len(seen))]

    def _poser(self, body: BodyModel) -> Poser:
        if body not in self._posers:
            self._posers[body] = Poser(body, self._device)
        return self._posers[body]


def _painted(bodies: list[tuple[Tensor, Tensor]], job: MapJob) -> list[tuple[Tensor, Tensor]]:
    """Vertices and faces with the people who were painted over the photo in front of all others."""
    if not job.painted:
        return bodies
    depths = [(float(vertices[:, 2].min()), float(vertices[:, 2].max())) for vertices, _ in bodies]
    factors = painted_factors(depths, job.painted).tolist()
    return [(vertices * factor, faces) for (vertices, faces), factor in zip(bodies, factors, strict=True)]
