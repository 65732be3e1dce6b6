"""What the thread pool computes for playback: the frames of the view, and what a run knows about them."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.methods import METHODS
from sefd_viewer.app.people_view import run_of
from sefd_viewer.jobs.runner import Job

if TYPE_CHECKING:
    import polars as pl

    from sefd_viewer.app.content import Content
    from sefd_viewer.app.run_table import RunTable
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.playback.curves import RunErrors
    from sefd_viewer.features.playback.track import Track

TRACK, RUN = "playback_track", "playback_run"


def track_in_view(state: ViewerState, content: Content) -> Track | None:
    """The frames among which the record in view is, None for a single picture or while it is not known."""
    outcome = content.outcomes.get(TRACK)
    if outcome is None or outcome.value is None:
        return None
    key: Any = outcome.key
    track: Track = outcome.value
    return track if key[1] == content.opened and track.index(state.record) is not None else None


def run_in_view(state: ViewerState, content: Content) -> RunErrors | None:
    """What the run in view knows about the frames in view."""
    outcome, track = content.outcomes.get(RUN), track_in_view(state, content)
    if outcome is None or outcome.value is None or outcome.value.track is not track:
        return None
    key: Any = outcome.key
    return outcome.value if key[1] is run_of(state, content) else None


def track_key(state: ViewerState, content: Content) -> Hashable | None:
    """Looked for anew when the record in view is not among the frames known."""
    if state.workspace != "inspect" or content.dataset is None or state.record is None:
        return None
    if track_in_view(state, content) is not None:
        return content.outcomes[TRACK].key
    return "track", content.opened, state.record


def track_job(state: ViewerState, content: Content, _tools: Any) -> Job:
    """Look for the frames."""
    from sefd_viewer.features.playback.track import track_of

    dataset = content.dataset
    assert dataset is not None
    assert state.record is not None
    position = dataset.find(state.record)
    return lambda: track_of(dataset, position) if position is not None else None


def run_key(state: ViewerState, content: Content) -> Hashable | None:
    """Wanted where a run's table was read and a sequence is in view."""
    track, table = track_in_view(state, content), run_of(state, content)
    wanted = state.workspace == "inspect" and track is not None and table is not None
    return ("run", table, track) if wanted else None


def run_job(state: ViewerState, content: Content, _tools: Any) -> Job:
    """Bring a table's errors to the frames."""
    track, table = track_in_view(state, content), run_of(state, content)
    assert track is not None
    assert table is not None
    return partial(run_errors, table, track)


def run_errors(table: RunTable, track: Track) -> RunErrors:
    """Each method's error by frame: of every person, and the mean over all."""
    import polars as pl

    from sefd_viewer.features.playback.curves import RunErrors

    columns = {method: f"{method}_mpjpe_mm" for method in METHODS}
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


JOBS = ((TRACK, track_key, track_job), (RUN, run_key, run_job))
