"""Jobs of the edge factory drawn on a torch device, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import torch
from torch import Tensor

from sefd_viewer.body import BodyModel
from sefd_viewer.body.shelf import shelf_at
from sefd_viewer.edge_maps.drawing import Drawn, body_of
from sefd_viewer.edge_maps.jobs import MapJob, SizedJob
from sefd_viewer.edge_maps.settings import FactorySettings
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.depth_order import painted_factors
from sefd_viewer.gpu_edges.maps import Crowd, crowd_maps
from sefd_viewer.gpu_edges.posing import Poser
from sefd_viewer.inference.device import Device
from sefd_viewer.inference.worker import poisons_process

_AT_ONCE = 32


class TorchDrawer:
    """Draws on a torch device that has float64; the drawer of `make_maps` for a graphics card.

    `bodies` are files of licensed bodies.
    """

    at_once = _AT_ONCE

    def __init__(self, settings: FactorySettings, device: Device, bodies: tuple[str, ...] = ()) -> None:
        self.name = f"torch {torch.__version__} on {device.label}"
        self._settings, self._device = settings, device.torch
        self._find_body = shelf_at(bodies).find
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
