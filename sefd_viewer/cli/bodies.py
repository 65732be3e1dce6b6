"""Body models that the command line names: read at once, so that a wrong file is told before the work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sefd_viewer.body.model import BodyModel
    from sefd_viewer.datasets.annotations import ReadOptions

BodyOption = Annotated[
    list[Path] | None,
    typer.Option(metavar="PATH", help="SMPL file, or a folder with SMPL files; may be repeated."),
]


def body_places(places: Sequence[Path] | None) -> tuple[str, ...]:
    """The places as text; raises BodyError for a file that holds no body and a folder without any."""
    from sefd_viewer.body.catalog import catalog_at

    words = tuple(map(str, places or ()))
    catalog_at(words).check()
    return words


def bodies_for(root: Path | None, named: Sequence[Path] | None) -> tuple[Path, ...]:
    """The places that are named, else the body files that lie within the data set and can be read."""
    from sefd_viewer.body.catalog import catalog_at
    from sefd_viewer.body.files import bodies_within

    if named or root is None or not root.is_dir():
        return tuple(named or ())
    files = bodies_within(root)
    for words in catalog_at(tuple(map(str, files))).left_aside:
        typer.echo(f"Note: {words}", err=True)
    return tuple(file for file in files if _is_read(file))


def _is_read(file: Path) -> bool:
    from sefd_viewer.body.catalog import catalog_at

    return len(catalog_at((str(file),)).models) > 1


def load_bodies(places: Sequence[Path]) -> tuple[BodyModel, ...]:
    """The bodies of 24 joints that data sets are annotated with: the open one and SMPL's in these places.

    Raises BodyError as `body_places` does.
    """
    from sefd_viewer.body.catalog import catalog_at
    from sefd_viewer.geometry.joints import SMPL24

    return tuple(one for one in catalog_at(body_places(places)).models if one.joint_set == SMPL24)


def find_body(places: Sequence[Path]) -> Callable[[str], BodyModel]:
    """A function that returns the body of an id; it raises BodyError for one that is not here."""
    from sefd_viewer.body.catalog import catalog_at

    return catalog_at(tuple(map(str, places))).get


def one_body(place: Path | None) -> BodyModel:
    """The body of 24 joints in a file, the neutral one of a folder, the open one without a place.

    Raises BodyError.
    """
    from sefd_viewer.body import load_body, open_body
    from sefd_viewer.body.catalog import catalog_at
    from sefd_viewer.errors import BodyError
    from sefd_viewer.geometry.joints import SMPL24

    if place is None:
        return open_body()
    body = catalog_at(body_places([place])).get("smpl-neutral") if place.is_dir() else load_body(place)
    if body.joint_set != SMPL24:
        words = f"{body.name} has {body.joint_set.count} joints; this works with bodies of 24"
        raise BodyError(words, where=place, remedy="Name an SMPL file")
    return body


def read_options(places: Sequence[Path]) -> ReadOptions | None:
    """How a data set is read with these bodies; raises BodyError as `body_places` does."""
    from sefd_viewer.datasets.annotations import ReadOptions

    words = body_places(places)
    return ReadOptions(bodies=words) if words else None
