"""`edges.dilation` for many edge maps at once."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from sefd_viewer.edges.mesh_edges import OWN_EDGE_REACH


def dilate(edge: Tensor, kernel: int) -> Tensor:
    """Grey dilation of (L,h,w) by a flat square of `kernel` pixels, odd."""
    return _dilated(_dilated(edge, (kernel, 1)), (1, kernel))


def dilate_whole(edges: Tensor, kernels: Sequence[int]) -> Tensor:
    """Dilate each layer (L,h,w) by its own kernel, in place."""
    for kernel in set(kernels):
        layers = torch.tensor([index for index, own in enumerate(kernels) if own == kernel])
        layers = layers.to(edges.device)
        edges[layers] = dilate(edges[layers], kernel)
    return edges


def dilate_each(edges: Tensor, body: Tensor, kernels: Sequence[Sequence[int]]) -> Tensor:
    """Dilate the edges on and around each person by his own kernel, in place, as the map `all` asks for.

    `kernels` are those of the people of each layer (L,h,w), in the order of the numbers in `body` (L,h,w).
    """
    mixed = [index for index, own in enumerate(kernels) if len(set(own)) > 1]
    alike = [index for index, own in enumerate(kernels) if len(set(own)) == 1]
    edges[alike] = dilate_whole(edges[alike], [kernels[index][0] for index in alike])
    if not mixed:
        return edges
    thin, own_kernel = edges[mixed], torch.tensor([0, *(k for own in kernels for k in own)])
    at = own_kernel.to(edges.device)[body[mixed] + 1]
    thick = torch.zeros_like(thin)
    for kernel in {k for index in mixed for k in kernels[index]}:
        near = dilate((at == kernel).float(), OWN_EDGE_REACH)
        thick = torch.maximum(thick, dilate(thin * near, kernel))
    edges[mixed] = thick
    return edges


def _dilated(edge: Tensor, kernel: tuple[int, int]) -> Tensor:
    reach = (kernel[0] // 2, kernel[1] // 2)
    return functional.max_pool2d(edge[:, None], kernel, stride=1, padding=reach)[:, 0]
