"""The mean error of each joint over the people who are listed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.frame import Whole
from sefd_viewer.features.people.results.derive import lines_of, table_of
from sefd_viewer.jobs.runner import Job

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.content import Content
    from sefd_viewer.app.run_table import RunTable
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.people.review.rows import Lines

JOINTS = "results_joints"


@dataclass(frozen=True, eq=False)
class JointMeans(Whole):
    """Millimetres by method, (14,) in the table's order of joints; nan where nobody has a number.

    `people` counts by method who enters the means.
    """

    means: Mapping[str, NDArray[np.float64]]
    people: Mapping[str, int]


def joints_key(state: ViewerState, content: Content) -> Hashable | None:
    """Wanted while joints are plotted."""
    lines = lines_of(state, content)
    wanted = state.results.plot in ("joints", "radar") and lines is not None
    return ("joints", table_of(state, content), lines) if wanted else None


def joints_job(state: ViewerState, content: Content, _tools: Any) -> Job:
    """Average them."""
    table, lines = table_of(state, content), lines_of(state, content)
    assert table is not None
    assert lines is not None
    return partial(joint_means, table, lines)


def joints_of(state: ViewerState, content: Content) -> JointMeans | None:
    """The newest means of the table in view."""
    outcome, table = content.outcomes.get(JOINTS), table_of(state, content)
    if outcome is None or table is None:
        return None
    key: Any = outcome.key
    return outcome.value if key[1] is table else None


def joint_means(table: RunTable, lines: Lines) -> JointMeans:
    """The means over the rows shown."""
    import numpy as np

    means, people = {}, {}
    for method in table.methods:
        errors = table.joint_errors_mm[method][lines.rows]
        known = np.isfinite(errors)
        counts = known.sum(axis=0)
        sums = np.where(known, errors, 0).sum(axis=0, dtype=np.float64)
        means[method] = np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)
        people[method] = int(known.any(axis=1).sum())
    return JointMeans(means, people)
