"""Which numbers count for a person, and what they mean in words and shades."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from sefd_viewer.app.photo_titles import camera_title

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sefd_viewer.cameras.views.triangulation import ResidualTable
    from sefd_viewer.features.cameras.model import Against, Unit
    from sefd_viewer.features.cameras.scene import BoardPerson


def joint_title(name: str) -> str:
    """A joint's name: L_Knee is "Left knee"."""
    side = {"L": "Left ", "R": "Right "}.get(name[0], "") if name[1:2] == "_" else ""
    rest = (name[2:] if side else name).replace("_", " ")
    return side + (rest.lower() if side else rest)


USUAL = 0.03
"""Errors up to this part of a person's height in the picture are usual for found joints."""
FULL_SHADE = 0.06
"""The part of a person's height from which an error has the strongest colour."""
PERSON_MM = 1700.0
LEAST_PX = 3.0


def chosen_table(person: BoardPerson, against: Against, unit: Unit) -> ResidualTable | None:
    """The table joint x camera that was asked for, None where there is none."""
    deviations = person.triangulated if against == "triangulated" else person.against_body
    if deviations is None:
        return None
    return deviations.px if unit == "px" else deviations.mm


def height_px(person: BoardPerson) -> float:
    """Median height (px) of the person over the views; nan when hardly anything is seen."""
    heights = []
    for pixels in person.seen.observed:
        rows = pixels[np.isfinite(pixels[:, 1]), 1]
        if len(rows) > 1:
            heights.append(float(rows.max() - rows.min()))
    return float(np.median(heights)) if heights else float("nan")


def full_shade(height: float, unit: Unit) -> float:
    """The error that has the strongest colour, for a person of `height` px."""
    if unit == "mm":
        return FULL_SHADE * PERSON_MM
    return max(FULL_SHADE * height, LEAST_PX) if np.isfinite(height) else 20.0


def shades(errors: NDArray[np.float64], height: float, unit: Unit) -> NDArray[np.float64]:
    """Errors as shares 0..1 of the strongest colour; nan stays nan."""
    return np.minimum(errors / full_shade(height, unit), 1.0)


def person_title(person: BoardPerson) -> str:
    """The name that the records give the person, else a number."""
    return f"Person {person.key}" if person.key.isdigit() else person.key.capitalize()


def person_words(person: BoardPerson) -> str:
    """Who sees the person, and whether the cameras agree."""
    views = list(person.seen.members)
    if person.triangulated is None:
        return f"{views[0]} alone" if len(views) == 1 else f"{len(views)} views"
    median = person.triangulated.px.median_px
    parts = [f"{len(views)} views", f"{median:.1f} px" if np.isfinite(median) else "", disagreement(person)]
    return " · ".join(part for part in parts if part)


def disagreement(person: BoardPerson) -> str:
    """Which two cameras disagree most about the person, when by more than is usual for found joints."""
    pairs = person.triangulated.pairs_px if person.triangulated is not None else {}
    limit = max(USUAL * height_px(person), LEAST_PX)
    pair, worst = max(pairs.items(), key=lambda item: item[1], default=(("", ""), 0.0))
    if worst <= limit:
        return ""
    a, b = titles(person, pair)
    return f"{a} and {b} disagree by {worst:,.0f} px"


def titles(person: BoardPerson, views: Iterable[str]) -> list[str]:
    """What cameras are called in a sentence."""
    return [camera_title(view, tuple(person.seen.members)).partition(" (")[0] for view in views]
