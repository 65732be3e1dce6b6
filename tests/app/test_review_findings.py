"""Findings out of stored measurements, joined scans, and the small pictures of the wall."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from sefd_viewer.app.findings import NOTHING, Limits, Measured, Values, by_row, find
from sefd_viewer.app.person_pictures import picture_of
from sefd_viewer.checks import Detector, Measurements
from sefd_viewer.checks.measurements import Rows
from sefd_viewer.datasets.records import Record
from sefd_viewer.features.people.case import case_facts
from sefd_viewer.features.people.scanning import with_earlier
from sefd_viewer.features.people.work import framed
from tests.app.review_fakes import DARK, WIDE

PEOPLE = pl.DataFrame({"position": [0, 0, 1, 2, 3, 3], "person": ["1", "2", "1", None, "1", "2"]})
ROWS = np.arange(6, dtype=np.int32)


def values(*numbers: float) -> Values:
    return Values(ROWS[: len(numbers)], np.array(numbers, np.float32))


def test_what_lies_beyond_a_threshold_in_either_direction_is_found():
    measured = Measured({"wide": values(4, 6, 5, 40), "dark": values(9, 11, 10, 0)})
    found = find(6, (WIDE, DARK), measured, Limits())
    assert found.counts.tolist() == [1, 1, 0, 2, 0, 0]
    assert [detector.found for detector in found.detectors] == [2, 2]
    assert (found.found[[0, 1, 3]] > 0).all()


def test_the_worst_finding_is_the_one_furthest_beyond_in_parts_of_its_range():
    measured = Measured({"wide": values(9, 25), "dark": values(0, 9)})
    found = find(6, (WIDE, DARK), measured, Limits())
    assert found.worst.tolist()[:3] == [0, 0, NOTHING]


def test_detectors_that_are_off_find_nothing_but_show_what_they_measured():
    found = find(6, (WIDE,), Measured({"wide": values(50, 60)}), Limits(off=frozenset({"wide"})))
    assert found.flagged == 0
    assert found.detectors[0].measured == 2
    assert found.detectors[0].bars is not None
    assert found.detectors[0].bars[-1] == 2


def test_numbers_that_are_none_are_no_finding_and_infinite_ones_are():
    found = find(6, (WIDE,), Measured({"wide": values(np.nan, np.inf, -np.inf)}), Limits())
    assert found.counts.tolist() == [0, 1, 0, 0, 0, 0]


def measured(*rows: tuple[int, int, str, str | None, float]) -> Measurements:
    """Measurements of both detectors: (detector, position, record, person, value)."""
    found = Rows.of([(*row, "") for row in rows])
    return Measurements.of((WIDE, DARK), found, scanned=len({row[1] for row in rows}))


def test_a_number_about_a_record_is_about_each_of_its_people():
    found = by_row(measured((0, 0, "walk/1", "2", 7.0), (1, 3, "sit/2", None, 8.0)), PEOPLE)
    assert found.values["wide"].rows.tolist() == [1]
    assert sorted(found.values["dark"].rows.tolist()) == [4, 5]


def test_a_scan_takes_the_place_of_an_earlier_one_where_both_looked():
    before = measured((0, 0, "walk/1", "1", 1.0), (0, 1, "walk/2", "1", 2.0), (1, 1, "walk/2", None, 3.0))
    again = replace(measured((0, 1, "walk/2", "1", 9.0)), detectors=(WIDE,))
    joined = with_earlier(before, again, np.array([1], np.int32))
    found = by_row(joined, PEOPLE)
    assert dict(
        zip(found.values["wide"].rows.tolist(), found.values["wide"].values.tolist(), strict=True)
    ) == {
        0: 1.0,
        2: 9.0,
    }
    assert found.values["dark"].values.tolist() == [3.0]
    assert joined.scanned == 2


@pytest.mark.parametrize("box", [(40, 30, 20, 10), (-50, -50, 20, 20), (90, 70, 40, 40), (0, 0, 500, 500)])
def test_a_crop_lies_inside_the_picture_whatever_the_box(box: tuple[float, float, float, float]):
    picture = np.zeros((80, 100, 3), np.uint8)
    assert min(picture_of(picture, box, None).shape[:2]) >= 1
    left, top, right, bottom = framed(box, (100, 80))
    assert 0 <= left < right <= 100
    assert 0 <= top < bottom <= 80


def test_that_nobody_had_a_body_to_look_at_is_told_from_nothing_found() -> None:
    of_bodies = Detector("b", "B", "B.", "b", "", 0.5, (0.0, 1.0), needs_bodies=True)
    of_pictures = Detector("p", "P", "P.", "p", "", 0.5, (0.0, 1.0))
    rows = Rows.of([(1, 0, "a", None, 0.1, ""), (0, 1, "b", "1", 0.1, ""), (1, 1, "b", None, 0.1, "")])
    measured = Measurements.of([of_bodies, of_pictures], rows)

    def bodiless(case: tuple[str, str | None], position: int) -> bool:
        facts = case_facts(
            case,
            position,
            Record(case[0], ""),
            store=None,
            verdict=None,
            measurements=measured,
            limits={},
            off=frozenset(),
        )
        assert facts.measured
        return facts.bodiless

    assert bodiless(("a", "1"), 0)
    assert not bodiless(("b", "1"), 1)
    assert bodiless(("b", "2"), 1)


def test_what_was_measured_from_other_inputs_is_not_joined() -> None:
    detector = Detector("p", "P", "P.", "p", "", 0.5, (0.0, 1.0))
    before = Measurements.of([detector], Rows.of([(0, 0, "a", None, 1.0, ""), (0, 1, "b", None, 1.0, "")]))
    found = Measurements.of([detector], Rows.of([(0, 0, "a", None, 0.0, "")]))
    here = np.array([0], np.int32)
    assert len(with_earlier(replace(before, state="one"), replace(found, state="one"), here)) == 2
    assert len(with_earlier(replace(before, state="one"), replace(found, state="another"), here)) == 1
