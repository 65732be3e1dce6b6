"""One opening of a data set: each file on its own, so that a broken one does not take the others along."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sefd_viewer.datasets.annotations.bodies import FindBody, body_finder
from sefd_viewer.datasets.annotations.options import ReadOptions
from sefd_viewer.datasets.annotations.people import PeopleBuilder
from sefd_viewer.datasets.annotations.person_rows import PersonRows
from sefd_viewer.datasets.annotations.picture_part import PicturePart
from sefd_viewer.datasets.annotations.problems import Problems
from sefd_viewer.datasets.lazy_sequence import LazySequence
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import DatasetError, SefdError

Faults = Mapping[int, Sequence[str]]


@dataclass(frozen=True, eq=False)
class Reading:
    """What the parts of a reader share: the options, the bodies that are here, the problems so far."""

    options: ReadOptions
    find_body: FindBody
    problems: Problems = field(default_factory=Problems)

    @classmethod
    def with_options(cls, options: ReadOptions) -> Reading:
        """A new reading, without problems yet."""
        return cls(options, body_finder(options.bodies))

    def builder(
        self, rows: PersonRows, file: Path, name: Callable[[int], str] | None = None
    ) -> PeopleBuilder:
        """What makes people out of rows, once the rows' faults are noted under a `name` (else their id)."""
        self.note(file, rows.faults, name or (lambda row: f"annotation {rows.ids[row]}"))
        return PeopleBuilder(rows, self.options, self.find_body)

    def note(self, file: Path, faults: Faults, name: Callable[[int], str]) -> None:
        """Note every row's faults under the row's name."""
        for row, sentences in faults.items():
            for sentence in sentences:
                self.problems.add(file, sentence, name(row))

    def dataset(
        self, name: str, path: Path, files: Sequence[Path], read_part: Callable[[Path], PicturePart]
    ) -> Dataset:
        """A data set of the parts that `read_part` makes of the files; those that fail are noted.

        Raises DatasetError when there are no files, or none can be used.
        """
        if not files:
            raise DatasetError(
                f"there are no {name} annotations here", where=path, remedy="Open the data set's root folder"
            )
        parts, errors = [], []
        for file in files:
            try:
                parts.append(read_part(file))
            except SefdError as error:
                errors.append(error)
        if not parts:
            raise errors[0]
        for failed in errors:
            self.problems.add_sentence(str(failed))
        self._note_missing_bodies(parts)
        root = path if path.is_dir() else path.parent
        return Dataset(path.name or str(path), root, name, LazySequence(parts), self.problems.sentences())

    def _note_missing_bodies(self, parts: Sequence[PicturePart]) -> None:
        """Say once which bodies the parameters need that are not here."""
        columns = [part.builder.rows.bodies for part in parts]
        wanted = dict.fromkeys(body for column in columns if column for body in column.table.body_ids)
        for body_id in wanted:
            if self.find_body(body_id) is None:
                self.problems.add_sentence(
                    f"The SMPL parameters belong to the body {body_id}, which is not here. "
                    "Choose its file with File > Body model"
                )


def split_of(file: Path, prefix: str, suffix: str = "") -> str:
    """What a file's name has between prefix and suffix, for example `train`."""
    return file.stem.removeprefix(prefix).removesuffix(suffix)
