"""What the readers of annotated formats share: files to parts, each on its own, through the index."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from sefd_viewer.body import open_body
from sefd_viewer.body.catalog import BodyCatalog, remedy_for
from sefd_viewer.datasets.annotations.people import PeopleBuilder, ReadOptions
from sefd_viewer.datasets.annotations.picture_part import PicturePart, ReadPart, fresh_part
from sefd_viewer.datasets.annotations.rows import PartRows
from sefd_viewer.datasets.annotations.smpl_table import FindBody
from sefd_viewer.datasets.index.cache import IndexCache
from sefd_viewer.datasets.lazy_sequence import LazySequence
from sefd_viewer.datasets.progress import CancelledError, PartReading, Progress
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import DatasetError, SefdError, shown


@dataclass(frozen=True)
class AnnotationReader(ABC):
    """A published layout: which files belong to it, and what one of them says.

    Every file is read on its own, so that a broken one does not take the others along, and kept in `cache`.
    `name_needed` says how a file with people must be called to be found, where other files may be one.
    """

    name: ClassVar[str]
    name_needed: ClassVar[str] = ""
    options: ReadOptions = field(default_factory=ReadOptions)
    progress: Progress = field(default_factory=Progress)
    cache: IndexCache = field(default_factory=IndexCache)

    @abstractmethod
    def files(self, path: Path) -> Sequence[Path]:
        """The annotation files at or below a path, each of which makes a part."""

    @abstractmethod
    def inputs(self, file: Path) -> Sequence[Path]:
        """The annotation file and those that are read with it, there or not."""

    @abstractmethod
    def read(self, file: Path, reading: PartReading) -> PartRows:
        """What a file says. Raises DatasetError when it cannot be used."""

    def recognises(self, path: Path) -> bool:
        """Whether files of this layout are here."""
        return bool(self.files(path))

    def open(self, path: Path) -> Dataset:
        """The parts that can be read; the others are among the problems.

        Raises DatasetError when there are no files, or none can be used, and CancelledError.
        """
        files = self.files(path)
        if not files:
            raise DatasetError(
                f"there are no {self.name} annotations here",
                where=path,
                remedy="Open the data set's root folder",
            )
        found, errors = self._parts(files)
        if not found:
            raise errors[0]
        catalog = BodyCatalog(self.options.bodies)
        sentences = [str(error) for error in errors]
        sentences += [sentence for part in found for sentence in part.problems]
        sentences += _about_bodies(found, catalog)
        root = path if path.is_dir() else path.parent
        records = LazySequence([self._part(part, catalog.find) for part in found])
        name = shown(path.name or str(path))
        sources = tuple(dict.fromkeys(one for file in files for one in self.inputs(file)))
        return Dataset(name, root, self.name, records, tuple(dict.fromkeys(sentences)), sources=sources)

    def _parts(self, files: Sequence[Path]) -> tuple[list[ReadPart], list[SefdError]]:
        """What each file says, out of the index where that holds; and why some say nothing."""
        indexed = {file: self._indexed(file) for file in files}
        new = [file for file in files if indexed[file] is None]
        total = sum(_size(one) for file in new for one in self.inputs(file))
        self.progress.begin("Reading annotations", total)
        found: list[ReadPart] = []
        errors: list[SefdError] = []
        for file in files:
            part = indexed[file]
            try:
                found.append(self._read(file) if part is None else part)
            except CancelledError:
                raise
            except SefdError as error:
                errors.append(error)
        return found, errors

    def _indexed(self, file: Path) -> ReadPart | None:
        """What the index keeps of a file, if that was read from the same files as it would be now."""
        part = self.cache.load(self.name, file)
        if part is None:
            return None
        read = {one.absolute() for one in part.sources.by_path}
        return part if read == {one.absolute() for one in self.inputs(file)} else None

    def _read(self, file: Path) -> ReadPart:
        reading = PartReading(self.progress)
        for one in self.inputs(file):
            reading.look_at(one)
        part = fresh_part(self.read(file, reading), reading.sources, reading.looked_at, reading.problems)
        return self.cache.keep(self.name, file, part)

    def _part(self, part: ReadPart, find_body: FindBody) -> PicturePart:
        builder = PeopleBuilder(part.rows.people, self.options, find_body)
        rows = part.rows
        return PicturePart(
            rows.folder, rows.pictures, builder, part.sources, part.places, rows.world_up, part.index
        )


def _about_bodies(parts: Sequence[ReadPart], catalog: BodyCatalog) -> list[str]:
    """Which bodies the parameters need that are not here, once each; and what is to say about those here."""
    columns = [part.rows.people.bodies for part in parts]
    wanted = dict.fromkeys(body for column in columns if column for body in column.table.body_ids.words)
    missing = [body_id for body_id in wanted if catalog.find(body_id) is None]
    sentences = [
        f"The SMPL parameters belong to the body {one}, which is not here. {remedy_for(one)}"
        for one in missing
    ]
    licensed = [body_id for body_id in wanted if not open_body().is_called(body_id)]
    return [*sentences, *(catalog.left_aside if missing else ()), *(catalog.notes if licensed else ())]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def split_of(file: Path, prefix: str, suffix: str = "") -> str:
    """What a file's name has between prefix and suffix, for example `train`."""
    return file.stem.removeprefix(prefix).removesuffix(suffix)
