"""What is computed for playback: what a run knows about the frames of the view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sefd_viewer.app.keys import Key
from sefd_viewer.app.run_table import column_names

if TYPE_CHECKING:
    import polars as pl

    from sefd_viewer.app.run_table import RunTable
    from sefd_viewer.app.sequence import Track
    from sefd_viewer.features.playback.curves import RunErrors


@dataclass(frozen=True)
class RunErrorsKey(Key["RunErrors"]):
    """Each method's error by frame from a run's table; both are compared by identity."""

    title: ClassVar[str] = "Errors of the frames from a run"

    table: RunTable
    track: Track

    def work(self) -> RunErrors:
        """Bring the table's errors to the frames."""
        return run_errors(self.table, self.track)


def run_errors(table: RunTable, track: Track) -> RunErrors:
    """Each method's error by frame: of every person, and the mean over all."""
    import polars as pl

    from sefd_viewer.features.playback.curves import RunErrors

    columns = {method: f"{name}_mpjpe_mm" for method, name in column_names(table.methods).items()}
    columns = {method: column for method, column in columns.items() if column in table.frame.columns}
    own = table.frame.filter(pl.col("record").is_in(list(track.keys))).select(
        "record", "person", *columns.values()
    )
    found: dict[str | None, dict[str, Any]] = {
        None: _by_frame(own.drop("person").group_by("record").mean(), columns, track)
    }
    for person in own["person"].drop_nulls().unique():
        found[person] = _by_frame(own.filter(pl.col("person") == person), columns, track)
    return RunErrors(track, found)


def _by_frame(rows: pl.DataFrame, columns: dict[str, str], track: Track) -> dict[str, Any]:
    """The columns' numbers (N,) of a track's frames, by method."""
    import numpy as np

    values = {}
    for method, column in columns.items():
        known = dict(rows.select("record", column).drop_nulls().iter_rows())
        values[method] = np.array([known.get(key, np.nan) for key in track.keys], np.float32)
    return values
