"""Opening the verdicts about a data set: where they lie, which rows they are about, and which are old."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sefd_viewer.errors import SefdError
from sefd_viewer.features.people.review.content import Book
from sefd_viewer.features.people.review.joining import kept_scan
from sefd_viewer.features.people.review.table import ReviewTable, load_table
from sefd_viewer.features.people.review.verdict_columns import VerdictColumns

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.judgements import QuickVerdictStore, Verdict, VerdictStore


def open_book(opened: int, dataset: Dataset, bodies: tuple[str, ...] = ()) -> tuple[Book, VerdictColumns]:
    """Read a data set's rows and verdicts; verdicts that cannot be kept leave words, not an error.

    `bodies` are the licensed body files in use: a kept scan that was made with others is void.
    """
    from sefd_viewer.app.plugins import review_detectors

    table = load_table(dataset)
    detectors, problems = review_detectors()
    book = Book(
        opened,
        table,
        None,
        "Verdicts cannot be kept",
        read_only=True,
        detectors=detectors,
        detector_problems=problems,
        scan=kept_scan(dataset, table, detectors, bodies),
    )
    try:
        store = _store(dataset)
        verdicts = store.all()
    except SefdError as error:
        return replace(book, problem=str(error)), VerdictColumns.empty(len(table))
    by_row = rows_of(dataset, table, verdicts)
    book = replace(
        book,
        store=store,
        place=place_words(dataset, store),
        read_only=not store.can_write,
        problem="" if store.can_write else f"{store.path} cannot be written: verdicts are not kept",
        unknown=len(verdicts) - len(by_row),
    )
    return book, VerdictColumns.empty(len(table)).with_verdicts(by_row)


def rows_of(dataset: Dataset, table: ReviewTable, verdicts: Iterable[Verdict]) -> dict[int, Verdict]:
    """The row of each verdict; those about cases that are not here are left out."""
    found = {}
    for verdict in verdicts:
        row = row_of_case(dataset, table, verdict.record, verdict.person)
        if row is not None:
            found[row] = verdict
    return found


def row_of_case(dataset: Dataset, table: ReviewTable, record: str, person: str | None) -> int | None:
    """The row of exactly this case."""
    try:
        row = table.row(dataset.position(record), person)
    except SefdError:
        return None
    return row if row is not None and table.case(row) == (record, person) else None


def old_rows(dataset: Dataset, table: ReviewTable, by_row: Mapping[int, Verdict]) -> frozenset[int]:
    """Rows whose annotation is not the one that was judged."""
    from sefd_viewer.judgements import fingerprint

    old = set()
    for row, verdict in by_row.items():
        record = dataset.records[int(table.positions[row])]
        if verdict.fingerprint and fingerprint(record, verdict.person) != verdict.fingerprint:
            old.add(row)
    return frozenset(old)


def place_words(dataset: Dataset, store: VerdictStore) -> str:
    """Where verdicts are kept, in words."""
    beside = dataset.root is not None and store.path.is_relative_to(
        dataset.root if dataset.root.is_dir() else dataset.root.parent
    )
    return f"Verdicts are kept {'beside the data' if beside else 'in your own folder'}: {store.path}"


def _store(dataset: Dataset) -> QuickVerdictStore:
    from sefd_viewer.judgements import QuickVerdictStore, VerdictStore

    return QuickVerdictStore(VerdictStore.beside(dataset))
