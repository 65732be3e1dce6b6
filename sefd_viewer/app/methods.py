"""The methods whose meshes stand side by side, and the one colour that each has everywhere."""

from __future__ import annotations

from typing import Literal

from sefd_viewer.inference.messages import Role

Method = Literal["baseline", "student", "teacher", "truth"]
METHODS: tuple[Method, ...] = ("baseline", "student", "teacher", "truth")
TITLES: dict[Method, str] = {
    "baseline": "Baseline",
    "student": "Student",
    "teacher": "Teacher",
    "truth": "Ground truth",
}
COLORS: dict[Method, tuple[int, int, int]] = {
    "baseline": (0xE6, 0x9F, 0x00),
    "student": (0x4A, 0xA8, 0xE0),
    "teacher": (0x00, 0x9E, 0x73),
    "truth": (0x8C, 0x8C, 0x8C),
}
"""Okabe-Ito orange, sky blue, bluish green and grey: distinct for colour-blind people too."""

PERSON_COLORS: tuple[tuple[int, int, int], ...] = (
    (0xF0, 0xE4, 0x42),
    (0xCC, 0x79, 0xA7),
    (0x56, 0xB4, 0xE9),
    (0xD5, 0x5E, 0x00),
    (0x4D, 0xD0, 0xA5),
    (0xB3, 0x9D, 0xFF),
    (0xFF, 0xB7, 0x4D),
    (0xE0, 0xE0, 0xE0),
)
"""Yellow, purple, sky blue, vermilion, mint, violet, amber, white: repeated after eight people."""


def person_color(index: int) -> tuple[int, int, int]:
    """Return the colour of the person at `index` of a record."""
    return PERSON_COLORS[index % len(PERSON_COLORS)]


def person_title(key: str, index: int) -> str:
    """What the person at `index` of a record is called: by name where the data tell one, else by number."""
    return f"Person {index + 1}" if any(letter.isdigit() for letter in key) or not key else key.capitalize()


def title_of(name: str) -> str:
    """What is written for a method of any name: ours are written large, others as they are called."""
    return next((title for method, title in TITLES.items() if method == name), name)


def as_role(method: Method) -> Role | None:
    """Return the network role behind `method`, None for the ground truth."""
    return method if method != "truth" else None
