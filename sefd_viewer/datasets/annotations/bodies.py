"""Which body annotated SMPL parameters belong to.

Annotation files do not say it beyond the gender. Parameters with an entry `body` belong to the body of that
id; all others to the licensed SMPL of their gender, known here as `smpl-neutral`, `smpl-female` or
`smpl-male`. A licensed file of that gender, whose id begins with the same words, is that body.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from sefd_viewer.body import BodyModel, load_body, open_body
from sefd_viewer.errors import BodyError

FindBody = Callable[[str], BodyModel | None]

_GENDERS = {"m": "male", "f": "female", "n": "neutral"}


def body_id_of(entry: Mapping[str, object], gender: object = "neutral") -> str:
    """The id in `body`, else that of the licensed body of the gender (m, f, n or the whole word)."""
    body = entry.get("body")
    if isinstance(body, str):
        return body
    word = str(gender).lower()
    return f"smpl-{_GENDERS.get(word[:1], 'neutral')}"


def is_body_of(body: BodyModel, body_id: str) -> bool:
    """Whether the body has this id, or is of the licensed family that it names."""
    return body.id == body_id or body.id.startswith(f"{body_id}-")


def body_finder(files: Sequence[str] = ()) -> FindBody:
    """A function that finds the body of an id: the open body, or one of these licensed files; else None."""

    @lru_cache
    def find(body_id: str) -> BodyModel | None:
        if is_body_of(open_body(), body_id):
            return open_body()
        bodies = (body for body in map(_load, files) if body is not None)
        return next((body for body in bodies if is_body_of(body, body_id)), None)

    return find


@lru_cache
def _load(file: str) -> BodyModel | None:
    try:
        return load_body(file)
    except BodyError:
        return None
