"""Opening what is kept about a data set: its log of verdicts and tags, its last scan, its runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sefd_viewer.app.people import Book, Judged, KnownRun
from sefd_viewer.app.people_table import Case, PeopleTable
from sefd_viewer.app.places import home_words
from sefd_viewer.errors import SefdError, shown

if TYPE_CHECKING:
    from sefd_viewer.checks import Detector, Measurements
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.evaluation.runs.store import RunStore
    from sefd_viewer.judgements import QuickVerdictStore, Verdict, VerdictStore


def open_book(opened: int, dataset: Dataset, table: PeopleTable, bodies: tuple[str, ...]) -> Book:
    """Read a data set's log; a log that cannot be kept leaves words, not an error.

    `bodies` are the licensed body files in use: a kept scan that was made with others is void.
    """
    from sefd_viewer.app.plugins import review_detectors

    detectors, problems = review_detectors()
    book = Book(
        opened,
        table,
        place="Verdicts cannot be kept",
        detectors=detectors,
        detector_problems=problems,
        measurements=kept_scan(dataset, detectors, bodies),
    )
    try:
        store, told = _store(dataset)
        judged = judged_in(store)
    except SefdError as error:
        return replace(book, problem=str(error))
    known = sum(table.row(*case) is not None for case in judged.verdicts)
    if not store.can_write:
        told = (f"{store.path} cannot be written: verdicts are not kept", *told)
    return replace(
        book,
        store=store,
        place=_place(dataset, store),
        problem=" ".join(told),
        unknown=len(judged.verdicts) - known,
        judged=judged,
    )


def judged_in(store: VerdictStore) -> Judged:
    """The verdicts and tags that a log holds."""
    from sefd_viewer.judgements import disagreements

    verdicts = {verdict.case: verdict for verdict in store.all()}
    others = {(one.record, one.person): one.verdicts for one in disagreements([store])}
    return Judged(verdicts, store.tags(), others)


def old_cases(dataset: Dataset, table: PeopleTable, verdicts: Iterable[Verdict]) -> frozenset[Case]:
    """The people whose annotation is not the one that was judged."""
    from sefd_viewer.judgements import fingerprint

    old = set()
    for verdict in verdicts:
        row = table.row(*verdict.case)
        if row is not None and verdict.fingerprint:
            record = dataset.records[int(table.positions[row])]
            if fingerprint(record, verdict.person) != verdict.fingerprint:
                old.add(verdict.case)
    return frozenset(old)


def kept_scan(
    dataset: Dataset, detectors: tuple[Detector, ...], bodies: tuple[str, ...]
) -> Measurements | None:
    """What was kept of these detectors' scan of this data set with these body files, None: nothing."""
    from sefd_viewer.checks import load_measurements, measurements_path, state_of

    path = measurements_path(dataset)
    if not path.exists():
        return None
    found = load_measurements(path, detectors, state=state_of(dataset, bodies))
    return found if found is not None and len(found) else None


def known_runs(dataset: Dataset) -> tuple[KnownRun, ...]:
    """Runs over this data set in the folder where runs are kept, the newest first."""
    from sefd_viewer.evaluation.runs.pose_sources import ANNOTATION

    return tuple(
        KnownRun(
            str(folder),
            _title(store),
            str(store.plan.settings.get("poses", ANNOTATION)),
            len(store.plan.methods),
        )
        for folder, store in _runs(dataset)
    )


def _runs(dataset: Dataset) -> list[tuple[Path, RunStore]]:
    from sefd_viewer.evaluation.runs.store import open_run, runs_folder

    root = "" if dataset.root is None else shown(str(dataset.root.resolve()))
    folders = [path.parent for path in runs_folder().glob("*/run.json")]
    found = []
    for folder in sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True):
        try:
            store = open_run(folder)
        except SefdError:
            continue  # a folder that only looks like a run
        if (store.plan.format, store.plan.root) == (dataset.format, root):
            found.append((folder, store))
    return found


def _title(store: RunStore) -> str:
    from sefd_viewer.evaluation.runs.pose_sources import ANNOTATION

    done, total = len(store.done()), store.plan.records
    poses = Path(str(store.plan.settings.get("poses", ANNOTATION))).name
    state = f"{done} of {total} photos" if done < total else f"{total} photos"
    source = "" if poses == ANNOTATION else f" · {poses} poses"
    names = [str(name) for name in store.plan.methods]
    what = f"{len(names)} methods" if len(names) > 1 else ", ".join(names)
    return f"{what}, {state}{source}"


def _store(dataset: Dataset) -> tuple[QuickVerdictStore, tuple[str, ...]]:
    """The log of a data set with the tags that older versions kept with its runs, and words about those."""
    from sefd_viewer.judgements import QuickVerdictStore, VerdictStore

    disk = VerdictStore.beside(dataset)
    told = _take_in_tags(disk, dataset) if disk.can_write else ()
    store = QuickVerdictStore(disk)
    if not disk.can_write:
        told = _take_in_tags(store, dataset)
    return store, told


def _take_in_tags(store: VerdictStore, dataset: Dataset) -> tuple[str, ...]:
    told = []
    for folder, _ in _runs(dataset):
        try:
            store.take_in_tags(folder)
        except SefdError as error:
            told.append(str(error))
    return tuple(told)


def _place(dataset: Dataset, store: VerdictStore) -> str:
    """Where the log is, in words."""
    beside = dataset.root is not None and store.path.is_relative_to(
        dataset.root if dataset.root.is_dir() else dataset.root.parent
    )
    return f"Saved {'beside your data' if beside else 'in your own folder'}: {home_words(store.path)}"
