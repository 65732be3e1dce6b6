"""The sentence about a person: what it says, and that the numbers carry every word of it."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from sefd_viewer.app.person_numbers import MethodNumbers, PersonNumbers, quadrant_names, quadrant_of
from sefd_viewer.app.sentences import Account, Part, account_of, the
from sefd_viewer.datasets.opening import open_sample
from sefd_viewer.resources import resource_path

BASELINE = MethodNumbers("baseline", "Baseline", "baseline", 169.2, 150, 100)
STUDENT = MethodNumbers(
    "student", "Student", "student", 185.4, 159, 111, worst_joint="head", worst_joint_mm=301
)
TEACHER = MethodNumbers("teacher", "Teacher", "teacher", 169.4)
MAN = PersonNumbers("the man", (BASELINE, STUDENT, TEACHER), hidden=0.0, limits_mm=(170, 175))


def said(person: PersonNumbers | None) -> list[str]:
    return account_of(person).text.splitlines()


def parts_of(account: Account) -> list[Part]:
    return [part for line in (account.sentence, *account.lines) for part in line]


def test_a_failure_is_told_with_its_values_its_quadrant_and_its_direction() -> None:
    assert said(MAN) == [
        "The student is 16 mm worse than the baseline on this person.",
        "Baseline 169 mm, student 185, teacher 169: the teacher did not lose it, the student did"
        " — distillation failure.",
        "Nobody hides the man. The error is mostly depth (159 mm, against 111 across the picture): "
        "turn the bodies to see it.",
    ]


def test_many_methods_are_counted_only_where_something_is_known_of_them() -> None:
    ours = MethodNumbers("ours", "ours", problem="The file has nobody where this person is.")
    theirs = MethodNumbers("theirs", "theirs", error_mm=170.0)
    told = account_of(replace(MAN, methods=(*MAN.methods, ours, theirs)))
    assert told.text.splitlines()[0] == (
        "Four methods: 2 of 3 methods are as good as the baseline here. Ours has no body for this person."
    )
    assert told.sentence[-1].why == "ours: The file has nobody where this person is."


def test_who_hides_somebody_is_told_with_the_share() -> None:
    hidden = replace(MAN, hidden=0.31, hidden_by=(("the avatar", 0.204), ("person 3", 0.106), ("x", 0.001)))
    assert "The avatar and person 3 hide 31 % of the man." in said(hidden)[2]
    alone = replace(MAN, hidden=0.204, hidden_by=(("the avatar", 0.204),))
    assert "The avatar hides 20 % of the man." in said(alone)[2]
    assert "hide" not in "".join(said(replace(MAN, hidden=math.nan)))


def test_what_detectors_found_comes_first_and_no_cause_is_claimed_then() -> None:
    flagged = replace(MAN, findings=("In front in the picture, behind in depth", "Twins"))
    line = said(flagged)[1]
    assert line.startswith(
        "The annotation may be wrong: in front in the picture, behind in depth (and 1 more). Baseline 169"
    )
    assert "distillation" not in line
    assert "lose" not in line


@pytest.mark.parametrize(
    ("student", "words"),
    [
        (169.2 + 1.99, "as good as the baseline"),
        (169.2 - 1.99, "as good as the baseline"),
        (169.2 + 2.01, "2 mm worse than the baseline"),
        (169.2 - 12.4, "12 mm better than the baseline"),
    ],
)
def test_less_than_two_millimetres_are_no_difference(student: float, words: str) -> None:
    one = replace(MAN, methods=(BASELINE, replace(STUDENT, error_mm=student)))
    assert said(one)[0] == f"The student is {words} on this person."


@pytest.mark.parametrize(
    ("teacher", "student", "name"),
    [
        (100, 100, "fine"),
        (180, 100, "suspicious edge"),
        (100, 180, "distillation failure"),
        (180, 180, "hard or mislabelled"),
        (170, 175, "fine"),
    ],
)
def test_quadrants_are_those_of_the_plot(teacher: float, student: float, name: str) -> None:
    place = quadrant_of(teacher, student, (170, 175))
    assert quadrant_names("teacher", "student", ("", ""))[place] == name


def test_without_a_run_no_quadrant_is_named() -> None:
    assert said(replace(MAN, limits_mm=None))[1].endswith("the student did.")


def test_other_yardsticks_and_names_stay_in_the_sentence() -> None:
    binary = replace(STUDENT, name="b", title="Student, binary", error_mm=180)
    found = MethodNumbers("found_poses", "found_poses", "", 160)
    person = replace(MAN, methods=(found, binary), baseline="found_poses")
    assert said(person)[0] == "The student (binary) is 20 mm worse than found_poses on this person."
    assert the("NLF") == "NLF"


def test_many_methods_are_told_together() -> None:
    more = [replace(STUDENT, name=f"s{n}", title=f"Student, {n}", error_mm=169.2 + n) for n in (16, 17, 18)]
    person = replace(MAN, methods=(BASELINE, STUDENT, TEACHER, *more))
    assert said(person)[0] == "Six methods: every student is 16 to 18 mm worse than the baseline here."
    assert said(person)[1].startswith("Best the baseline with 169 mm, worst the student (18) with 187 mm")
    one_better = (*more[:2], replace(more[2], error_mm=150.0))
    mixed = replace(person, methods=(BASELINE, TEACHER, STUDENT, *one_better))
    assert said(mixed)[0] == "Six methods: 3 of 4 students are 16 to 17 mm worse than the baseline here."
    apart = replace(person, methods=(BASELINE, TEACHER, STUDENT, replace(more[0], error_mm=150.0)))
    assert said(apart)[0] == "Four methods: 1 worse than, 1 better than the baseline."


def test_without_truth_only_distances_are_told() -> None:
    methods = (
        replace(BASELINE, error_mm=math.nan),
        replace(STUDENT, error_mm=math.nan, apart_mm=62.2, worst_joint="left hand", worst_joint_mm=120),
        replace(TEACHER, error_mm=math.nan, apart_mm=48.0),
    )
    person = PersonNumbers("person 1", methods, has_truth=False)
    text = "No truth here: methods differ by up to 62 mm, most at the left hand (120 mm)."
    assert said(person) == [text, "From the baseline: the student 62 mm, the teacher 48 mm."]
    near = tuple(replace(one, apart_mm=1.0) for one in methods)
    assert said(replace(person, methods=near))[0] == "No truth here: the methods agree within 2 mm."


def test_one_method_tells_its_error_and_where_it_is_largest() -> None:
    alone = replace(MAN, methods=(STUDENT,))
    assert said(alone)[0] == "The student is off by 185 mm, most at the head (301 mm)."
    assert len(said(alone)) == 2


def test_nobody_a_failed_method_and_one_on_its_way_say_what_to_do_or_why() -> None:
    assert said(None)[0] == "Nobody was found here."
    failed = replace(STUDENT, error_mm=math.nan, problem="the weights are not there")
    account = account_of(replace(MAN, methods=(BASELINE, failed)))
    assert account.text.startswith("The student has no body for this person; the baseline is off by 169 mm.")
    assert any("the weights are not there" in part.why for part in account.sentence)
    coming = replace(MAN, methods=(BASELINE, replace(failed, pending=True)))
    assert said(coming)[0] == "Waiting for the student."


def test_every_word_that_claims_something_says_why() -> None:
    for part in parts_of(account_of(replace(MAN, findings=("Twins",)))):
        claims = re.search(r"\d|worse|better|good as|hide|lose|failure|mislabelled|may be wrong", part.text)
        assert not claims or part.why, part.text


# ---- over everybody of what ships: the numbers are computed here anew


def check(account: Account, base: float, student: float, teacher: float, limits: tuple[float, float]) -> None:
    """What the words say of the three errors holds."""
    text, d = account.text, student - base
    amount = re.match(r"The student is (\d+) mm (worse|better) than the baseline", text)
    if abs(d) < 2:
        assert text.startswith("The student is as good as the baseline")
    else:
        assert amount is not None
        assert (abs(int(amount[1]) - abs(d)) <= 0.5, amount[2]) == (True, "worse" if d > 0 else "better")
    values = re.search(r"Baseline (\d+) mm, student (\d+), teacher (\d+)", text)
    assert values is not None
    np.testing.assert_allclose([int(v) for v in values.groups()], [base, student, teacher], atol=0.5)
    below = teacher <= limits[0] and student > limits[1]  # else neither kept it, or both did
    kept = teacher - base < 2 <= student - base and below
    assert ("the teacher did not lose it" in text) == kept
    expected = {
        (False, False): "fine",
        (True, False): "suspicious edge",
        (False, True): "distillation failure",
        (True, True): "hard or mislabelled",
    }[teacher > limits[0], student > limits[1]]
    named = [name for name in ("fine", "suspicious edge", "distillation failure", "hard or") if name in text]
    assert [expected.startswith(name) for name in named] == [True]


@pytest.mark.parametrize(("run", "people"), [("sample_crowd/run", 280), ("sample_run", 190)])
def test_the_numbers_carry_what_is_said_of_everybody_whose_errors_ship(run: str, people: int) -> None:
    long = pl.concat([pl.read_parquet(file) for file in resource_path(run).glob("*.parquet")])
    wide = long.pivot("method", index=["record", "person"], values="mpjpe_mm").drop_nulls()
    hidden = dict(
        long.group_by("record", "person")
        .agg(pl.col("hidden").max())
        .select(pl.concat_str("record", "person"), "hidden")
        .iter_rows()
    )
    limits = float(wide["teacher"].median()), float(wide["student"].median())  # type: ignore[arg-type]
    methods = (BASELINE, STUDENT, TEACHER)
    kinds = set()
    for record, person, *errors in wide.select(
        "record", "person", "baseline", "student", "teacher"
    ).iter_rows():
        own = tuple(replace(m, error_mm=e, depth_mm=math.nan) for m, e in zip(methods, errors, strict=True))
        share = hidden[record + person]
        told = account_of(PersonNumbers("person 1", own, hidden=share, limits_mm=limits))
        base, student, teacher = errors
        check(told, base, student, teacher, limits)
        kinds.add(told.lines[0][-2].text)
        said_share = re.search(r"hide (\d+) % of person 1", told.text)
        assert (said_share is None) == (share < 0.005)
        assert said_share is None or abs(int(said_share[1]) - 100 * share) <= 0.51
    assert wide.height > people
    assert kinds == {"fine", "suspicious edge", "distillation failure", "hard or mislabelled"}


def test_the_numbers_carry_what_is_said_of_everybody_in_the_sample() -> None:
    """The sample's people with errors, directions and shares drawn by chance: every rule meets every case."""
    rng = np.random.default_rng(5)
    people = [(record, person) for record in open_sample().records for person in record.people]
    for _record, person in people:
        base, student, teacher = np.round(rng.gamma(6, 20) + rng.normal(0, 4, 3), 1)
        depth, across = rng.gamma(4, 20, 2)
        own = replace(STUDENT, error_mm=student, depth_mm=depth, across_mm=across)
        methods = (replace(BASELINE, error_mm=base), own, replace(TEACHER, error_mm=teacher))
        told = account_of(PersonNumbers(f"the {person.key}", methods, limits_mm=(110.0, 120.0)))
        check(told, base, student, teacher, (110.0, 120.0))
        assert ("mostly depth" in told.text) == (depth >= 1.3 * across)
        assert ("mostly across" in told.text) == (across >= 1.3 * depth)
        assert "hide" not in told.text
    assert len(people) > 200


def test_what_different_bodies_cost_is_no_difference() -> None:
    """20 mm better by number, with a floor of 25 mm between the two bodies: as good as."""
    theirs = MethodNumbers("theirs", "theirs", error_mm=BASELINE.error_mm - 20, floor_mm=25.0)
    account = account_of(PersonNumbers(methods=(BASELINE, theirs)))
    assert account.text.startswith("Theirs is as good as the baseline on this person.")
    said = next(part for part in account.sentence if part.text == "as good as")
    assert "measures 25 mm between their different bodies" in said.why
    sure = replace(theirs, floor_mm=15.0)
    assert "20 mm better" in account_of(PersonNumbers(methods=(BASELINE, sure))).text
