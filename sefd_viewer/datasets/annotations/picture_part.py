"""The pictures of one annotation file as records that are built when they are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sefd_viewer.datasets.annotations.labels import Labels
from sefd_viewer.datasets.annotations.people import PeopleBuilder
from sefd_viewer.datasets.annotations.picture_rows import PictureRows
from sefd_viewer.datasets.index.key_places import KeyPlaces
from sefd_viewer.datasets.index.stamps import Stamps
from sefd_viewer.datasets.lazy_sequence import Instant
from sefd_viewer.datasets.picture_file import turned_words
from sefd_viewer.datasets.records import Record
from sefd_viewer.errors import shown
from sefd_viewer.plain_files import is_file

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, eq=False)
class PicturePart:
    """Pictures in `folder` with their people; `sources` are the files that said so, as they were then.

    `places` finds keys; `world_up` is the direction away from the ground in the world of the cameras.
    `index` is the folder of the index, where there is one.
    """

    folder: Path
    pictures: PictureRows
    builder: PeopleBuilder
    sources: Stamps
    places: KeyPlaces
    world_up: tuple[float, float, float] | None = None
    index: Path | None = None

    @property
    def keys(self) -> Sequence[str]:
        """One key per picture."""
        return self.pictures.keys

    def find(self, key: str) -> int | None:
        """Where the picture with this key is, None when it is not here."""
        return self.places.find(key)

    def build(self, position: int) -> Record:
        """The record of a picture with its people."""
        pictures = self.pictures
        path = self.image_path(position)
        size = pictures.size(position)
        stated = None if pictures.cameras is None else pictures.cameras.at(position)
        camera = None if stated is None else stated.rigid()
        group = self.builder.group(self.rows_of(position), size, camera)
        words = turned_words(path, size) if is_file(path) else "the picture is not there"
        told = () if words is None else (f"{shown(str(path))}: {words}",)
        return Record(
            pictures.keys[position],
            pictures.title(position),
            image_path=path,
            size=size,
            camera=camera,
            people=group.people,
            moment=_word(pictures.moments, position),
            view=_word(pictures.views, position),
            problems=(*self._changed(), *told, *pictures.faults.get(position, ()), *group.problems),
            skipped=group.skipped,
            world_up=self.world_up,
            stated_camera=stated,
            crowd_index=pictures.crowd_index(position),
        )

    def siblings(self, position: int) -> Sequence[int]:
        """The pictures of the same moment."""
        moments = self.pictures.moments
        return [position] if moments is None else moments.same(position)

    def instant(self, position: int) -> Instant:
        """Moment and view of a picture."""
        pictures = self.pictures
        return _word(pictures.moments, position), _word(pictures.views, position)

    def image_path(self, position: int) -> Path:
        """The file of a picture, there or not."""
        return self.folder / self.pictures.names[position]

    def rows_of(self, position: int) -> range:
        """The rows of a picture's people."""
        offsets = self.pictures.offsets
        return range(int(offsets[position]), int(offsets[position + 1]))

    def _changed(self) -> tuple[str, ...]:
        """Words when the annotations are no longer what was read."""
        return tuple(
            f"{shown(str(file))}: this has changed since it was read. Open the data set again"
            for file in self.sources.changed_files()
        )


def _word(labels: Labels | None, position: int) -> str | None:
    return None if labels is None else labels.at(position)
