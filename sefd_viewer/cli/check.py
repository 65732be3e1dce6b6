"""`sefd-viewer check`: every detector of bad annotations over a whole set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sefd_viewer.cli.opening import (
    BodyOption,
    ExcludeOption,
    bodies_for,
    check_outputs,
    find_body,
    open_and_tell,
    read_exclusion,
    read_options,
)
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.body.model import BodyModel
    from sefd_viewer.checks import Detector, Measurements
    from sefd_viewer.datasets.records import Dataset


@dataclass(frozen=True)
class CheckSource:
    """A data set at `root` (None: the sample), body files, and which detectors: those `ids`, or all."""

    root: Path | None
    format: str | None = None
    bodies: tuple[Path, ...] = ()
    ids: tuple[str, ...] = ()
    pictures: bool = True

    def open(self) -> Dataset:
        """Open the data set; raises DatasetError."""
        from sefd_viewer.datasets import open_dataset

        return open_dataset(self.root, format=self.format, options=read_options(self.bodies))

    def open_and_tell(self) -> Dataset:
        """The same with a bar and problems in words: for the process that a person looks at."""
        return open_and_tell(self.root, format=self.format, options=read_options(self.bodies))

    def detectors(self) -> tuple[Detector, ...]:
        """The detectors, built-in ones first, then those of plugins; SefdError for an unknown id."""
        from sefd_viewer.checks import detectors_named

        chosen = detectors_named(self.ids, self.known()) if self.ids else self.known()
        return tuple(one for one in chosen if self.pictures or one.reads != "picture")

    def known(self) -> tuple[Detector, ...]:
        """All detectors that there are."""
        from sefd_viewer.app.plugins import review_detectors

        return review_detectors()[0]

    def plugin_problems(self) -> tuple[str, ...]:
        """Which plugins' detectors could not be loaded, in words."""
        from sefd_viewer.app.plugins import review_detectors

        return review_detectors()[1]

    def find_body(self, body_id: str) -> BodyModel:
        """The model of a body's id; raises BodyError."""
        return find_body(self.bodies)(body_id)


def read_thresholds(words: Sequence[str], detectors: Sequence[Detector]) -> dict[str, float]:
    """Thresholds out of `id=value`; raises SefdError for anything else."""
    known = {one.id for one in detectors}
    thresholds: dict[str, float] = {}
    for word in words:
        id, _, value = word.partition("=")
        try:
            thresholds[id] = float(value)
        except ValueError as error:
            remedy = "Write for example reprojection=8"
            raise SefdError(f"{word!r} is not a threshold", remedy=remedy) from error
        if id not in known:
            raise SefdError(f"there is no detector {id}", remedy=f"There are {', '.join(sorted(known))}")
    return thresholds


def check(
    root: Annotated[
        Path | None, typer.Argument(metavar="ROOT", help="Data set or capture. Default: the sample.")
    ] = None,
    detector: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Run only this detector; may be repeated.")
    ] = None,
    threshold: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=VALUE", help="Change a detector's threshold; may be repeated."),
    ] = None,
    pictures: Annotated[
        bool,
        typer.Option("--pictures/--no-pictures", help="Open the pictures, or check the annotations alone."),
    ] = True,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Check at most this many photos, evenly spread. Default: all.")
    ] = None,
    worst: Annotated[int, typer.Option(min=0, help="Number of photos to name for each detector.")] = 3,
    exclude: ExcludeOption = None,
    format: Annotated[
        str | None, typer.Option(help="Format of the data set, if it is not recognised.")
    ] = None,
    body: BodyOption = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Number of processes. Default: one per core.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Measure everything again, even what is cached.")
    ] = False,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all findings as JSON.")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all measurements as CSV.")] = None,
    ids: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the findings as a list for --exclude.")
    ] = None,
    list_detectors: Annotated[
        bool, typer.Option("--list", help="Only list the detectors and their thresholds.")
    ] = False,
) -> None:
    """Look for bad annotations with all detectors, built-in ones and those of plugins.

    Exit status 0: nothing was found; 1: something was found; 2: nothing could be checked; 3: nothing was
    found, but not everything could be checked. What --exclude lists is measured, because others are
    compared with it, but not reported.
    """
    from sefd_viewer.cameras.sequences.places import rolled_up
    from sefd_viewer.cli.check_words import doubts, folders_of, pictures_apart, show, show_detectors, write
    from sefd_viewer.datasets.exclude_list import resolved, say_unknown

    source = CheckSource(root, format, bodies_for(root, body), tuple(detector or ()), pictures)
    if list_detectors:
        show_detectors(source.detectors(), source.plugin_problems())
        return
    thresholds, excluded = read_thresholds(threshold or [], source.detectors()), read_exclusion(exclude)
    dataset = source.open_and_tell()
    check_outputs((json, csv, ids), dataset)
    measurements = _measured(dataset, source, sample=sample, workers=workers, fresh=fresh)
    if excluded is not None:
        excluded = resolved(dataset, excluded)
        measurements = measurements.without(excluded)
        for words in say_unknown(dataset.keys, excluded):
            typer.echo(words, err=True)
    measurements, absent = pictures_apart(measurements)
    doubted = [*absent, *doubts(measurements, dataset.problems)]
    notes = source.plugin_problems()
    places = partial(rolled_up if dataset.format == "human36m" else folders_of, dataset)
    show(measurements, thresholds, worst=worst, notes=notes, doubts=doubted, places=places)
    write(measurements, thresholds, json=json, csv=csv, ids=ids, doubts=doubted)
    if not len(measurements):
        raise typer.Exit(2)
    if len(measurements.flagged(thresholds)):
        raise typer.Exit(1)
    raise typer.Exit(_NO_ALL_CLEAR if doubted else 0)


def _measured(
    dataset: Dataset, source: CheckSource, *, sample: int | None, workers: int | None, fresh: bool
) -> Measurements:
    """The scan, of which a whole one is kept and used again for what did not change."""
    from sefd_viewer.cameras.people_check import spread
    from sefd_viewer.checks import load_measurements, measurements_path, save_measurements, state_of

    if sample is not None:
        return _scanned(dataset, source, spread(len(dataset.records), sample), workers)
    path, state = measurements_path(dataset), state_of(dataset, source.bodies)
    stored = load_measurements(path, source.known(), state=state)
    if stored is not None and stored.scanned < len(dataset.records):
        stored = None
    missing = [one.id for one in source.detectors() if fresh or stored is None or not stored.has(one.id)]
    if len(missing) < len(source.detectors()):
        typer.echo("Measured in an earlier scan; --fresh measures again.", err=True)
    if missing:
        measured = _scanned(dataset, replace(source, ids=tuple(missing)), None, workers)
        stored = replace(measured if stored is None else stored.joined(measured), state=state)
        try:
            save_measurements(stored, path)
        except SefdError as error:
            typer.echo(f"Note: {error}", err=True)
    assert stored is not None
    return stored.only(source.detectors())


def _scanned(
    dataset: Dataset, source: CheckSource, positions: list[int] | None, workers: int | None
) -> Measurements:
    from rich.console import Console
    from rich.progress import Progress

    from sefd_viewer.checks import scan, scan_in_processes
    from sefd_viewer.jobs.pool import core_count

    count = len(dataset.records) if positions is None else len(positions)
    with Progress(console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("Records", total=count)

        def progress(done: int, _total: int) -> None:
            bars.update(bar, completed=done)

        processes = workers or core_count()
        if processes > 1 and (workers or count >= _WORTH_PROCESSES):
            return scan_in_processes(
                dataset, source, workers=processes, positions=positions, progress=progress
            )
        return scan(
            dataset,
            detectors=source.detectors(),
            positions=positions,
            progress=progress,
            find_body=source.find_body,
        )


_WORTH_PROCESSES = 500
"""Records below which starting processes takes longer than they save."""

_NO_ALL_CLEAR = 3
"""The exit status where nothing was found, and not everything could be looked at."""
