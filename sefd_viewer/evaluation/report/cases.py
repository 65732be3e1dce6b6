"""Which people of a run a report shows: the numbers of every method, and pictures and meshes of each case."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sefd_viewer.body.model import BodyModel
from sefd_viewer.errors import SefdError
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.image_plane import body_before_camera
from sefd_viewer.render.overlay import shaded_overlay

if TYPE_CHECKING:
    import polars as pl

    from sefd_viewer.evaluation.runs.methods import WantedCase
    from sefd_viewer.evaluation.runs.store import RunStore

NUMBERS: dict[str, str] = {
    "mpjpe_mm": "MPJPE, mm",
    "pa_mpjpe_mm": "PA-MPJPE, mm",
    "mpvpe_mm": "MPVPE, mm",
    "mpjpe_other_person_mm": "MPJPE hidden by others, mm",
    "reprojection_px": "2D error, px",
}
"""What is written beside a case, with its unit."""


@dataclass(frozen=True)
class Case:
    """A person of a record; `numbers` by method and metric, None where there is none.

    `title` and `note` are a person's own words about it; without a title it is called by its record.
    """

    position: int
    record: str
    person: str
    hidden: float | None
    numbers: Mapping[str, Mapping[str, float | None]]
    title: str = ""
    note: str = ""


def worst_cases(store: RunStore, order: str, count: int) -> list[Case]:
    """The `count` people with the largest `order`: METHOD (its MPJPE) or METHOD-METHOD (the difference).

    Raises SefdError for an order that the run does not have.
    """
    import polars as pl

    table = store.table().filter(pl.col("person").is_not_null())
    ranked = _ranked(table, order, tuple(store.plan.methods)).head(count)
    return [_case(table, int(row[0]), str(row[1])) for row in ranked.iter_rows()]


def named_cases(store: RunStore, wanted: Sequence[WantedCase]) -> list[Case]:
    """The people who are wanted, in this order; SefdError for one whom the run does not have.

    Where all people of a record are wanted the first of them carries the note.
    """
    import polars as pl

    table = store.table().filter(pl.col("person").is_not_null())
    cases: list[Case] = []
    for one in wanted:
        rows = table.filter(pl.col("record") == one.record)
        people = rows["person"].unique(maintain_order=True).to_list()
        if one.person is not None:
            people = [person for person in people if person == one.person]
        if not people:
            who = "nobody" if one.person is None else f"no person {one.person}"
            remedy = "Evaluate all photos, or take this one off the list"
            raise SefdError(f"the run has {who} of {one.record}", where=store.folder, remedy=remedy)
        found = [_case(table, int(rows["position"][0]), person) for person in people]
        cases += [replace(case, title=one.title) for case in found]
        cases[-len(found)] = replace(cases[-len(found)], note=one.note)
    return cases


def _ranked(table: pl.DataFrame, order: str, methods: tuple[str, ...]) -> pl.DataFrame:
    import polars as pl

    splits = [(order[:at], order[at + 1 :]) for at, letter in enumerate(order) if letter == "-"]
    known = [pair for pair in ((order, ""), *splits) if {*pair} <= {*methods, ""}]
    first, second = known[0] if known else (*order.split("-", 1), "")[:2]
    for name in filter(None, (first, second)):
        if name not in methods:
            raise SefdError(f"the run has no method {name}", remedy=f"It has {', '.join(methods)}")
    keys = ["position", "person"]
    values = table.filter(pl.col("method") == first).select(*keys, pl.col("mpjpe_mm").alias("value"))
    if second:
        other = table.filter(pl.col("method") == second).select(*keys, pl.col("mpjpe_mm").alias("other"))
        both = values.join(other, on=keys)
        values = both.select(*keys, (pl.col("value") - pl.col("other")).alias("value"))
    return values.drop_nulls("value").sort("value", descending=True)


def _case(table: pl.DataFrame, position: int, person: str) -> Case:
    import polars as pl

    rows = table.filter((pl.col("position") == position) & (pl.col("person") == person))
    numbers = {
        str(row["method"]): {metric: row[metric] for metric in NUMBERS} for row in rows.iter_rows(named=True)
    }
    hidden = rows["hidden"].drop_nulls()
    share = float(hidden[0]) if len(hidden) else None
    return Case(position, str(rows["record"][0]), person, share, numbers)


Image = NDArray[np.uint8]
Color = tuple[int, int, int]

SIDE = 420
"""Pixels of the longer side of a picture."""
_AROUND = 0.3
_QUALITY = 82
_OPACITY = 0.88
_UPRIGHT = np.array([1.0, -1.0, -1.0])
_SCALE_MM = 150.0


@dataclass(frozen=True, eq=False)
class Drawn:
    """A method's body for a case: vertices (V,3) in metres before `camera`, which sees them on the photo.

    `errors_mm` (V,) is how far each vertex is from the truth, if that is known.
    """

    name: str
    color: Color
    vertices_camera: NDArray[np.floating]
    body: BodyModel
    camera: PinholeCamera
    errors_mm: NDArray[np.floating] | None = None


@dataclass(frozen=True)
class Figures:
    """A case as data URIs: the `photo`, the photo with each method's body, each method's mesh as GLB."""

    photo: str
    pictures: Mapping[str, str]
    meshes: Mapping[str, str]
    width: int
    height: int


def figures(image: Image, box_xywh: NDArray[np.floating], bodies: list[Drawn]) -> Figures:
    """Draw a case; `box_xywh` is the person's box in the photo (H,W,3)."""
    left, top, right, bottom = _part(image, box_xywh)
    photo = image[top:bottom, left:right]
    scale = min(SIDE / max(photo.shape[:2]), 2.0)
    size = max(round(photo.shape[1] * scale), 1), max(round(photo.shape[0] * scale), 1)
    small = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
    pictures = {}
    for drawn in bodies:
        camera = drawn.camera.shifted(-left, -top).resized(size[0] / photo.shape[1], size[1] / photo.shape[0])
        pictures[drawn.name] = _jpeg(_over(small, drawn, camera))
    meshes = {drawn.name: _glb(drawn) for drawn in bodies}
    return Figures(_jpeg(small), pictures, meshes, *size)


def _part(image: Image, box_xywh: NDArray[np.floating]) -> tuple[int, int, int, int]:
    x, y, w, h = (float(value) for value in box_xywh)
    margin = _AROUND * max(w, h)
    left, top = max(int(x - margin), 0), max(int(y - margin), 0)
    right, bottom = min(int(x + w + margin) + 1, image.shape[1]), min(int(y + h + margin) + 1, image.shape[0])
    if right - left < 2 or bottom - top < 2:
        return 0, 0, image.shape[1], image.shape[0]
    return left, top, right, bottom


def _over(photo: Image, drawn: Drawn, camera: PinholeCamera) -> Image:
    """The photo with a body laid over it."""
    ideal = camera.without_distortion().without_extrinsics()
    vertices = body_before_camera(drawn.vertices_camera, camera.without_extrinsics(), ideal)
    size = photo.shape[1], photo.shape[0]
    over = shaded_overlay([vertices], drawn.body.faces, np.array([drawn.color], np.uint8), ideal, size)
    alpha = over[..., 3:].astype(np.float32) / 255 * _OPACITY
    return (photo * (1 - alpha) + over[..., :3] * alpha + 0.5).astype(np.uint8)


def _jpeg(picture: Image) -> str:
    coded = cv2.imencode(
        ".jpg", np.ascontiguousarray(picture[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    )[1]
    return f"data:image/jpeg;base64,{base64.b64encode(coded.tobytes()).decode('ascii')}"


def _glb(drawn: Drawn) -> str:
    """The body about its middle, upright, coloured by its errors where they are known."""
    import trimesh

    vertices = np.asarray(drawn.vertices_camera, np.float64) * _UPRIGHT
    vertices -= (vertices.min(axis=0) + vertices.max(axis=0)) / 2
    colors = np.tile(np.array([*drawn.color, 255], np.uint8), (len(vertices), 1))
    if drawn.errors_mm is not None:
        steps = np.clip(np.nan_to_num(drawn.errors_mm) / _SCALE_MM * 255, 0, 255).astype(np.uint8)
        table = np.asarray(cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_INFERNO))
        colors[:, :3] = table[:, 0, ::-1][steps]
    mesh = trimesh.Trimesh(vertices, drawn.body.faces, vertex_colors=colors, process=False)
    data: Any = mesh.export(file_type="glb")
    return base64.b64encode(data).decode("ascii")
