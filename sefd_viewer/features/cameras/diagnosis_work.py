"""The work of a diagnosis: which records, people in their pictures, the search, and what it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sefd_viewer.app.keys import Key
from sefd_viewer.errors import SefdError
from sefd_viewer.features.cameras.diagnosis import (
    DiagnosisReport,
    Scope,
    elsewhere_named,
    report_of,
    verdict_report,
)
from sefd_viewer.features.cameras.model import sequence_place, stated_by
from sefd_viewer.features.cameras.work import SceneOf

if TYPE_CHECKING:
    from sefd_viewer.app.photos import Photos
    from sefd_viewer.body.model import BodyModel
    from sefd_viewer.cameras.calibrations.by_view import Calibration
    from sefd_viewer.cameras.diagnosis.convention_steps import ConventionStep
    from sefd_viewer.cameras.diagnosis.conventions import Conventions
    from sefd_viewer.cameras.diagnosis.record_diagnosis import RecordsDiagnosis
    from sefd_viewer.cameras.sequences.findings import SetVerdict
    from sefd_viewer.datasets.records import Dataset, Record
    from sefd_viewer.features.cameras.scene import BoardScene
    from sefd_viewer.geometry.joints import Pose2D
    from sefd_viewer.jobs.background import Task

    Found = dict[str, list[Pose2D]]

MOST_MOMENTS = 13
"""More moments make a diagnosis slower and hardly surer."""
MOST_ALONE = 60
"""The same for pictures that no other camera took at the same time."""


@dataclass(frozen=True, eq=False)
class DiagnosisTask:
    """What a diagnosis is about; `run` does it.

    `positions` are the chosen records, `start` is how everything is read so far at `place`, a subject or
    sequence.
    """

    dataset: Dataset
    opened: int
    record: str
    scope: Scope
    positions: tuple[int, ...]
    calibration: Calibration | None
    start: Conventions
    photos: Photos
    place: str = ""

    def run(self, task: Task) -> tuple[DiagnosisReport, ...]:
        """One report for each subject. Raises SefdError when there is nothing to compare."""
        task.stage("Looking for photos")
        chosen = self._chosen()
        verdict = self._by_sequence(task) if self.scope in ("set", "sequence") else None
        whole = () if verdict is None else (verdict_report(verdict, self.start),)
        known = () if verdict is None else tuple(part for one in verdict.findings for part in one.parts)
        if verdict is not None:
            chosen = {title: self._elsewhere(records, verdict) for title, records in chosen.items()}
        found = (self._report(title, chosen, task) for title in chosen)
        return (*whole, *(elsewhere_named(one, known) for one in found))

    def _by_sequence(self, task: Task) -> SetVerdict | None:
        """What `verify` says of the set, or of the sequence in view; None for sets without sequences."""
        from sefd_viewer.cameras.sequences.verdict import check_set, has_sequences

        if self.calibration is not None or not has_sequences(self.dataset):
            return None
        return check_set(
            self.dataset,
            self.photos.find_body,
            kept=None if self.scope == "set" else frozenset(self.dataset.keys[i] for i in self._sequence()),
            progress=task.stage,
        )

    def _elsewhere(self, records: Sequence[Record], verdict: SetVerdict) -> Sequence[Record]:
        """The records of sequences whose bodies and joints are right; all where none are."""
        wrong = [one for one in verdict.findings if one.kind in ("bodies", "joints")]
        parts = {part.sequence for one in wrong for part in one.parts}
        named = {f"{one.subject}/{one.action}/{one.subaction}" for one in parts}
        right = [one for one in records if sequence_place(self.dataset, one.key) not in named]
        return right or records

    def _report(self, title: str, chosen: Mapping[str, Sequence[Record]], task: Task) -> DiagnosisReport:
        from sefd_viewer.cameras.diagnosis.conventions import Conventions  # NumPy comes with it

        records = chosen[title]
        found = self._people(records, task)
        task.stage("Trying combinations" if len(chosen) == 1 else f"Trying combinations for {title}")
        if self.calibration is not None:
            return report_of(title, self._of_calibration(records, found, task), records, start=self.start)
        others = {other: one for other, one in chosen.items() if other != title}
        sequence = sequence_place(self.dataset, records[0].key) if records else ""
        place = sequence if self.scope == "sequence" else sequence.split("/")[0]
        here = self.place.split("/")[0] == sequence.split("/")[0]
        start = self.start if here else Conventions()
        result = replace(self, start=start)._of_records(records, others, found, task)
        return replace(report_of(title, result, records, start=start), place=place)

    # ---- which records

    def _chosen(self) -> dict[str, Sequence[Record]]:
        """By subject the records that it rests on."""
        from sefd_viewer.cameras.views_check import moments_of, records_of

        if self.scope == "set":
            moments = moments_of(self.dataset, count=MOST_MOMENTS)
            if moments:
                return {title: records_of(found) for title, found in moments.items()}
        return self._by_subject([one for key in self._keys() for one in self._views(key)])

    def _by_subject(self, records: Sequence[Record]) -> dict[str, Sequence[Record]]:
        """The records of every subject apart: their cameras have the same names and other numbers."""
        from sefd_viewer.cameras.views_check import subject_title

        groups: dict[str, list[Record]] = {}
        for record in records:
            groups.setdefault(subject_title(record, self.dataset), []).append(record)
        return {self.dataset.name: records} if len(groups) == 1 else dict(groups)

    def _keys(self) -> list[str]:
        """One record of each moment, evenly spread."""
        from sefd_viewer.cameras.people_check import spread

        keys = {
            "moment": lambda: [self.record],
            "around": self._keys_around,
            "sequence": lambda: self._first_of_moments(self._sequence()),
            "shown": lambda: self._first_of_moments(self.positions),
            "set": lambda: list(self.dataset.keys[:: max(len(self.dataset.keys) // MOST_ALONE, 1)]),
        }[self.scope]()
        several = self.dataset.instant(self.dataset.position(self.record))[0] is not None
        return [keys[place] for place in spread(len(keys), MOST_MOMENTS if several else MOST_ALONE)]

    def _keys_around(self) -> list[str]:
        """The moments of this view, or the records before and after."""
        from sefd_viewer.features.cameras.moments import sequence_around

        found = sequence_around(self.dataset, self.record).keys
        if found:
            return list(found)
        position = self.dataset.position(self.record)
        return list(self.dataset.keys[max(position - MOST_ALONE // 2, 0) : position + MOST_ALONE // 2])

    def _sequence(self) -> list[int]:
        """All records of the sequence in view, whatever camera took them."""
        place = sequence_place(self.dataset, self.record)
        return [row for row in range(len(self.dataset.keys)) if self._place_at(row) == place]

    def _place_at(self, position: int) -> str:
        from sefd_viewer.datasets.annotations.human36m import instant_of

        instant = instant_of(self.dataset.instant(position)[0] or "")
        return "" if instant is None else "/".join(instant[:3])

    def _first_of_moments(self, positions: Sequence[int]) -> list[str]:
        first: dict[str, str] = {}
        for position in positions:
            key = self.dataset.keys[position]
            first.setdefault(self.dataset.instant(position)[0] or key, key)
        return list(first.values())

    def _views(self, key: str) -> list[Record]:
        from sefd_viewer.features.cameras.moments import moment_of

        return list(moment_of(self.dataset, key).records.values())

    # ---- what they show

    def _people(self, records: Sequence[Record], task: Task) -> Found:
        """2D poses of pictures whose annotated ones are none, or were made with the cameras in question."""
        wanted = [record for record in records if _needs_detection(record)]
        found: Found = {}
        for number, record in enumerate(wanted):
            task.stage("Looking for people in the pictures", number, len(wanted))
            try:
                picture = record.load()
            except SefdError:
                continue  # boxes and joints in space can be compared without it
            found[record.key] = self.photos.detections.of((self.opened, record.key))(picture)
        return found

    def _of_calibration(self, records: Sequence[Record], found: Found, task: Task) -> RecordsDiagnosis:
        """What is wrong with the cameras of another file."""
        from sefd_viewer.cameras.diagnosis.record_diagnosis import diagnose_calibration

        assert self.calibration is not None
        views = {record.view for record in records}
        stated = {view: one for view, one in self.calibration.cameras.items() if view in views}
        bodies = self._bodies(records)
        try:
            return diagnose_calibration(stated, records, bodies, found=found, start=self.start, ask=task.ask)
        except ValueError as error:
            remedy = "Choose a calibration of these views, or a moment with people before two of them"
            raise SefdError(str(error), where=self.calibration.name, remedy=remedy) from error

    def _of_records(
        self, records: Sequence[Record], others: Mapping[str, Sequence[Record]], found: Found, task: Task
    ) -> RecordsDiagnosis:
        """What is wrong with the records' own cameras and bodies; `others` are those of other subjects."""
        from sefd_viewer.cameras.diagnosis.record_diagnosis import diagnose_records
        from sefd_viewer.cameras.views_check import around_of, donors_of

        several = len({record.view for record in records}) > 1
        around = around_of(self.dataset, records) if several else []
        return diagnose_records(
            records,
            self._bodies(records),
            found=found,
            around=around,
            donors=donors_of(others),
            start=self.start,
            ask=task.ask,
        )

    def _bodies(self, records: Sequence[Record]) -> list[BodyModel]:
        """The body models that the records name and that are here, in all genders."""
        named = [
            stored.body_id
            for record in records
            for person in record.people
            if (stored := person.smpl_world or person.smpl) is not None
        ]
        from sefd_viewer.cameras.diagnosis.bodies import models_for

        return models_for(named, self.photos.find_body)


def _needs_detection(record: Record) -> bool:
    """Whether several cameras saw the moment, and no annotated 2D pose says anything about them."""
    from sefd_viewer.cameras.diagnosis.record_evidence import is_projected

    camera = record.camera
    if record.moment is None or camera is None:
        return False
    return not any(
        person.pose2d is not None and not is_projected(person, person.camera or camera)
        for person in record.people
    )


# ---- a moment as it is stated


@dataclass(frozen=True, eq=False)
class Inspected:
    """The chain's steps for the moment in view, and the board's numbers when everything is read as stated."""

    steps: tuple[ConventionStep, ...]
    views: tuple[str, ...]
    plain: BoardScene


def inspect(plain: SceneOf) -> Inspected:
    """Read a moment as it is stated, and see which steps make sense for it."""
    from sefd_viewer.cameras.diagnosis.bodies import models_for
    from sefd_viewer.cameras.diagnosis.convention_steps import convention_steps

    records, sizes = plain.moment.records, plain.known_sizes
    stated = stated_by(plain.board, records, sizes)
    stored = [one for record in records.values() for one in _stored(record)]
    steps = convention_steps(
        stated,
        sizes=dict(sizes),
        bodies=models_for([body_id for body_id, _ in stored], plain.photos.find_body),
        has_bodies=bool(stored),
        bodies_in_world=any(in_world for _, in_world in stored),
    )
    return Inspected(steps if stated else _without_cameras(steps), tuple(stated), plain.work())


def _without_cameras(steps: Sequence[ConventionStep]) -> tuple[ConventionStep, ...]:
    """The steps where there is no camera to read."""
    words = "This photo comes without a camera."
    return tuple(replace(step, unavailable=words) if step.per_camera else step for step in steps)


def _stored(record: Record) -> list[tuple[str, bool]]:
    """The body models that a record's parameters name, and whether those are in the world."""
    found = []
    for person in record.people:
        parameters = person.smpl_world if person.smpl_world is not None else person.smpl
        if parameters is not None:
            found.append((parameters.body_id, person.smpl_world is not None))
    return found


@dataclass(frozen=True)
class InspectedOf(Key["Inspected"]):
    """The steps of the chain for a moment, and its numbers when everything is read as stated."""

    title = "Reading cameras as stated"
    plain: SceneOf

    def work(self) -> Inspected:
        """Read it as stated, and see which steps make sense for it."""
        return inspect(self.plain)
