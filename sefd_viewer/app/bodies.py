"""Body models by id: the open body always, licensed ones once their files or folders were chosen."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sefd_viewer.app.cache import stamped

if TYPE_CHECKING:
    from sefd_viewer.body.model import BodyModel


@dataclass(frozen=True)
class BodyFiles:
    """The licensed files and folders in use, as they are now: another value when one of them changes."""

    paths: tuple[str, ...] = ()
    stamp: Hashable = None

    def find(self, body_id: str) -> BodyModel:
        """Return the model with this id; raises BodyError with the remedy when there is none."""
        from sefd_viewer.body.catalog import catalog_at

        return catalog_at(self.paths).get(body_id)


class Bodies:
    """Finds the model that a set of SMPL parameters belongs to.

    `paths` are the files and folders that were chosen; they are read when a body of them is needed first.
    """

    def __init__(self, paths: Sequence[str] = ()) -> None:
        self.paths = tuple(paths)

    @property
    def stamp(self) -> Hashable:
        """Changes when another file or folder is chosen, or one of them changes."""
        return stamped({path: path for path in self.paths})

    @property
    def files(self) -> BodyFiles:
        """What is in use now, for keys."""
        return BodyFiles(self.paths, self.stamp)

    def find(self, body_id: str) -> BodyModel:
        """Return the model with this id; raises BodyError with the remedy when there is none."""
        return BodyFiles(self.paths).find(body_id)
