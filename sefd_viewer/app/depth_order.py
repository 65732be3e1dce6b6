"""Who stands before whom: the order in depth that somebody chose, what it does to bodies, and its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.datasets.records import Dataset

Order = tuple[str, ...]
"""Keys of people, nearest first."""

FILE_NAME = "sefd-depth-orders.json"
FORMAT = "sefd-viewer depth orders 1"
_REMEDY = "Move the file away to begin a new one; nothing is written over it"


def paint_factors(
    vertices_camera: Mapping[str, NDArray[np.floating]], painted: Sequence[str]
) -> dict[str, float]:
    """By person the factor that puts bodies (V, 3) of those `painted` over a photo before all others."""
    from sefd_viewer.geometry.image_plane import painted_factors

    if not vertices_camera:
        return {}
    keys = list(vertices_camera)
    depths = [(nearest, farthest) for nearest, _, farthest in map(_depths, vertices_camera.values())]
    factors = painted_factors(depths, [keys.index(key) for key in painted if key in keys])
    return dict(zip(keys, factors.tolist(), strict=True))


def order_factors(
    vertices_camera: Mapping[str, NDArray[np.floating]], order: Sequence[str]
) -> dict[str, float]:
    """By person the factor that puts the body (V, 3) into its place of the order; 1 behind the camera."""
    from sefd_viewer.geometry.image_plane import depth_factors

    every = {person: _depths(vertices) for person, vertices in vertices_camera.items()}
    depths = {person: depth for person, depth in every.items() if depth[0] > 0}
    if not depths:
        return dict.fromkeys(every, 1.0)
    wanted = completed(order, sorted(depths, key=lambda person: depths[person][1]))
    positions = {person: index for index, person in enumerate(depths)}
    factors = depth_factors(list(depths.values()), [positions[person] for person in wanted]).tolist()
    return {**dict.fromkeys(every, 1.0), **dict(zip(depths, factors, strict=True))}


def completed(order: Sequence[str], implied: Sequence[str]) -> list[str]:
    """`order` for exactly the people of `implied`; unnamed ones come after whom they should follow."""
    found = [person for person in order if person in implied]
    for index, person in enumerate(implied):
        if person not in found:
            before = [found.index(other) for other in implied[:index] if other in found]
            found.insert(max(before) + 1 if before else 0, person)
    return found


def with_order(
    orders: Mapping[str, Order], record: str, order: Sequence[str], implied: Sequence[str]
) -> dict[str, Order]:
    """All orders with this one for `record`; what the cameras imply anyway need not be kept."""
    changed = {key: value for key, value in orders.items() if key != record}
    if list(order) != list(implied):
        changed[record] = tuple(order)
    return changed


def _depths(vertices_camera: NDArray[np.floating]) -> tuple[float, float, float]:
    """The nearest, middle and farthest depth of a body, metres."""
    depth = vertices_camera[:, 2]
    return float(depth.min()), float(depth.mean(dtype=float)), float(depth.max())


# ---- the file


def orders_path(dataset: Dataset) -> Path:
    """Where the orders lie: beside the verdicts, in the data set's own folder where one may write there."""
    from sefd_viewer.judgements.store import VERDICTS_FILE, verdict_path

    verdicts = verdict_path(dataset)
    beside = verdicts.name == VERDICTS_FILE
    return verdicts.with_name(FILE_NAME if beside else f"{verdicts.stem}-{FILE_NAME}")


def read_orders(path: Path) -> dict[str, Order]:
    """People's keys by record, nearest first; none without a file. Raises SefdError for another file."""
    if not path.exists():
        return {}
    import orjson

    try:
        content = orjson.loads(path.read_bytes())
    except OSError as error:
        raise SefdError.unreadable(path, error, "the depth orders") from error
    except orjson.JSONDecodeError as error:
        raise SefdError(f"this is not valid JSON ({error})", where=path, remedy=_REMEDY) from error
    return _orders(content, path)


def change_orders(path: Path, before: Mapping[str, Order], after: Mapping[str, Order]) -> None:
    """Do to the file what leads from `before` to `after`: what other programs wrote meanwhile stays.

    Raises SefdError before replacing a file of others, and, when the rest is written, for records that
    another program changed too.
    """
    from sefd_viewer.atomic import alone_in, writable_folder

    with alone_in(writable_folder(path.parent)):
        there = read_orders(path)
        changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        both = [key for key in changed if there.get(key) not in (before.get(key), after.get(key))]
        mine = {key: after.get(key) for key in changed if key not in both}
        merged = {**there, **mine}
        write_orders(path, {key: order for key, order in merged.items() if order is not None})
    if both:
        words = f"another program ordered this meanwhile, and holds: {', '.join(both)}"
        raise SefdError(words, where=path, remedy="Open the data set again to see that")


def write_orders(path: Path, orders: Mapping[str, Order]) -> None:
    """Write the orders as a whole; raises SefdError where that is refused."""
    import orjson

    from sefd_viewer.atomic import write_file

    content = {"format": FORMAT, "nearest_first": {key: list(order) for key, order in orders.items()}}
    write_file(path, orjson.dumps(content, option=orjson.OPT_INDENT_2))


def _orders(content: Any, path: Path) -> dict[str, Order]:
    named = content.get("nearest_first") if isinstance(content, dict) else None
    if not isinstance(named, dict) or content.get("format") != FORMAT:
        raise SefdError(f"this does not hold {FORMAT}", where=path, remedy=_REMEDY)
    for record, people in named.items():
        if not isinstance(people, list) or not all(isinstance(person, str) for person in people):
            raise SefdError(
                f"the order of photo {record} is not a list of people", where=path, remedy=_REMEDY
            )
    return {record: tuple(people) for record, people in named.items()}


class KeptOrders:
    """The file of the open data set and what it holds."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._orders: Mapping[str, Order] = {}

    def begin(self, dataset: Dataset) -> tuple[Mapping[str, Order], tuple[str, ...]]:
        """The orders of a data set that was just opened, and what is wrong with their file in words."""
        self._path, self._orders = orders_path(dataset), {}
        try:
            self._orders = read_orders(self._path)
        except SefdError as error:
            return {}, (str(error),)
        return self._orders, ()

    def keep(self, orders: Mapping[str, Order]) -> str | None:
        """Write the orders if they differ from those in the file; words where that is refused."""
        if self._path is None or orders == self._orders:
            return None
        try:
            change_orders(self._path, self._orders, orders)
        except SefdError as error:
            return str(error)
        self._orders = orders
        return None
