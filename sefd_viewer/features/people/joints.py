"""The mean error of each joint over the people who are listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sefd_viewer.app.slices import Whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.filtering import Lines
    from sefd_viewer.app.people_table import PeopleTable


@dataclass(frozen=True, eq=False)
class JointMeans(Whole):
    """Millimetres by method, (14,) in the order of `metrics.EVALUATED_NAMES`; nan where nobody has a number.

    `people` counts by method who enters the means.
    """

    means: Mapping[str, NDArray[np.float64]]
    people: Mapping[str, int]


def joint_means(table: PeopleTable, lines: Lines) -> JointMeans:
    """The means over the rows shown."""
    import numpy as np

    rows = table.numbers("run_row")[lines.rows]
    places = rows[np.isfinite(rows)].astype(np.int64)
    means, people = {}, {}
    for method in table.methods:
        errors = table.run.joint_errors_mm[method][places] if table.run is not None else np.empty((0, 14))
        known = np.isfinite(errors)
        counts = known.sum(axis=0)
        sums = np.where(known, errors, 0).sum(axis=0, dtype=np.float64)
        means[method] = np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)
        people[method] = int(known.any(axis=1).sum())
    return JointMeans(means, people)
