"""Opening data: several inputs as one, words about how far it is, stopping it, and searching what is open."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
from PIL import Image

from sefd_viewer.app import open_files
from sefd_viewer.app import record_search as searching
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.methods import CHOICE
from sefd_viewer.app.opening import open_inputs, trouble
from sefd_viewer.app.people_table import PeopleTable
from sefd_viewer.app.record_search import RecordSearch, Searches
from sefd_viewer.app.settings import SAMPLE
from sefd_viewer.datasets.index import people_table
from sefd_viewer.datasets.lazy_sequence import LazySequence
from sefd_viewer.datasets.progress import CancelledError
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan, new_folder
from tests.app.lazy_records import long_dataset
from tests.app.session_fakes import AtOnce, client_of, dataset, record
from tests.owners_files import smpl_arrays, write_body

Make = Callable[..., Controller]
POSE = np.zeros((1, 72))


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small Human3.6M."""
    folder = tmp_path_factory.mktemp("sets") / "Human36M"
    with new_folder(folder) as unfinished:
        WRITERS["human36m"](unfinished, Plan(2, 3, SceneSettings(size=(96, 80))))
    return folder


def test_several_inputs_are_one_data_set_and_make_no_records(studio: Path, tmp_path: Path) -> None:
    Image.new("RGB", (30, 20)).save(tmp_path / "one.png")
    inputs = [str(tmp_path / "one.png"), str(studio), str(tmp_path / "missing")]
    joined = open_inputs(inputs)
    assert isinstance(joined.records, LazySequence)
    assert len(joined.records) == 1 + 8
    assert [joined.position(key) for key in joined.keys] == list(range(9))
    last = joined.records[8]
    assert last.key.startswith(f"{studio}:")
    assert [view.view for view in joined.same_moment(last)] == [f"camera {n}" for n in (1, 2, 3, 4)]
    assert joined.instant(8) == (last.moment, last.view)
    assert [problem for problem in joined.problems if "missing" in problem]
    table = people_table(joined)
    assert table["record"].to_list() == list(joined.keys)
    assert table["position"].to_list() == list(range(9))


def test_what_is_not_in_view_of_all_that_was_named_is_told(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_files, "open_inputs", open_inputs)  # not what the fixture finds everywhere
    good, broken, missing = (str(tmp_path / name) for name in ("good.png", "broken.png", "missing.png"))
    Image.new("RGB", (30, 20)).save(good)
    Path(broken).write_bytes(b"no picture")
    controller = make()
    for inputs, words in (
        ([], None),
        ([good], None),
        ([good, good], None),
        ([missing], "missing.png"),
        ([broken], "broken.png"),
        ([good, missing], "missing.png"),
    ):
        controller.open(inputs)
        told = trouble(controller.content, inputs)
        assert told is None if words is None else words in told, inputs


def test_predictions_named_beside_a_set_are_methods_over_it(
    make: Make, studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The set is a folder or the shipped sample; a file that is nothing is told."""
    monkeypatch.setattr(open_files, "open_inputs", open_inputs)
    file, nothing = str(tmp_path / "ours.npz"), str(tmp_path / "nothing.npz")
    np.savez(
        file, records=["cam01/000000.jpg"], people=["man"], body_id="open-body-1", pose=np.zeros((1, 72))
    )
    np.savez(nothing, numbers=np.zeros(3))
    controller = make()
    for set_name, opened in ((str(studio), (str(studio),)), (SAMPLE, ())):
        controller.open([set_name, file])
        assert controller.inputs == opened
        assert CHOICE.of(controller.state).info("ours").source == file
        assert trouble(controller.content, [set_name, file]) is None
    assert controller.content.dataset is not None
    assert controller.content.dataset.name == "Sample"
    controller.open([SAMPLE, nothing])
    assert "nothing.npz" in (trouble(controller.content, [SAMPLE, nothing]) or "")
    assert len(controller.content.dataset.records) == 103


def opening(change: Callable[[Sequence[str], Callable[..., None]], Any]) -> Callable[..., Dataset]:
    """An `open_inputs` that does something while it runs, and hears when it is cancelled."""

    def fake(
        inputs: Sequence[str],
        *,
        progress: Callable[[str, int, int], None],
        cancelled: Callable[[], bool],
        **_options: object,
    ) -> Dataset:
        change(inputs, progress)
        if cancelled():
            raise CancelledError("this was stopped")
        return dataset(record(f"of {inputs[0]}"))

    return fake


def test_the_status_line_tells_how_far_an_opening_is(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    controller, told = make(), []
    controller.listen(lambda _old, new: told.append((new.status.activity, new.status.share)))
    steps = opening(lambda _inputs, progress: [progress("Reading annotations", n, 200) for n in (0, 90, 91)])
    monkeypatch.setattr(open_files, "open_inputs", steps)
    controller.open(["set"])
    assert ("Reading annotations… 45 %", 0.45) in told
    assert [words for words, _ in told].count("Reading annotations… 45 %") == 1
    assert controller.state.record == "of set"
    assert controller.frame.status.activity == ""


def test_stop_ends_an_opening_and_leaves_what_is_open(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    controller = make()
    before = controller.content.dataset
    monkeypatch.setattr(open_files, "open_inputs", opening(lambda _i, _p: controller.stop()))
    controller.open(["set"])
    assert controller.content.dataset is before
    assert controller.frame.status.notice == "Opening set was stopped"
    assert not controller.frame.status.problem
    assert not controller.busy


def test_of_two_openings_the_newest_counts(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    controller = make()

    def open_another(inputs: Sequence[str], _progress: object) -> None:
        if inputs == ("first",):
            controller.open(["second"])

    monkeypatch.setattr(open_files, "open_inputs", opening(open_another))
    controller.open(["first"])
    assert controller.state.record == "of second"
    assert not controller.frame.status.notice


def test_bodies_among_the_inputs_are_taken_as_bodies(
    make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    woman = str(write_body(tmp_path / "SMPL_FEMALE.pkl", smpl_arrays(1)))
    folder = write_body(tmp_path / "models" / "men" / "basicModel_m_lbs_10_207_0_v1.0.0.pkl", smpl_arrays(2))
    (tmp_path / "models" / "licence.txt").write_text("as agreed")
    controller, asked = make(), list[tuple[Sequence[str], Sequence[str]]]()

    def open_inputs(inputs: Sequence[str], *, bodies: Sequence[str], **_how: object) -> Dataset:
        asked.append((inputs, bodies))
        return dataset()

    monkeypatch.setattr(open_files, "open_inputs", open_inputs)
    controller.open([woman, "photos"])
    assert asked == [(("photos",), (woman,))]
    assert controller.settings.bodies == (woman,)
    assert controller.settings.recent[0] == "photos"

    men = str(folder.parents[1])
    controller.open([men])
    assert asked[1:] == [(("photos",), (men, woman))]
    assert controller.settings.bodies == (men, woman)
    assert controller.bodies.find("smpl-male").id.startswith("smpl-male-")
    assert controller.bodies.find("smpl-female").id.startswith("smpl-female-")
    controller.use_bodies([])
    assert (controller.settings.bodies, controller.bodies.paths) == ((), ())


def test_a_file_of_another_family_is_told_and_changes_nothing(make: Make, tmp_path: Path) -> None:
    controller = make()
    controller.open([str(write_body(tmp_path / "body.pkl", smpl_arrays(joints=30)))])
    assert "another body with 30 joints" in str(controller.frame.status.problem)
    assert controller.settings.bodies == ()


def test_words_are_found_in_titles_and_keys_without_making_records(
    studio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "LONG", 5)
    search = RecordSearch(open_inputs([str(studio)]))
    assert search.is_long
    assert list(search.positions("")) == list(range(8))
    assert search.positions("CAMERA ca_02") == [1, 5]
    assert search.positions("camera nothing") == []
    assert search.positions("( .*") == []
    found, part = long_dataset(6)
    assert RecordSearch(found).positions("003") == [3]
    assert not part.built


def test_a_long_search_is_answered_once_and_only_for_the_newest_words() -> None:
    jobs: list[Callable[[], None]] = []
    searches = Searches(AtOnce(), jobs.append)
    found, _part = long_dataset(6000)
    answers: list[int] = []
    for words in ("0001", "000123"):
        searches.find(found, words, lambda positions: answers.append(len(positions)))
    while jobs:
        jobs.pop(0)()
    assert answers == [1]
    searches.close()


@pytest.mark.parametrize("workspace", ["inspect", "people", "edges", "cameras", "explain"])
def test_a_set_that_was_left_is_held_by_nothing(
    make: Make, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, workspace: str
) -> None:
    controller = make()
    sets = [dataset(record("a", truth=True), record("b", truth=True)), dataset(record("c", truth=True))]
    monkeypatch.setattr(open_files, "open_inputs", lambda _inputs, **_how: sets.pop(0))
    request.addfinalizer(gc.enable)
    gc.disable()  # what was set aside from the collector when libraries came would stay for good
    controller.open([])
    controller.store.set(replace(controller.state, workspace=workspace))
    controller.store.set(controller.state.with_record("b"))
    left = weakref.ref(controller.content.dataset), weakref.ref(controller.content.scene)
    controller.open([])
    client_of(controller).requests.clear()  # the fake networks remember the photos
    assert controller.state.record == "c"
    assert [one() for one in left] == [None, None]


def test_records_and_table_of_a_set_do_not_hold_themselves(request: pytest.FixtureRequest) -> None:
    request.addfinalizer(gc.enable)
    gc.disable()
    found, _part = long_dataset(9)
    table = PeopleTable(polars.DataFrame({"record": ["a", "b", "a"], "person": ["1", "1", "2"]}), ())
    assert found.records[3].key == "scene/000003"
    assert (table.rows_of("a"), table.cells(1)["record"]) == ([0, 2], "b")
    left = weakref.ref(found.records), weakref.ref(table)
    del found, table
    assert [one() for one in left] == [None, None]
