"""The shipped crowd: what opens with it, and that every number in its prepared cases is one of its run."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from sefd_viewer.app import crowd as crowds
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.crowd import Brought, brought_by
from sefd_viewer.app.people import PEOPLE
from sefd_viewer.app.people_book import known_runs
from sefd_viewer.app.story import PRESENT, Case, read_show
from sefd_viewer.body import open_body
from sefd_viewer.datasets.opening import CASES, crowd_folder, open_dataset
from sefd_viewer.datasets.person_masks import masks_of
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.evaluation.estimated_poses import estimated_people
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.store import open_run
from sefd_viewer.inference.messages import ROLES
from sefd_viewer.pose2d.files import read_poses
from sefd_viewer.pose2d.pose_file import FILE_NAME
from sefd_viewer.render.visibility import Visibility

Make = Callable[..., Controller]
MAKE_AGAIN = "python resources/build/build_crowd.py resources/sample_crowd --keep-pictures"
"""What is to be done when weights or the imitated errors of 2D poses changed."""

HIDDEN_BY = {
    "another person": Visibility.OTHER_PERSON,
    "an object": Visibility.OBJECT,
    "the picture's border": Visibility.OUTSIDE,
}


@pytest.fixture(scope="module")
def crowd() -> Dataset:
    return open_dataset(crowd_folder())


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return pl.read_parquet(sorted((crowd_folder() / "run").glob("*.parquet")))


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEFD_VIEWER_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def test_it_is_small_and_whole(crowd: Dataset) -> None:
    files = [path for path in crowd_folder().rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 8_000_000
    assert 40 <= len(crowd.records) <= 80
    assert not crowd.problems
    assert all(person.smpl is not None for record in crowd.records for person in record.people)


def test_it_opens_with_poses_cases_and_a_run_that_is_done(crowd: Dataset) -> None:
    brought = brought_by(crowd)
    assert not brought.problems
    assert brought.poses is not None
    assert set(brought.poses[1]) == set(crowd.keys)
    assert brought.show is not None
    assert len(brought.show.cases) == 8
    assert brought.run is not None, MAKE_AGAIN
    store = open_run(Path(brought.run))
    assert store.plan.settings["poses"] == "estimated"
    assert store.done() == set(range(len(crowd.records)))
    assert [run.folder for run in known_runs(crowd)] == [brought.run]
    assert "estimated poses" in known_runs(crowd)[0].title
    assert brought_by(crowd).run == brought.run


def test_the_window_shows_what_came_with_it(
    make: Make, opens: Callable[[Dataset], None], crowd: Dataset
) -> None:
    opens(crowd)
    controller = make()
    controller.open([str(crowd_folder())])
    state, scene = controller.state, controller.content.scene
    assert scene is not None
    people = {person.key: person for person in scene.record.people}
    assert {person.pose2d.source for person in scene.people} == {"estimated"}
    assert all(person.smpl is people[person.key].smpl for person in scene.people)
    first, *others = PRESENT.of(state).show.cases
    assert len(others) == 7
    assert (state.record, state.person) == (first.record, first.person), "it opens where the point is made"
    assert PEOPLE.of(state).run is not None
    controller.use_poses(None)
    assert controller.content.scene is not None
    assert {person.pose2d.source for person in controller.content.scene.people} == {"annotation"}


def test_a_run_of_other_weights_is_not_shown_as_that_of_these(
    crowd: Dataset, monkeypatch: pytest.MonkeyPatch, runs: Path
) -> None:
    monkeypatch.setattr(Method, "identity", lambda method: f"{method.role} other")
    assert crowds.own_run(crowd) is None
    assert not runs.exists()


def test_it_is_the_same_run_by_whatever_path_the_crowd_is_named(
    crowd: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(crowd_folder().parent)
    assert crowds.own_run(open_dataset(crowd_folder().name)) == crowds.own_run(crowd)


def test_its_poses_err_as_the_imitation_of_today_does(crowd: Dataset) -> None:
    stored, record = read_poses(crowd_folder() / FILE_NAME), crowd.records[3]
    assert record.size is not None
    poses = estimated_people(record, lambda _id: open_body(), seed=1, masks=masks_of(crowd))
    keys = stored.keys_in(record.key)
    assert keys == tuple(poses)
    for key, pose in zip(keys, stored[record.key], strict=True):
        assert np.allclose(pose.keypoints, poses[key].keypoints, atol=0.01), MAKE_AGAIN


def test_the_sample_brings_a_run_of_everybody_with_truth() -> None:
    sample = open_dataset(None)
    brought = brought_by(sample)
    assert (brought.poses, brought.show, brought.problems) == (None, None, ())
    assert brought.run is not None, MAKE_AGAIN
    table = open_run(Path(brought.run)).table()
    with_truth = {(r.key, p.key) for r in sample.records for p in r.people if p.smpl is not None}
    student = table.filter(pl.col("method") == "student", pl.col("mpjpe_mm").is_not_null())
    assert with_truth <= set(student.select("record", "person").iter_rows())


def test_other_sets_bring_nothing(tmp_path: Path) -> None:
    assert brought_by(Dataset("other", tmp_path, "mscoco", ())) == Brought()


@pytest.mark.parametrize("case", read_show(crowd_folder() / CASES).cases, ids=lambda case: case.title)
def test_the_numbers_of_a_case_are_those_of_the_run(
    case: Case, table: pl.DataFrame, crowd: Dataset, make: Make, opens: Callable[[Dataset], None]
) -> None:
    person = re.search(r"Person \d+(?= \((left|middle|right)\))", case.note)
    assert person is not None
    opens(crowd)
    controller = make()
    controller.open([str(crowd_folder())])
    controller.store.set(controller.state.with_record(case.record))
    called = {one.key: one.title for one in controller.frame.people}
    assert person[0] == called[case.person], "as the window calls them"
    rows = table.filter((pl.col("record") == case.record) & (pl.col("person") == case.person))
    errors = dict(rows.select("method", "mpjpe_mm").iter_rows())
    told = {role: int(mm) for role, mm in re.findall(r"(baseline|student|teacher) (\d+) mm", case.note)}
    assert told == {role: round(errors[role]) for role in ROLES}
    states = np.array(rows["joint_states"][0])
    hidden = {
        words: int(share) for share, words in re.findall(r"(\d+) % by ([a-z' ]+?)(?: and|;)", case.note)
    }
    for words, state in HIDDEN_BY.items():
        assert hidden.get(words, 0) == round(100 * float((states == state).mean()))


def test_the_words_of_a_case_hold(table: pl.DataFrame) -> None:
    """Who is closer than whom and by how much, as the sentences say it."""
    people = table.filter(pl.col("mpjpe_mm").is_not_null()).pivot(
        "method", index=["record", "person"], values="mpjpe_mm"
    )
    for case in read_show(crowd_folder() / CASES).cases:
        row = people.row(by_predicate=pl.col("person") == case.person, named=True)
        assert row["record"] == case.record
        gains = {role: row["baseline"] - row[role] for role in ("student", "teacher")}
        errors = [row[role] for role in ROLES]
        if "both networks that use edges come closer" in case.note:
            assert min(gains.values()) > 0
        if "student is farther off than the baseline" in case.note:
            assert gains["student"] < 0
        for role, words in (("teacher", "The teacher is shown"), ("student", "The student has")):
            closer = re.search(rf"{words}.*is (\d+) mm closer", case.note)
            assert closer is None or int(closer[1]) == round(gains[role])
        within = re.search(r"within ([0-9.]+) mm", case.note)
        assert within is None or float(within[1]) == pytest.approx(max(errors) - min(errors), abs=0.05)
        best = re.search(r"best of the three is (\d+) mm", case.note)
        assert best is None or int(best[1]) == round(min(errors))


def test_the_walk_through_tells_the_means_of_the_run(table: pl.DataFrame) -> None:
    """The page is in a checkout alone."""
    page = Path(__file__).parents[2] / "docs" / "find-where-the-student-fails.md"
    rows = re.findall(
        r"^\| .*\((\d+)\) \| ([0-9.]+) \| ([0-9.]+) \| ([0-9.]+) \|", page.read_text("utf-8"), re.M
    )
    found = [[float(value) for value in row] for row in rows]
    known = table.filter(pl.col("mpjpe_mm").is_not_null())
    for least, told in zip((0.0, 0.3, 0.6), found, strict=True):
        people = known.filter(pl.col("hidden") >= least)
        means = dict(people.group_by("method").agg(pl.col("mpjpe_mm").mean()).iter_rows())
        count = people["person"].n_unique()
        assert told == [count, *(pytest.approx(means[role], abs=0.051) for role in ROLES)]


def test_the_stage_tells_the_very_numbers_of_the_run(
    make: Make, opens: Callable[[Dataset], None], tmp_path: Path
) -> None:
    from sefd_viewer.features.inspect.plans import cast_of, error_mm

    crowd = open_dataset(crowd_folder())
    opens(crowd)
    controller = make(answers=tmp_path)
    controller.open([str(crowd_folder())])
    state, content = controller.state, controller.content
    cast, run = cast_of(state, content), PEOPLE.of(state).run
    assert cast is not None
    assert run is not None
    table = open_run(Path(run)).table()
    own = table.filter((pl.col("record") == state.record) & (pl.col("person") == cast.person))
    for method, mpjpe_mm in own.select("method", "mpjpe_mm").iter_rows():
        assert error_mm(cast, method, content) == pytest.approx(mpjpe_mm, abs=0.01), method
