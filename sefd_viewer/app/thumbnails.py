"""Small pictures of records, for the list of records."""

from __future__ import annotations

from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING

from sefd_viewer.app.small_pictures import SmallPictures
from sefd_viewer.jobs.runner import Post

if TYPE_CHECKING:
    from sefd_viewer.app.small_pictures import Image
    from sefd_viewer.datasets.records import Record

SIDE = 96
REMEMBERED = 600
QUEUE_LIMIT = 60


class Thumbnails(SmallPictures[str]):
    """Whole pictures by the record's key, the one asked for last first."""

    def __init__(self, executor: Executor, post: Post, *, side: int = SIDE) -> None:
        super().__init__(executor, post, remembered=REMEMBERED, waiting=QUEUE_LIMIT, newest_first=True)
        self._side = side

    def get(self, record: Record) -> Image | str | None:
        """The small picture, words when there is none, or None while it is being made."""
        make = partial(make_thumbnail, record, self._side)
        return self.find(record.key, lambda: (record.image_path, make))


def make_thumbnail(record: Record, side: int) -> Image:
    """The record's picture with `side` pixels at most, RGB; raises ImageError."""
    return record.load(max_side=side)
