"""Small pictures of people: cut out of their photos, with the annotated body drawn in where it is wanted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from sefd_viewer.app.person_pictures import PersonBody, picture_of
from sefd_viewer.app.small_pictures import SmallPictures
from sefd_viewer.jobs.runner import Post

if TYPE_CHECKING:
    from sefd_viewer.app.people_table import PeopleTable
    from sefd_viewer.app.scene import FindBody
    from sefd_viewer.app.small_pictures import Image
    from sefd_viewer.datasets.records import Dataset, Record

REMEMBERED, QUEUE_LIMIT = 800, 120
PINK = (0xE5, 0x8A, 0xB8)
SIDES = (128, 256, 384)
"""Pictures are made in these sizes, so that moving the size slider makes few new ones."""

Key = tuple[str, str | None, int, bool]
"""Photo, person, side in pixels (negative: the whole photo), whether the annotated body is drawn in."""


class Tiles(SmallPictures[Key]):
    """Pictures by person and size, the one asked for first first."""

    def __init__(self, executor: Executor, post: Post, find_body: FindBody) -> None:
        super().__init__(executor, post, remembered=REMEMBERED, waiting=QUEUE_LIMIT)
        self._find_body = find_body

    def get(
        self, table: PeopleTable, dataset: Dataset, row: int, side: float, *, whole: bool, body: bool
    ) -> Image | str | None:
        """A row's picture (h, w, 3) RGB, words when there is none, or None while it is being made."""
        record, person = table.case(row)
        pixels = next((one for one in SIDES if one >= side), SIDES[-1])
        key = record, person, -pixels if whole else pixels, body
        position = int(table.positions[row])
        box = table.box(row)

        def prepare() -> tuple[Path | None, Callable[[], Image]]:
            photo = dataset.records[position]
            return photo.image_path, lambda: self._make(photo, person, None if whole else box, pixels, body)

        return self.find(key, prepare)

    def _make(
        self,
        photo: Record,
        person: str | None,
        box: tuple[float, float, float, float] | None,
        side: int,
        body: bool,
    ) -> Image:
        own = self._body(photo, person) if body else None
        return picture_of(photo.load(), box, own, side)

    def _body(self, photo: Record, person: str | None) -> PersonBody | None:
        """The annotated body before its camera, None where there is none or its file is missing."""
        from sefd_viewer.errors import SefdError

        found = next((one for one in photo.people if one.key == person), None)
        camera = (found.camera or photo.camera) if found is not None else None
        if found is None or found.truth is None or camera is None:
            return None
        try:
            model = self._find_body(found.truth.body_id)
            vertices = model.forward(found.truth).vertices
        except SefdError:
            return None
        return PersonBody(vertices, model.faces, camera.without_extrinsics(), PINK)
