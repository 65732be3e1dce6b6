"""The residuals as a table for other programs: a row for each joint, a column for each camera."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sefd_viewer.features.cameras.board.frame import ResidualFrame


def residual_rows(frame: ResidualFrame) -> list[dict[str, Any]]:
    """Errors of each joint in the unit that is shown, unrounded; nan where it is not seen."""
    table = frame.table
    if table is None:
        return []
    rows = []
    for place, (joint, median) in enumerate(table.by_joint.items()):
        errors = dict(zip(table.views, table.errors_px[place].tolist(), strict=True))
        row = {"joint": joint, "unit": frame.unit, **errors, "median": median}
        if frame.apart_mm is not None:
            row["body_from_triangulated_mm"] = float(frame.apart_mm[place])
        rows.append(row)
    return rows
