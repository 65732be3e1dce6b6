"""Body models by id: the open body always, a licensed one once its file was chosen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sefd_viewer.errors import BodyError

if TYPE_CHECKING:
    from sefd_viewer.body.model import BodyModel


class Bodies:
    """Finds the model that a set of SMPL parameters belongs to."""

    def __init__(self, path: str | None = None) -> None:
        self._path = path
        self._chosen: BodyModel | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """The licensed body files that were chosen."""
        return (self._path,) if self._path else ()

    def choose(self, path: str) -> None:
        """Use the body file at `path` beside the open body; raises BodyError when it is none."""
        from sefd_viewer.body.files import load_body

        self._chosen = load_body(Path(path))
        self._path = path

    def find(self, body_id: str) -> BodyModel:
        """Return the model with this id; raises BodyError with the remedy when there is none."""
        from sefd_viewer.body.files import load_body, open_body

        if open_body().id == body_id:
            return open_body()
        if self._path and self._chosen is None:
            self._chosen = load_body(Path(self._path))
        if self._chosen is not None and self._chosen.id == body_id:
            return self._chosen
        raise BodyError(
            f"these SMPL parameters belong to the body {body_id}, which is not here",
            where=self._path or "open body",
            remedy="Choose its file with File > Body model",
        )
