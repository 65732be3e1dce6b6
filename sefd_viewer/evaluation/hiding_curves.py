"""Error against the share that is hidden: means with intervals by method and level, and a drawing of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from sefd_viewer.evaluation.runs.intervals import Mean, mean_with_interval, units_of

if TYPE_CHECKING:
    import polars as pl

    from sefd_viewer.evaluation.occluding import OccludedRecords

_COLOURS = ("#E69F00", "#0072B2", "#009E73", "#CC79A7", "#D55E00", "#56B4E9")
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 760, 440, 70, 170, 30, 60
_TICKS = 5


@dataclass(frozen=True)
class Point:
    """A method at a level: the mean over people, and how many were not found at all."""

    level: float
    mean: Mean
    unpredicted: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"level": self.level, **self.mean.to_dict(), "unpredicted": self.unpredicted}


def curves(
    table: pl.DataFrame, records: OccludedRecords, levels: Sequence[float], metric: str
) -> tuple[dict[str, list[Point]], str]:
    """The points of each method of a run's table over records with hidden people, and what was resampled.

    Photos of one sequence are resampled together, and so are the people of a photo. Strangers, who are
    predicted where nobody is judged, do not count.
    """
    import polars as pl

    rows = table.filter(pl.col("person").is_not_null() & (pl.col("kind") == "annotated"))

    def photos(people: pl.DataFrame) -> pl.DataFrame:
        """The rows with the photos that they were made from in place of the changed ones."""
        made = [records.photo_of(position) for position in people["position"]]
        named = zip(("position", "sequence", "moment"), zip(*made, strict=True), strict=False)
        kinds = {"position": pl.Int64, "sequence": pl.String, "moment": pl.Int64}
        return people.with_columns(pl.Series(name, list(own), kinds[name]) for name, own in named)

    found: dict[str, list[Point]] = {}
    units = units_of(photos(rows))
    for method in rows["method"].unique(maintain_order=True).to_list():
        own = rows.filter(pl.col("method") == method)
        at = np.array([records.case_of(position)[1] for position in own["position"]])
        values, owners = own[metric].cast(pl.Float64).fill_null(np.nan).to_numpy(), units.of(photos(own))
        found[method] = [
            Point(level, mean_with_interval(there, owners[at == level]), int(np.isnan(there).sum()))
            for level in levels
            for there in (values[at == level],)
        ]
    return found, units.words


def drawn(found: Mapping[str, Sequence[Point]], title: str, unit: str) -> str:
    """The curves with their intervals as an SVG picture."""
    points = [point for line in found.values() for point in line if np.isfinite(point.mean.mean)]
    top = max((np.nanmax([point.mean.mean, point.mean.high]) for point in points), default=1.0) * 1.05
    right = max((point.level for point in points), default=1.0) or 1.0

    def place(level: float, value: float) -> str:
        x = _LEFT + level / right * (_WIDTH - _LEFT - _RIGHT)
        y = _HEIGHT - _BOTTOM - value / top * (_HEIGHT - _TOP - _BOTTOM)
        return f"{x:.1f},{y:.1f}"

    parts = [*_axes(top, right, unit), _text(_LEFT, _TOP - 10, title, 14)]
    for number, (method, line) in enumerate(found.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        known = [point for point in line if np.isfinite(point.mean.mean)]
        sure = [point for point in known if np.isfinite(point.mean.low)]
        if len(sure) > 1:
            band = [place(one.level, one.mean.high) for one in sure]
            band += [place(one.level, max(one.mean.low, 0.0)) for one in reversed(sure)]
            parts.append(f'<polygon points="{" ".join(band)}" fill="{colour}" fill-opacity="0.18"/>')
        ends = " ".join(place(one.level, one.mean.mean) for one in known)
        parts.append(f'<polyline points="{ends}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        y = _TOP + 20 + 22 * number
        parts.append(
            f'<rect x="{_WIDTH - _RIGHT + 16}" y="{y - 10}" width="14" height="10" fill="{colour}"/>'
        )
        parts.append(_text(_WIDTH - _RIGHT + 36, y, method, 13))
    size = f'width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    back = f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>'
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">\n{back}\n{body}\n</svg>\n'
    )


def _axes(top: float, right: float, unit: str) -> list[str]:
    bottom, end = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = [f'<path d="M{_LEFT},{_TOP} V{bottom} H{end}" fill="none" stroke="#444"/>']
    for tick in range(_TICKS + 1):
        y = bottom - tick / _TICKS * (bottom - _TOP)
        x = _LEFT + tick / _TICKS * (end - _LEFT)
        parts.append(f'<path d="M{_LEFT},{y:.1f} H{end}" stroke="#ddd"/>')
        parts.append(_text(_LEFT - 8, y + 4, f"{top * tick / _TICKS:.3g}", 12, "end"))
        parts.append(_text(x, bottom + 18, f"{right * tick / _TICKS:.0%}", 12, "middle"))
    parts.append(_text((_LEFT + end) / 2, bottom + 42, "share of the person that is hidden", 13, "middle"))
    parts.append(_text(_LEFT - 50, _TOP - 10, unit, 12))
    return parts


def _text(x: float, y: float, words: str, size: int, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{escape(words)}</text>'
