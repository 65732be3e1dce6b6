"""Edge maps of many posed crowds at once: `edges.mesh_edges` in torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from sefd_viewer.edge_maps.jobs import Map, MapKind
from sefd_viewer.edges.image_edges import kernel_for_box
from sefd_viewer.edges.mesh_edges import reached_region
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.gpu_edges.canny import Region, Size, Windows, canny, dilate_each, dilate_whole
from sefd_viewer.gpu_edges.rasterise import Meshes, render_layers
from sefd_viewer.render.zbuffer import Faces, box_in_picture, faces_of_each

T = TypeVar("T")

_CELLS = 1 << 23
"""Pixels of windows that are drawn and searched at a time, about 80 bytes each."""

_PIXELS = 1 << 25
"""Pixels of maps that are made at a time, about 12 bytes each."""

_PEOPLE = 512
"""Bodies on their way at a time, about 1 MB each."""


@dataclass(frozen=True, eq=False)
class Crowd:
    """Everyone of one picture of `size` (width, height).

    `bodies` are vertices (V,3) float32, metres in the frame of its `camera`, and faces (F,3) int64 of each;
    `boxes` x y w h (pixels), one for each body, decide about dilation where they are not None.
    """

    bodies: Sequence[tuple[Tensor, Tensor]]
    camera: PinholeCamera
    size: Size
    boxes: Sequence[NDArray[np.floating] | None] | None = None

    @classmethod
    def of(
        cls,
        vertices_camera: Sequence[NDArray[np.floating]],
        faces: Faces,
        camera: PinholeCamera,
        size: Size,
        device: torch.device,
        *,
        boxes: Sequence[NDArray[np.floating] | None] | None = None,
    ) -> Crowd:
        """From the arguments of `mesh_edges`."""
        triangles = faces_of_each(faces, len(vertices_camera))
        bodies = [
            (torch.as_tensor(v, dtype=torch.float32).to(device), torch.as_tensor(f).long().to(device))
            for v, f in zip(vertices_camera, triangles, strict=True)
        ]
        return cls(bodies, camera, size, boxes)


@dataclass(frozen=True)
class _Person:
    """A body that can be seen: its number among the meshes, its picture's, and where its edges go."""

    body: int
    picture: int
    region: Region
    kernel: int


def crowd_maps(crowds: Sequence[Crowd], kind: MapKind, settings: EdgeSettings) -> list[tuple[Map, ...]]:
    """The maps of one kind of every crowd: one for each person, or one for all of them.

    All tensors lie on one device, which has float64. Memory is bounded, whatever the number of crowds; one
    picture must fit.
    """
    return [maps for group in _groups(crowds, kind) for maps in _group_maps(group, kind, settings)]


def _groups(crowds: Sequence[Crowd], kind: MapKind) -> Iterator[list[Crowd]]:
    """As many crowds in order as may be on their way together."""
    group: list[Crowd] = []
    pixels = people = 0
    for crowd in crowds:
        own = crowd.size[0] * crowd.size[1] * (len(crowd.bodies) if kind == "single" else 1)
        if group and (pixels + own > _PIXELS or people + len(crowd.bodies) > _PEOPLE):
            yield group
            group, pixels, people = [], 0, 0
        group.append(crowd)
        pixels, people = pixels + own, people + len(crowd.bodies)
    if group:
        yield group


def _group_maps(crowds: Sequence[Crowd], kind: MapKind, settings: EdgeSettings) -> list[tuple[Map, ...]]:
    scene = _Scene.of(crowds, settings) if any(crowd.bodies for crowd in crowds) else None
    if kind == "single":
        singles = iter(_single_maps(scene) if scene is not None else ())
        return [tuple(next(singles) for _ in crowd.bodies) for crowd in crowds]
    if scene is None:
        return [(np.zeros((crowd.size[1], crowd.size[0]), np.uint8),) for crowd in crowds]
    return [(picture,) for picture in _maps_of_everyone(scene, kind)]


def _single_maps(scene: _Scene) -> list[Map]:
    """A map for each body of each picture in turn."""
    canvas = _Canvas([scene.sizes[picture] for picture in scene.pictures], scene.device)
    for person, edge in scene.single_edges():
        canvas.add(person.body, person.region, edge)
    return canvas.maps()


def _maps_of_everyone(scene: _Scene, kind: MapKind) -> list[Map]:
    """A map for each picture."""
    canvas = _Canvas(scene.sizes, scene.device)
    if kind != "all":
        for person, edge in scene.single_edges():
            canvas.add(person.picture, person.region, edge)
        canvas.values.clamp_(max=1)
    if kind != "overlap":
        sign = 1 if kind == "all" else -1
        for picture, region, edge in scene.all_edges():
            canvas.add(picture, region, sign * edge)
    return canvas.maps()


@dataclass(frozen=True, eq=False)
class _Scene:
    """Several crowds on the device: all bodies, whose picture each is in, and the people who can be seen."""

    meshes: Meshes
    pictures: Sequence[int]
    people: Sequence[_Person]
    sizes: Sequence[Size]
    settings: EdgeSettings

    @classmethod
    def of(cls, crowds: Sequence[Crowd], settings: EdgeSettings) -> _Scene:
        """The crowds' scene; somebody must be in it."""
        sizes = [crowd.size for crowd in crowds]
        pictures = [index for index, crowd in enumerate(crowds) for _ in crowd.bodies]
        boxes = [box for crowd in crowds for box in crowd.boxes or [None] * len(crowd.bodies)]
        meshes = _meshes(crowds)
        people = []
        for body, (picture, extent) in enumerate(zip(pictures, meshes.extents().tolist(), strict=True)):
            drawn = box_in_picture(extent, sizes[picture])
            if drawn is not None:
                given = boxes[body]
                kernel = kernel_for_box(drawn if given is None else given, settings)
                region = reached_region(drawn, sizes[picture], settings, kernel)
                people.append(_Person(body, picture, region, kernel))
        return cls(meshes, pictures, people, sizes, settings)

    @property
    def device(self) -> torch.device:
        return self.meshes.screen.device

    def single_edges(self) -> Iterator[tuple[_Person, Tensor]]:
        """Each person and the edges (h,w) of his region, or more, as if alone."""
        for chunk in _chunks(self.people, [person.region for person in self.people]):
            windows = self._windows([(person.picture, person.region) for person in chunk])
            shown = self.meshes.of(torch.tensor([person.body for person in chunk], device=self.device))
            layers = render_layers(shown, torch.arange(len(chunk), device=self.device), windows)
            edges = canny(layers.shade, windows, self.settings)
            edges = dilate_whole(edges, [person.kernel for person in chunk])
            yield from zip(chunk, edges.clamp_(max=1), strict=True)

    def all_edges(self) -> Iterator[tuple[int, Region, Tensor]]:
        """Each picture with somebody, the rectangle around all, and the edges of everyone there."""
        crowds: dict[int, list[_Person]] = {}
        for person in self.people:
            crowds.setdefault(person.picture, []).append(person)
        regions = {picture: _around([person.region for person in own]) for picture, own in crowds.items()}
        for chunk in _chunks(list(crowds), list(regions.values())):
            windows = self._windows([(picture, regions[picture]) for picture in chunk])
            shown = [(p.body, layer) for layer, picture in enumerate(chunk) for p in crowds[picture]]
            bodies, layer = torch.tensor(shown, device=self.device).T
            layers = render_layers(self.meshes.of(bodies), layer, windows)
            edges = canny(layers.shade, windows, self.settings)
            kernels = [[person.kernel for person in crowds[picture]] for picture in chunk]
            edges = dilate_each(edges, layers.body, kernels)
            for picture, edge in zip(chunk, edges.clamp_(max=1), strict=True):
                yield picture, regions[picture], edge

    def _windows(self, places: Sequence[tuple[int, Region]]) -> Windows:
        sizes = [self.sizes[picture] for picture, _ in places]
        return Windows.of([region for _, region in places], sizes, self.device)


def _meshes(crowds: Sequence[Crowd]) -> Meshes:
    vertices = pad_sequence([v for crowd in crowds for v, _ in crowd.bodies], batch_first=True)
    faces = [f for crowd in crowds for _, f in crowd.bodies]
    alike = all(own is faces[0] for own in faces)
    stacked = faces[0].expand(len(faces), -1, -1) if alike else pad_sequence(faces, batch_first=True)
    return Meshes.seen_by([crowd.camera for crowd in crowds for _ in crowd.bodies], vertices, stacked)


def _around(regions: Sequence[Region]) -> Region:
    left, top, right, bottom = zip(*regions, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _chunks(items: Sequence[T], regions: Sequence[Region]) -> Iterator[list[T]]:
    """The items with windows of like size together, as many as one batch may hold."""
    shapes = [(bottom - top, right - left) for left, top, right, bottom in regions]
    chunk: list[T] = []
    tallest = widest = 0
    for index in sorted(range(len(items)), key=lambda index: shapes[index][0] * shapes[index][1]):
        height, width = max(tallest, shapes[index][0]), max(widest, shapes[index][1])
        if chunk and (len(chunk) + 1) * height * width > _CELLS:
            yield chunk
            chunk, (height, width) = [], shapes[index]
        chunk.append(items[index])
        tallest, widest = height, width
    if chunk:
        yield chunk


class _Canvas:
    """Maps of pictures of these sizes, one after the other in one tensor: they leave the device together."""

    def __init__(self, sizes: Sequence[Size], device: torch.device) -> None:
        self._sizes = sizes
        self.values = torch.zeros(sum(width * height for width, height in sizes), device=device)
        self._pictures = self._cut(self.values)

    def add(self, picture: int, region: Region, edge: Tensor) -> None:
        """Add edges to a region of a picture; `edge` begins there and may be larger."""
        left, top, right, bottom = region
        self._pictures[picture][top:bottom, left:right] += edge[: bottom - top, : right - left]

    def maps(self) -> list[Map]:
        """The pictures (H,W), 255 for 1 and more, 0 for less than nothing."""
        levels = (self.values.clamp(0, 1) * 255).round().to(torch.uint8)
        return [picture.numpy() for picture in self._cut(levels.cpu())]

    def _cut(self, values: Tensor) -> list[Tensor]:
        pictures = values.split([width * height for width, height in self._sizes])
        return [one.view(size[1], size[0]) for one, size in zip(pictures, self._sizes, strict=True)]
