"""The controller as the workspace "Review" needs it, and what is asked of it again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from sefd_viewer.app.host import DeskHost
from sefd_viewer.features.people.review.derive import case_in_view, row_in_view

if TYPE_CHECKING:
    from sefd_viewer.app.settings import Settings
    from sefd_viewer.features.people.review.content import ReviewContent
    from sefd_viewer.features.people.review.scan_processes import ScanSource
    from sefd_viewer.features.people.review.table import Case
    from sefd_viewer.judgements import QuickVerdictStore


class Host(DeskHost, Protocol):
    """What the controller offers."""

    settings: Settings

    @property
    def scan_source(self) -> ScanSource:
        """What another process needs to open the data set in view."""

    def change_review(self, review: ReviewContent) -> None:
        """Replace what is known about the review, and show it."""

    def change_settings(self, **changes: Any) -> None:
        """Change remembered choices."""


def case_and_row(host: Host) -> tuple[Case, int] | None:
    """The case in view and its row, None while there is none."""
    case, row = case_in_view(host.state, host.content), row_in_view(host.state, host.content)
    return (case, row) if case is not None and row is not None else None


def store_of(host: Host) -> QuickVerdictStore | None:
    """Where verdicts are kept, None while that is not known or impossible."""
    book = host.content.review.book
    return book.store if book is not None else None
