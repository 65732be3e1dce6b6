"""The table of everybody and the one filter language, against filters written by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from sefd_viewer.app.filtering import FilterError, completions, shown, terms_of, values, without_terms
from sefd_viewer.app.findings import Limits, Measured, Values, find
from sefd_viewer.app.people_table import PeopleTable, table_of
from sefd_viewer.app.run_table import RunColumn, RunTable
from sefd_viewer.checks import Detector
from sefd_viewer.judgements import Verdict
from sefd_viewer.judgements.tags import Tags

SWAP = Detector(
    "left_right", "Left and right swapped", "", "{value}", "%", threshold=50.0, range=(10.0, 95.0)
)
ORDER = Detector(
    "picture_order", "In front, behind", "", "{value}", "points", threshold=15.0, range=(-20.0, 50.0)
)


def index() -> pl.DataFrame:
    """Six people in four photos of two cameras; the third photo has nobody."""
    return pl.DataFrame(
        {
            "position": pl.Series([0, 0, 1, 2, 3, 3], dtype=pl.Int32),
            "record": ["cam01/000004.jpg", "cam01/000004.jpg", "cam03/000004.jpg", "sit/1", "sit/2", "sit/2"],
            "person": ["man", "2", "man", None, "man", "12"],
            "view": ["cam01", "cam01", "cam03", "cam01", "cam03", "cam03"],
            "moment": ["take_000004", "take_000004", "take_000004", "a", "b", "b"],
            "subject": ["S1", "S1", "S11", "S11", "S1", "S1"],
            "action": ["Sitting Down", "Walking", "Walking", "Walking", "Walking", ""],
            "fit_error": pl.Series([12.0, None, 75.5, None, 3.0, np.nan], dtype=pl.Float32),
            "keypoints": pl.Series([17, 3, 12, 0, 17, 9], dtype=pl.UInt8),
            "smpl": [True, False, True, False, True, True],
            "box_w": pl.Series([10.0, 20, 30, None, 50, 60], dtype=pl.Float32),
            "box_h": pl.Series([10.0, 10, 10, None, 10, 10], dtype=pl.Float32),
            "problem": ["", "", "", "nobody here", "", ""],
        }
    )


def run() -> RunTable:
    """Errors of three methods; the last row is somebody who is annotated nowhere."""
    frame = pl.DataFrame(
        {
            "position": [0, 0, 1, 3, 3, 0],
            "record": ["cam01/000004.jpg"] * 2 + ["cam03/000004.jpg", "sit/2", "sit/2", "cam01/000004.jpg"],
            "person": ["man", "2", "man", "man", "12", "guest"],
            "problem": [None, None, None, "too small", None, "predicted, but nobody is annotated there"],
            "has_truth": [True, True, True, True, True, False],
            "hidden": [0.0, 0.5, 0.2, 0.1, 0.9, None],
            "box_area": [100.0, 200, 300, 500, 600, 9],
            "baseline_mpjpe_mm": [100.0, 80, 90, None, 70, None],
            "student_mpjpe_mm": [120.0, 70, 101, None, 95, None],
            "student_pa_mpjpe_mm": [60.0, 61, 62, None, 63, None],
        }
    )
    columns = (
        RunColumn("hidden", "Hidden", ""),
        RunColumn("box_area", "Box", "px²"),
        RunColumn("baseline_mpjpe_mm", "Baseline MPJPE", "mm", "baseline"),
        RunColumn("student_mpjpe_mm", "Student MPJPE", "mm", "student"),
        RunColumn("student_pa_mpjpe_mm", "Student PA-MPJPE", "mm", "student"),
    )
    return RunTable(frame, columns, ("baseline", "student"), (), (), {}, ())


def test_a_run_of_other_photos_brings_nobody_who_is_not_in_this_data_set() -> None:
    """The guest of the run is in its photo 0, which is photo 7 here, or not here at all."""
    people = table_of(index())
    assert people.with_run(run(), "detector", {"cam01/000004.jpg": 7}.get).positions[-1] == 7
    assert len(people.with_run(run(), "detector", lambda _record: None)) == len(people)


@pytest.fixture(scope="module")
def table() -> PeopleTable:
    """Everything that can be known about the people, rows 0 to 6."""
    people = table_of(index()).with_run(run(), "detector", lambda _record: 0)
    measured = Measured(
        {
            "left_right": Values(np.array([0, 2, 4], np.int32), np.array([80, 51, 20], np.float32)),
            "picture_order": Values(np.array([2, 2], np.int32), np.array([9, 33], np.float32)),
        }
    )
    found = find(len(people), (SWAP, ORDER), measured, Limits())
    verdicts = [
        Verdict("cam01/000004.jpg", "man", "good", reviewer="Ida"),
        Verdict("cam03/000004.jpg", "man", "bad", ("swap",), "arms crossed", "Jon"),
        Verdict("sit/2", "12", "unsure", reviewer="Ida"),
    ]
    tags = Tags({("cam01/000004.jpg", "2"): ("leaning", "twisted arm"), ("sit/2", "12"): ("not leaning",)})
    people = people.with_findings(found, measured)
    people = people.with_verdicts(verdicts, old=[("sit/2", "12")], others={("cam01/000004.jpg", "man"): ()})
    return people.with_tags(tags)


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("", [0, 1, 2, 3, 4, 5, 6]),
        ("student - baseline > 10", [0, 2, 5]),
        ("student − baseline > 10 and hidden > 0.15", [2, 5]),
        ("student-baseline>10", [0, 2, 5]),
        ("student - baseline > 10 and hidden > 0.1 and camera = 3 and not verdict = bad", [5]),
        ("student_mpjpe_mm > 100 AND finding = swap", [0, 2]),
        ("student_minus_baseline_mm > 10", [0, 2, 5]),
        ("baseline_minus_student_mm > 0", [1]),
        ("student_pa > 61.5", [2, 5]),
        ("student / baseline >= 1.2", [0, 5]),
        ("abs(student - baseline) < 11", [1]),
        ("hidden > 20%", [1, 5]),
        ("hidden BETWEEN 0.1 AND 0.5", [1, 2, 4]),
        ("NOT (hidden BETWEEN 0.1 AND 0.5)", [0, 5]),
        ("student IS NULL", [3, 4, 6]),
        ("student is not null and hidden = 0", [0]),
        ("finding = any", [0, 2]),
        ("finding = none", [1, 3, 4, 5, 6]),
        ("finding = left_right", [0, 2]),
        ("finding = in front, behind", [2]),
        ("finding = 'In front, behind'", [2]),
        ("finding = picture_order, swap", [0, 2]),
        ("finding:swap", [0, 2]),
        ("-finding:any", [1, 3, 4, 5, 6]),
        ("picture_order > 15", [2]),
        ("left_right < 60", [2, 4]),
        ("findings > 1", [2]),
        ("tag = 'leaning'", [1]),
        ("tag = leaning", [1]),
        ("tag = twisted arm", [1]),
        ("has_tag('leaning')", [1]),
        ("NOT has_tag('leaning')", [0, 2, 3, 4, 5, 6]),
        ("tags LIKE 'not%'", [5]),
        ("tag:lean", [1, 5]),
        ("tag = none", [0, 2, 3, 4, 6]),
        ("verdict = bad", [2]),
        ("verdict:good,bad", [0, 2]),
        ("not verdict = none", [0, 2, 5]),
        ("-verdict:unreviewed", [0, 2, 5]),
        ("verdict = old", [5]),
        ("reviewers disagree", [0]),
        ("note:crossed", [2]),
        ("issue = swap", [2]),
        ("score > 3", []),
        ("reviewer=ida", [0, 5]),
        ("fit_error > 12", [2]),
        ("fit_error>=12 fit_error<75", [0]),
        ("fit_error > 2 -verdict:good", [2, 4]),
        ("keypoints=17", [0, 4]),
        ("view:cam01", [0, 1, 3]),
        ("camera = 1,3", [0, 1, 2, 3, 4, 5]),
        ("camera in (1, 'cam03')", [0, 1, 2, 3, 4, 5]),
        ("camera > 2", [2, 4, 5]),
        ("camera != 3", [0, 1, 3]),
        ("frame = 4", [0, 1, 2]),
        ("frame % 3 = 1", [0, 1, 2]),
        ("subject = 11", [2, 3]),
        ("person=2", [1]),
        ("person != man", [1, 5, 6]),
        ("action = sitting down", [0]),
        ("smpl:no", [1, 3, 6]),
        ("body and not smpl:no", [0, 2, 4, 5]),
        ("truth = no", [3, 6]),
        ("poses = detector", [0, 1, 2, 4, 5, 6]),
        ("box_area > 400", [4, 5]),
        ("record LIKE '%cam03%'", [2]),
        ("WALKING", [1, 2, 3, 4]),
        ("walking cam03", [2, 4]),
        ("walking or student > 110", [0, 1, 2, 3, 4]),
        ("-walking", [0, 5, 6]),
        ("walking -cam03", [1, 3]),
        ('"sitting down"', [0]),
        ("cam03/000004.jpg", [2]),
        ("000004", [0, 1, 2]),
        ("nothing like it", []),
        ("case when hidden > 0.4 then 1 else 0 end = 1", [1, 5]),
        ("student > baseline", [0, 2, 5]),
        ("100 < student", [0, 2]),
        ("(student > 110 or hidden > 0.8) and verdict = good", [0]),
    ],
)
def test_a_filter_finds(table: PeopleTable, words: str, rows: list[int]):
    assert shown(table, words).rows.tolist() == rows


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("studnt > 3", "There is no column studnt: did you mean student?"),
        ("stdent - baseline > 3", "did you mean student?"),
        ("student - basline > 3", "did you mean baseline?"),
        ("fiterror > 3", "did you mean fit_error?"),
        ("fit_error > lots", "fit_error is compared with a number, not with “lots”"),
        ("fit_error >", "Something is missing after fit_error>"),
        ("student", "student is compared with something: student > 10"),
        ("verdict:wrong", "verdict is unreviewed, good, bad, unsure, fixed or old, not “wrong”"),
        ("verdict = godd", "did you mean good?"),
        ("finding = swop", "finding is left_right"),
        ("smpl:maybe", "smpl is yes or no, not “maybe”"),
        ("record > 3", "record holds no numbers: use record = 3 instead of >"),
        ("s:002", 'To find these letters write "s:002"'),
        ("10 < student < 20", "Two comparisons in a row"),
        ("(student > 3", "A closing ) is missing"),
        ("student > 'bad", "closing quote"),
        ("student >>> 3", "not expected here"),
        ("student in 3", "( is missing after in"),
        ("student > 3)", "“)” is not expected here"),
        (
            "teacher > 3",
            "There is no column teacher, and it is not a number of a run. A method has",
        ),
        ("student > 3 ; drop", "“;” is not expected here"),
        ("nosuch(student) > 3", "cannot be understood"),
    ],
)
def test_a_mistake_is_told_in_words(table: PeopleTable, words: str, said: str):
    with pytest.raises(FilterError) as error:
        shown(table, words)
    assert said in str(error.value)


def test_numbers_of_a_run_are_missed_by_name_while_there_is_no_run():
    with pytest.raises(FilterError, match="no run is chosen"):
        shown(table_of(index()), "student > 3")
    with pytest.raises(FilterError, match="hmr2, and it is not a number of a run: none is chosen"):
        shown(table_of(index()), "hmr2 > 3")


@pytest.mark.parametrize(
    ("order", "descending", "rows"),
    [
        ("student - baseline", True, [5, 0, 2, 1, 3, 4, 6]),
        ("fit_error", False, [4, 0, 2, 1, 3, 5, 6]),
        ("keypoints", True, [0, 4, 2, 5, 1, 3, 6]),
        ("picture_order", True, [2, 0, 1, 3, 4, 5, 6]),
        ("worst", True, [0, 2, 1, 3, 4, 5, 6]),
        ("tags", False, [1, 5, 0, 2, 3, 4, 6]),
        ("", True, [6, 5, 4, 3, 2, 1, 0]),
    ],
)
def test_any_number_orders_people_with_unknown_values_last(
    table: PeopleTable, order: str, descending: bool, rows: list[int]
):
    assert shown(table, "", order, descending=descending).rows.tolist() == rows


def test_people_the_run_found_unannotated_come_last_and_keep_why(table: PeopleTable):
    assert table.case(6) == ("cam01/000004.jpg", "guest")
    assert table.frame["not_measured"][6] == "predicted, but nobody is annotated there"
    assert table.row("sit/2", "12") == 5
    assert table.row("sit/2", "guest") is None
    assert table.numbers("box_area")[5] == 600
    assert table.place(2) == "Camera 3 · frame 4"


def test_a_difference_is_a_number_to_plot(table: PeopleTable):
    assert values(table, "student - baseline")[:3].tolist() == [20, -10, 11]
    assert np.isnan(values(table, "student - baseline")[3])


def test_words_complete_while_they_are_typed(table: PeopleTable):
    assert completions("stu", 3, table)[0].text == "student"
    assert "hidden" in [one.text for one in completions("student > 3 and hi", 18, table)]
    assert [one.text for one in completions("camera = ", 9, table)] == ["cam01", "cam03"]
    assert completions("not verdict = b", 15, table)[0].text == "bad"
    assert completions("finding = le", 12, table)[0].text == "left_right"
    assert completions("tag = tw", 8, table)[0].text == "'twisted arm'"


def test_a_term_can_be_taken_out(table: PeopleTable):
    words = "student > 3 and (hidden > 0.2 or camera = 3) not verdict = bad"
    terms = terms_of(words, table)
    assert [words[a:b] for a, b in terms] == [
        "student > 3",
        "(hidden > 0.2 or camera = 3)",
        "not verdict = bad",
    ]
    assert without_terms(words, terms[1], table) == "student > 3 and not verdict = bad"


def test_cameras_with_serial_numbers_are_found_by_the_number_people_see():
    serials = ("54138969", "55011271", "58860488", "60457274", "55011271", "54138969")
    table = table_of(index().with_columns(view=pl.Series(serials)))
    assert table.place(1) == "Camera 2 (55011271) · frame 4"
    assert shown(table, "camera = 2").rows.tolist() == [1, 4]
    assert shown(table, "camera = 55011271").rows.tolist() == [1, 4]


def test_many_people_are_filtered_as_polars_and_numpy_do():
    generator = np.random.default_rng(3)
    count = 20_000
    people = pl.DataFrame(
        {
            "position": np.arange(count, dtype=np.int32),
            "record": [f"cam{place % 4 + 1:02}/{place:06}.jpg" for place in range(count)],
            "person": ["1"] * count,
            "view": [f"cam{place % 4 + 1:02}" for place in range(count)],
            "moment": [f"{place:06}" for place in range(count)],
        }
    )
    errors = {name: generator.normal(100, 30, count) for name in ("baseline", "student")}
    hidden = generator.random(count)
    frame = people.select("position", "record", "person").with_columns(
        problem=pl.lit(None, pl.String),
        has_truth=True,
        hidden=hidden,
        **{f"{name}_mpjpe_mm": one for name, one in errors.items()},
    )
    columns = tuple(RunColumn(f"{name}_mpjpe_mm", name, "mm", name) for name in errors)
    columns = (RunColumn("hidden", "Hidden", ""), *columns)
    table = table_of(people).with_run(
        RunTable(frame, columns, tuple(errors), (), (), {}, ()), "annotation", int
    )
    words = "student - baseline > 10 and hidden > 0.2 and camera = 3"
    found = shown(table, words, "student - baseline", descending=True).rows
    apart = errors["student"] - errors["baseline"]
    expected = np.flatnonzero((apart > 10) & (hidden > 0.2) & (np.arange(count) % 4 == 2))
    assert found.tolist() == expected[np.argsort(-apart[expected], kind="stable")].tolist()
