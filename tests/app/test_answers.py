"""What the networks said once is there at the next start, without asking them again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sefd_viewer.app.controller import Controller
from sefd_viewer.features.inspect.model import STAGE
from sefd_viewer.inference.kept_answers import AnswerFolders, read_answer, write_shipped
from tests.app.session_fakes import HandClock, client_of, dataset

Make = Callable[..., Controller]


def test_answers_are_found_at_the_next_start(make: Make, tmp_path: Path) -> None:
    first = make(dataset(), answers=tmp_path)
    assert len(client_of(first).predicts) == 1
    again = make(dataset(), answers=tmp_path)
    assert client_of(again).predicts == []
    for role in ("baseline", "student", "teacher"):
        before, after = first.content.inference.result(role), again.content.inference.result(role)
        assert before is not None
        assert after is not None
        assert [p.person for p in after.predictions] == [p.person for p in before.predictions]
    assert not again.busy


def test_other_edges_are_asked_of_the_networks_that_see_them(make: Make, tmp_path: Path) -> None:
    make(dataset(), answers=tmp_path)
    clock = HandClock()
    controller = make(dataset(), answers=tmp_path, timer=clock)
    state = controller.state
    controller.store.set(replace(state, edges=replace(state.edges, kernel=9)))
    clock.pass_time()
    (request,) = client_of(controller).predicts
    assert set(request.roles) == {"student", "teacher"}


def test_run_asks_the_networks_again(make: Make, tmp_path: Path) -> None:
    make(dataset(), answers=tmp_path)
    controller = make(dataset(), answers=tmp_path)
    controller.run_again()
    assert set(client_of(controller).predicts[0].roles) == {"baseline", "student", "teacher"}


def test_shipped_answers_have_no_edges_and_are_completed_where_edges_are_shown(
    make: Make, tmp_path: Path
) -> None:
    first = make(dataset(), answers=tmp_path / "full")
    for file in (tmp_path / "full").glob("*/*"):
        answer = read_answer(file, 1, first.bodies.find)
        write_shipped(tmp_path / "lean", file.name.split(".")[0], answer)
    controller = make(dataset(), at_once=False, answers=tmp_path / "lean")
    assert controller.content.inference.result("student") is not None
    assert controller.content.inference.pending == frozenset()
    controller.store.set(STAGE.change(controller.state, view="edges"))
    assert controller.content.inference.result("student") is not None
    assert controller.content.inference.pending == {"student", "teacher"}


def test_a_folder_that_cannot_be_written_stops_nothing(make: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    controller = make(dataset(), answers=tmp_path / "file")
    assert controller.content.inference.result("student") is not None
    assert AnswerFolders(tmp_path / "file").size() == 0
