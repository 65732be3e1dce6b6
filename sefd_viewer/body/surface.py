"""Points of one body's surface on another's: which place of a surface is which place of the open body; and
surfaces that are nobody's body."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.files import open_body
from sefd_viewer.body.model import BodyModel
from sefd_viewer.geometry.joints import JointSet

_SHARED = 22
"""Joints with which SMPL, SMPL-H, SMPL-X and the open body all begin."""
_NEAREST = 32
"""Faces by whose middles the nearest one is looked for."""
_AGAINST = 0.2
"""Cosine of normals below which two places are on different sides of a limb."""
_ALIKE_M = 0.03
"""Metres from the other surface in the middle of all points, beyond which the two are not shaped alike."""


@dataclass(frozen=True, eq=False)
class SurfaceMap:
    """Places (P,) on a mesh: the corners (P, 3) of a face each, and how much each corner counts (P, 3)."""

    corners: NDArray[np.int32]
    shares: NDArray[np.float32]

    def points(self, vertices: NDArray[np.floating]) -> NDArray[np.floating]:
        """Where the places are (..., P, 3) on vertices (..., V, 3) of the mesh, posed as they may be."""
        corners = vertices[..., self.corners.ravel(), :].reshape(*vertices.shape[:-2], -1, 3, 3)
        return np.einsum("...pkc,pk->...pc", corners, self.shares)


_SURFACES: WeakValueDictionary[str, BodyModel] = WeakValueDictionary()
_MADE_LAST: deque[BodyModel] = deque(maxlen=64)
"""Surfaces that live on where nobody holds them, as between two frames."""


def surface_body(faces: NDArray[np.integer], count: int) -> BodyModel:
    """A surface of `count` vertices with its own triangles (F, 3) as a body that nobody can pose.

    It has no joints but its middle. `stored_surface` finds it again by its id as long as somebody holds it.
    """
    triangles = np.ascontiguousarray(faces, np.int32).reshape(-1, 3)
    body_id = f"mesh-{count}-{hashlib.sha256(triangles.tobytes()).hexdigest()[:8]}"
    surface = stored_surface(body_id)
    if surface is None:
        surface = BodyModel(
            id=body_id,
            name="a mesh",
            v_template=np.zeros((count, 3), np.float32),
            shapedirs=np.zeros((count, 3, 0), np.float32),
            posedirs=None,
            J_regressor=np.full((1, count), 1 / count, np.float32),
            weights=np.zeros((count, 0), np.float32),
            parents=np.full(1, -1),
            faces=triangles,
            extra_regressor=np.zeros((0, count), np.float32),
            joint_set=JointSet("middle", ("Middle",), (), ()),
        )
        _SURFACES[body_id] = surface
        _MADE_LAST.append(surface)
    return surface


def stored_surface(body_id: str) -> BodyModel | None:
    """What `surface_body` made under this id in this process."""
    return _SURFACES.get(body_id)


@lru_cache(maxsize=8)
def map_from_open(body: BodyModel) -> SurfaceMap | None:
    """Where on a body each of the open body's vertices is; None where the two are not shaped alike.

    Its rest shape is bent, stretched and moved bone by bone until its joints are those of the open body, and
    the nearest places that look the same way are taken. A body without faces or skinning has no such map.
    """
    whole = open_body()
    own = body.open_vertices
    if body is whole or np.array_equal(body.faces, whole.faces):
        own = np.arange(body.vertex_count)
    if own is not None:
        own = own.astype(np.int32)
        return SurfaceMap(
            np.repeat(own[:, None], 3, axis=1), np.tile(np.array([1, 0, 0], np.float32), (len(own), 1))
        )
    shapeless = not body.shapedirs.shape[-1]  # points and joints, which are predicted as they lie
    if not len(body.faces) or body.weights.shape[1] < _SHARED or shapeless:
        return None
    found, distances = closest_places(
        whole.v_template, _as_the_open_body(body), body.faces, _normals(whole.v_template, whole.faces)
    )
    return found if float(np.median(distances)) < _ALIKE_M else None


def closest_places(
    points: NDArray[np.floating],
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer],
    normals: NDArray[np.floating] | None = None,
) -> tuple[SurfaceMap, NDArray[np.float64]]:
    """The nearest places of a mesh to points (P, 3), and how far these are (P,).

    With `normals` (P, 3) faces that look another way are taken only where no others are near.
    """
    from scipy.spatial import cKDTree  # 16 MB that most of the window does without

    corners = vertices[faces].astype(np.float64)
    tree = cKDTree(corners.mean(axis=1))
    _, near = tree.query(points, k=min(_NEAREST, len(faces)))
    near = near.reshape(len(points), -1)
    shares = _nearest_shares(points[:, None].astype(np.float64), corners[near])
    distances = np.linalg.norm(np.einsum("pnkc,pnk->pnc", corners[near], shares) - points[:, None], axis=-1)
    costs = distances
    if normals is not None:
        agree = np.einsum("pnc,pc->pn", _face_normals(corners)[near], normals)
        costs = distances + (agree < _AGAINST)
    best = costs.argmin(axis=1)
    rows = np.arange(len(points))
    place = SurfaceMap(faces[near[rows, best]].astype(np.int32), shares[rows, best].astype(np.float32))
    return place, distances[rows, best]


def _nearest_shares(points: NDArray[np.float64], corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Barycentric coordinates (..., 3) of the places of triangles (..., 3, 3) nearest to points (..., 3)."""
    a, ab, ac = corners[..., 0, :], *(corners[..., k, :] - corners[..., 0, :] for k in (1, 2))
    ap = points - a
    bb, bc, cc, pb, pc = (
        np.einsum("...c,...c", *np.broadcast_arrays(x, y))
        for x, y in ((ab, ab), (ab, ac), (ac, ac), (ap, ab), (ap, ac))
    )
    scale = np.maximum(bb * cc - bc * bc, 1e-30)
    v, w = (cc * pb - bc * pc) / scale, (bb * pc - bc * pb) / scale
    inside = np.stack([1 - v - w, v, w], axis=-1)
    along_ab, along_ac = _clamped(pb, bb), _clamped(pc, cc)
    along_bc = _clamped(pc - pb - bc + bb, bb + cc - 2 * bc)
    zero = np.zeros_like(v)
    edges = np.stack(
        [
            np.stack([1 - along_ab, along_ab, zero], axis=-1),
            np.stack([1 - along_ac, zero, along_ac], axis=-1),
            np.stack([zero, 1 - along_bc, along_bc], axis=-1),
        ]
    )
    apart = np.linalg.norm(np.einsum("e...k,...kc->e...c", edges, corners) - points, axis=-1)
    nearest = np.take_along_axis(edges, apart.argmin(axis=0)[None, ..., None], axis=0)[0]
    return np.where((inside >= 0).all(axis=-1, keepdims=True), inside, nearest)


def _clamped(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(part / np.maximum(whole, 1e-30), 0, 1)


def _as_the_open_body(body: BodyModel) -> NDArray[np.float64]:
    """The body's rest vertices (V, 3), each bone turned, stretched and moved onto that of the open body."""
    whole = open_body()
    own = (body.J_regressor @ body.v_template)[:_SHARED].astype(np.float64)
    goal = (whole.J_regressor @ whole.v_template)[:_SHARED].astype(np.float64)
    parents = whole.parents[:_SHARED]
    maps = np.zeros((_SHARED, 3, 3))
    for joint in range(_SHARED):
        children = np.flatnonzero(parents == joint)
        parent = maps[parents[joint]] if joint else np.eye(3)
        maps[joint] = _bones_map(own[children] - own[joint], goal[children] - goal[joint], parent)
    weights = _shared_weights(body)
    turned = np.einsum("jab,vjb->vja", maps, body.v_template[:, None] - own)
    return np.einsum("vj,vja->va", weights, turned + goal)


def _bones_map(
    own: NDArray[np.float64], goal: NDArray[np.float64], parent: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Turn and stretch (3, 3) of bones onto others, as near to the parent's as they leave free."""
    if not len(own):
        return parent
    length = float(np.sqrt((goal**2).sum() / max((own**2).sum(), 1e-12)))
    turn = parent / np.cbrt(max(np.linalg.det(parent), 1e-12))
    # the parent's turn counts a little: one bone alone leaves the turn about itself open
    frame = 0.05 * float(np.sqrt((own**2).sum())) * np.eye(3)
    return kabsch(np.concatenate([own, frame]), np.concatenate([goal, frame @ turn.T * length])) * length


def kabsch(own: NDArray[np.floating], goal: NDArray[np.floating]) -> NDArray[np.float64]:
    """The rotation (3, 3) that brings vectors (N, 3) nearest to others."""
    U, _, Vt = np.linalg.svd(own.T.astype(np.float64) @ goal)
    flip = np.diag([1, 1, np.sign(np.linalg.det(U @ Vt))])
    return Vt.T @ flip @ U.T


def _shared_weights(body: BodyModel) -> NDArray[np.float64]:
    """Skinning weights (V, 22) of the shared joints; hands, jaw and eyes go with the joint they hang on."""
    weights = np.zeros((body.vertex_count, _SHARED))
    for joint in range(body.weights.shape[1]):
        owner = joint
        while owner >= _SHARED:
            owner = int(body.parents[owner])
        weights[:, owner] += body.weights[:, joint]
    return weights


def _face_normals(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)


def _normals(vertices: NDArray[np.floating], faces: NDArray[np.integer]) -> NDArray[np.float64]:
    """Normals (V, 3) of vertices."""
    corners = vertices[faces].astype(np.float64)
    own = np.zeros((len(vertices), 3))
    np.add.at(own, faces.ravel(), np.repeat(_face_normals(corners), 3, axis=0))
    return own / np.maximum(np.linalg.norm(own, axis=-1, keepdims=True), 1e-12)
