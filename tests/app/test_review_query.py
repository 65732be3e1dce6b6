"""The filter field: what it finds, and what it says about mistakes."""

from __future__ import annotations

import pytest

from sefd_viewer.features.people.review.query import QueryError, parse
from sefd_viewer.features.people.review.verdict_columns import VerdictColumns
from sefd_viewer.judgements import Verdict
from tests.app.review_fakes import shown


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("WALK", [0, 1, 2]),
        ("walk 60", [2]),
        ('"walk/1"', [0, 1]),
        ("-walk", [3, 4, 5]),
        ("fit_error > 12", [2, 5]),
        ("fit_error>=12 fit_error<75", [0, 5]),
        ("fit:60", [5]),
        ("keypoints=17", [0, 4]),
        ("view:54", [0, 1, 3]),
        ("view:54,60", [0, 1, 2, 3, 4, 5]),
        ("person=2", [1, 5]),
        ("person!=2", [0, 2, 3, 4]),
        ("smpl:no", [1, 3]),
        ("problem:nobody", [3]),
        ("nothing like it", []),
    ],
)
def test_the_filter_finds(words: str, rows: list[int]):
    assert shown(words) == rows


def test_verdicts_are_found_by_state_note_and_reviewer():
    verdicts = VerdictColumns.empty(6).with_verdicts(
        {
            0: Verdict("walk/1", "1", "good", reviewer="Ida"),
            2: Verdict("walk/2", "1", "bad", ("swap",), "arms crossed", "Jon"),
        }
    )
    assert shown("verdict:bad", verdicts=verdicts) == [2]
    assert shown("verdict:good,bad", verdicts=verdicts) == [0, 2]
    assert shown("verdict:unreviewed", verdicts=verdicts) == [1, 3, 4, 5]
    assert shown("-verdict:unreviewed", verdicts=verdicts) == [0, 2]
    assert shown("note:crossed", verdicts=verdicts) == [2]
    assert shown("issues:swap", verdicts=verdicts) == [2]
    assert shown("reviewer=ida", verdicts=verdicts) == [0]
    assert shown("verdict:old", verdicts=verdicts) == []
    assert shown("verdict:old", verdicts=verdicts.with_old([2])) == [2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("fiterror > 3", "did you mean fit_error?"),
        ("fit_error > lots", "fit_error is compared with a number, not with “lots”"),
        ("fit_error >", "Something is missing after fit_error>"),
        ("verdict:wrong", "verdict is unreviewed, good, bad, unsure, fixed or old, not “wrong”"),
        ("smpl:maybe", "smpl is yes or no, not “maybe”"),
        ("view > 3", "view holds no numbers: use view:3 instead of >"),
        ("s:002", 'To find these letters write "s:002"'),
    ],
)
def test_mistakes_are_explained(words: str, said: str):
    with pytest.raises(QueryError) as error:
        parse(words)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("sort", "descending", "rows"),
    [
        ("fit_error", False, [4, 0, 5, 2, 1, 3]),
        ("fit_error", True, [2, 5, 0, 4, 1, 3]),
        ("keypoints", True, [0, 4, 2, 5, 1, 3]),
        ("view", False, [0, 1, 3, 2, 4, 5]),
        ("row", True, [5, 4, 3, 2, 1, 0]),
    ],
)
def test_rows_are_sorted_with_unknown_values_last(sort: str, descending: bool, rows: list[int]):
    assert shown("", sort=sort, descending=descending) == rows
