"""All that a person does in the workspace "Review", and what the thread pool brings for it."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sefd_viewer.features.people.review.choices import Choices
from sefd_viewer.features.people.review.content import Book, ReviewContent
from sefd_viewer.features.people.review.crops import CropPictures
from sefd_viewer.features.people.review.derive import BOOK, OLD
from sefd_viewer.features.people.review.host import Host, store_of
from sefd_viewer.features.people.review.judging import Judging
from sefd_viewer.features.people.review.scans import Scans
from sefd_viewer.features.people.review.state import ReviewState
from sefd_viewer.jobs.runner import Post

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.scene import FindBody


class ReviewDesk:
    """`choices` change the state, `verdicts` and `scans` act; `crops` makes the wall's pictures."""

    def __init__(
        self, host: Host, executor: Executor, post: Post, find_body: FindBody, *, workers: int = 0
    ) -> None:
        self._host, self._executor, self._post = host, executor, post
        self._taken: dict[str, object] = {}
        self._refused = ""
        self.choices = Choices(host)
        self.verdicts = Judging(host, self.choices)
        self.scans = Scans(host, executor, post, find_body, workers=workers)
        self.crops = CropPictures(executor, post)

    @property
    def busy(self) -> bool:
        """Whether a scan runs."""
        return self.scans.running

    @property
    def settling(self) -> bool:
        """Whether small pictures are still to come or verdicts are being written: nothing to stop."""
        store = store_of(self._host)
        return self.crops.busy or (store is not None and store.busy)

    def begin(self, state: ReviewState) -> ReviewState:
        """Another data set was opened: what was chosen for the last one is forgotten."""
        self.close()
        self.verdicts.step = 0
        self._taken.clear()
        self.crops.clear()
        return replace(state, words="", step=0, picked=())

    def close(self) -> None:
        """Stop the scan and let go of the verdicts."""
        self.scans.drop()
        store = store_of(self._host)
        if store is not None:
            store.close()

    def adopted(self, content: Content) -> ReviewContent:
        """What is known about the review, with what the thread pool has brought since."""
        review = content.review
        if review.book is not None and review.book.opened != content.opened:
            review = ReviewContent()
        if not review.reviewer:
            review = replace(review, reviewer=self.verdicts.reviewer)
        review = self._with_book(content, review)
        old = self._new_value(content, OLD)
        if old is not None and review.verdicts is not None:
            review = replace(review, verdicts=review.verdicts.with_old(old))
        return review

    def _with_book(self, content: Content, review: ReviewContent) -> ReviewContent:
        found = self._new_value(content, BOOK)
        if found is None or found[0].opened != content.opened:
            return review
        book: Book = found[0]
        if book.store is not None:
            book.store.write_behind(self._executor.submit, self._refuse, self._tried_later)
        review = replace(review, book=book, verdicts=found[1], detectors=book.detectors)
        if book.scan is None:
            return replace(review, scan_problems=book.detector_problems)
        measurements, measured = book.scan
        problems = (*book.detector_problems, *measurements.problems)
        return replace(review, measurements=measurements, measured=measured, scan_problems=problems)

    def _refuse(self, words: str) -> None:
        """The disk refused a change; called from any thread, before `_tried_later`."""
        self._refused = words

    def _tried_later(self) -> None:
        """The disk took a change, or refused it; called from any thread."""
        self._post(self._tried)

    def _tried(self) -> None:
        """Show what the disk said, until it takes changes again."""
        review, words = self._host.content.review, self._refused
        self._refused = ""
        book = replace(review.book, problem=words) if review.book is not None else None
        self._host.change_review(replace(review, book=book))
        if words:
            self._host.say(words)

    def _new_value(self, content: Content, name: str) -> Any:
        """The value of an outcome that was not taken yet."""
        outcome = content.outcomes.get(name)
        if outcome is None or self._taken.get(name) is outcome:
            return None
        self._taken[name] = outcome
        return outcome.value
