"""Body models that the command line names: read at once, so that a wrong file is told before the work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sefd_viewer.errors import BodyError

if TYPE_CHECKING:
    from sefd_viewer.body.model import BodyModel
    from sefd_viewer.datasets.annotations import ReadOptions

BodyOption = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="Licensed SMPL file, for sets that need it; may be repeated."),
]


@cache
def load_bodies(files: tuple[Path, ...]) -> tuple[BodyModel, ...]:
    """The open body and those in `files`; raises BodyError for a file that holds none."""
    from sefd_viewer.body.files import load_body, open_body

    return (open_body(), *map(load_body, files))


def find_body(files: tuple[Path, ...]) -> Callable[[str], BodyModel]:
    """A function that returns the body of an id, the open one or one of `files`; it raises BodyError."""

    def find(body_id: str) -> BodyModel:
        for body in load_bodies(files):
            if body.id == body_id:
                return body
        raise BodyError(
            f"these SMPL parameters belong to the body {body_id}, which is not here",
            remedy="Name its file with --body",
        )

    return find


def read_options(files: Sequence[Path]) -> ReadOptions | None:
    """How a data set is read with these bodies; raises BodyError for a file that holds none."""
    from sefd_viewer.datasets.annotations import ReadOptions

    load_bodies(tuple(files))
    return ReadOptions(bodies=tuple(map(str, files))) if files else None
