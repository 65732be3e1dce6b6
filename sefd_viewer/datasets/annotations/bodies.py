"""Which body annotated SMPL parameters belong to.

Annotation files do not say it beyond the gender. Parameters with an entry `body` belong to the body of that
id; all others to the licensed SMPL of their gender, known here as `smpl-neutral`, `smpl-female` or
`smpl-male`. A licensed file of that gender, whose id begins with the same words, is that body
(`BodyModel.is_called`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sefd_viewer.body import BodyModel

FindBody = Callable[[str], BodyModel | None]

_GENDERS = {"m": "male", "f": "female", "n": "neutral"}


def body_id_of(entry: Mapping[str, object], gender: object = "neutral") -> str:
    """The id in `body`, else that of the licensed body of the gender (m, f, n or the whole word)."""
    body = entry.get("body")
    if isinstance(body, str):
        return body
    return f"smpl-{gender_word(gender)}"


def gender_word(gender: object) -> str:
    """neutral, male or female for m, f, n or the whole word."""
    return _GENDERS.get(str(gender).lower()[:1], "neutral")
