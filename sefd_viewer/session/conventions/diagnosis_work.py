"""The work of a diagnosis: moments, people in their pictures, the search, and what it found in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sefd_viewer.errors import SefdError
from sefd_viewer.session.conventions.diagnosing import DiagnosisLine, DiagnosisReport, Scope, Tell

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset, Record
    from sefd_viewer.geometry.poses import Pose2D
    from sefd_viewer.review.conventions import Size, Stated
    from sefd_viewer.review.diagnosis import Diagnosis
    from sefd_viewer.session.board.tools import BoardTools
    from sefd_viewer.session.conventions.calibration import Calibration

    Moments = Sequence[Mapping[str, Record]]

MOST_MOMENTS = 13
"""More moments make a diagnosis slower and hardly surer."""


@dataclass(frozen=True, eq=False)
class DiagnosisTask:
    """What a diagnosis is about; `run` does it. `positions` are the chosen records."""

    dataset: Dataset
    opened: int
    record: str
    scope: Scope
    positions: tuple[int, ...]
    calibration: Calibration | None
    poses: str | None
    tools: BoardTools

    def run(self, tell: Tell) -> tuple[DiagnosisReport, ...]:
        """One report for each subject. Raises SefdError when there is nothing to compare."""
        tell.stage("Looking for moments")
        found = self._moments()
        if not found:
            raise SefdError(
                "one camera alone shows this moment",
                where=self.dataset.name,
                remedy="Open a capture or Human3.6M, where several calibrated cameras saw the same moments",
            )
        return tuple(self._report(title, moments, tell) for title, moments in found.items())

    def _moments(self) -> dict[str, Moments]:
        """By subject the moments that it rests on, as records by view."""
        from sefd_viewer.review.views_check import moments_of

        if self.scope == "set":
            return dict(moments_of(self.dataset, count=MOST_MOMENTS))
        keys = {"moment": lambda: [self.record], "around": self._keys_around, "shown": self._keys_shown}
        moments = [self._views(key) for key in keys[self.scope]()]
        several = [moment for moment in moments if len(moment) > 1]
        return {self.dataset.name: several} if several else {}

    def _keys_shown(self) -> list[str]:
        """One record of each moment that the chosen records show, evenly spread."""
        from sefd_viewer.review.annotated_check import spread

        first: dict[str, str] = {}
        for position in self.positions:
            first.setdefault(self.dataset.instant(position)[0] or str(position), self.dataset.keys[position])
        return [list(first.values())[place] for place in spread(len(first), MOST_MOMENTS)]

    def _keys_around(self) -> list[str]:
        """Records of this view at moments around the one in view, evenly spread."""
        from sefd_viewer.review.annotated_check import spread
        from sefd_viewer.session.board.moment import sequence_around

        keys = sequence_around(self.dataset, self.record).keys or (self.record,)
        return [keys[position] for position in spread(len(keys), MOST_MOMENTS)]

    def _views(self, key: str) -> dict[str, Record]:
        from sefd_viewer.session.board.moment import moment_of

        return moment_of(self.dataset, key).records

    def _report(self, title: str, moments: Moments, tell: Tell) -> DiagnosisReport:
        from sefd_viewer.review.diagnosis import diagnose

        stated, sizes = self._stated(moments)
        poses = self._poses(moments, list(stated), tell)
        tell.stage("Trying combinations")
        try:
            found = diagnose(stated, poses, size=sizes, ask=tell.ask)
        except ValueError as error:
            raise SefdError(str(error), where=title) from error
        return report_of(title, found)

    def _stated(self, moments: Moments) -> tuple[Stated, dict[str, Size]]:
        """The cameras in force, and the sizes of their views' pictures."""
        from sefd_viewer.review.camera_reading import picture_size, stated_cameras

        records = {view: record for moment in moments for view, record in moment.items()}
        stated = self.calibration.cameras if self.calibration else stated_cameras(records.values())
        here = {view: one for view, one in stated.items() if view in records}
        return here, {view: picture_size(records[view]) for view in here}

    def _poses(self, moments: Moments, views: Sequence[str], tell: Tell) -> dict[str, list[list[Pose2D]]]:
        """2D poses by view and moment."""
        found: dict[str, list[list[Pose2D]]] = {view: [] for view in views}
        total = len(views) * len(moments)
        for number, moment in enumerate(moments):
            for index, view in enumerate(views):
                tell.stage("Looking for people in the pictures", number * len(views) + index, total)
                found[view].append(self._people(moment[view]) if view in moment else [])
        return found

    def _people(self, record: Record) -> list[Pose2D]:
        people = self.tools.people(self.opened, record, self.poses, keep=False).people
        return [person.pose2d for person in people]


def report_of(title: str, found: Diagnosis) -> DiagnosisReport:
    """A diagnosis as the tab shows it."""
    from sefd_viewer.review.diagnosis import amount

    before, after = amount(found.before, found.unit), amount(found.after, found.unit)
    lines = [
        DiagnosisLine("fault", _sentence(one.words), one.amounts.replace("->", "→"), one.confidence)
        for one in found.named
    ]
    if not found.explained:
        lines.append(DiagnosisLine("note", f"No combination explains the people: {after} remain."))
    elif not lines:
        lines.append(DiagnosisLine("fine", "Everything is as stated: nothing explains the people better."))
    lines += [DiagnosisLine("person", _sentence(words)) for words in found.misfits]
    basis = f"Rests on {found.basis}." if found.basis else ""
    return DiagnosisReport(title, found.conventions, before, after, tuple(lines), basis)


def _sentence(words: str) -> str:
    """The words with a capital, unless they begin with a camera's name."""
    return words[:1].upper() + words[1:] if words.startswith(("all ", "the ")) else words
