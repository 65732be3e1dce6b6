"""What a person chose in the workspace "Results"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from sefd_viewer.judgements.tags import Tags

Plot = Literal["quadrants", "scatter", "histogram", "hidden", "joints", "radar"]
Polygon = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class ResultsState:
    """Everything a person chose about results.

    `run` is the folder of the run in view. `where` is the filter (an SQL condition over the table's
    columns), `sort` a column. `plot` has the columns `x` and `y`; for the quadrants these are columns of
    errors, divided at `limits` (None: at the medians). `lasso` is a polygon in the plot's coordinates whose
    people are listed. `row` is the row of the case in view; `gallery` shows pictures instead of numbers.
    `tags` are the tags of the runs whose tags were changed since the data set was opened, by folder.
    """

    fleeting: ClassVar[frozenset[str]] = frozenset({"tags", "lasso"})

    run: str | None = None
    where: str = ""
    sort: str = ""
    descending: bool = True
    plot: Plot = "quadrants"
    x: str = ""
    y: str = ""
    limits: tuple[float, float] | None = None
    lasso: Polygon | None = None
    row: int | None = None
    gallery: bool = False
    tags: Mapping[str, Tags] = field(default_factory=dict)
