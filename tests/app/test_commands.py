from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sefd_viewer.app.commands import (
    COMMANDS,
    GROUPS,
    MENUS,
    MOST_ENTRIES,
    RECENT,
    SEPARATOR,
    Desk,
    command_line,
)
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.finding import matching
from sefd_viewer.app.state import DEFAULT_LAYERS
from tests.app.session_fakes import FakeShell, client_of, dataset, pose, record

Make = Callable[..., Controller]


@pytest.fixture
def desk(make: Make) -> Desk:
    items = [record("a", truth=True), record("b"), record("c")]
    return Desk(make(dataset(*items, first=1)), FakeShell())


def run(desk: Desk, id: str) -> Desk:
    command = COMMANDS[id]
    assert command.enabled(desk.controller), id
    command.run(desk)
    return desk


def calls(desk: Desk) -> list[tuple[str, object]]:
    assert isinstance(desk.shell, FakeShell)
    return desk.shell.calls


def answer(desk: Desk, **answers: object) -> None:
    assert isinstance(desk.shell, FakeShell)
    desk.shell.answers |= answers


@pytest.mark.parametrize("id", sorted(COMMANDS))
def test_every_command_runs_and_leaves_a_frame(desk: Desk, id: str):
    if COMMANDS[id].enabled(desk.controller):
        COMMANDS[id].run(desk)
    assert desk.controller.frame is not None
    assert COMMANDS[id].title


@pytest.mark.parametrize("id", sorted(COMMANDS))
def test_every_command_can_be_asked_about_before_anything_is_open(id: str, make: Make):
    controller = make(dataset(record("a", people=0)))
    COMMANDS[id].enabled(controller)
    checked = COMMANDS[id].checked
    assert checked is None or checked(controller) in (True, False)


@pytest.mark.parametrize(("title", "ids"), MENUS)
def test_a_menu_is_short_and_names_commands_that_exist(title: str, ids: tuple[str, ...]):
    entries = [id for id in ids if id != SEPARATOR]
    assert len(entries) <= MOST_ENTRIES, title
    assert set(entries) - {RECENT} <= COMMANDS.keys()


def test_no_command_is_in_two_menus():
    named = [id for _, ids in MENUS for id in ids if id not in (SEPARATOR, RECENT)]
    assert len(named) == len(set(named))


def test_every_command_has_one_heading_on_the_page_of_keys():
    named = [id for _, ids in GROUPS for id in ids if id != SEPARATOR]
    assert sorted(set(named)) == sorted(COMMANDS)


@pytest.mark.parametrize(
    ("said", "id"),
    [
        ("dark", "toggle_theme"),
        ("light mode", "toggle_theme"),
        ("exit", "quit"),
        ("quit", "quit"),
        ("evaluate", "people_compare"),
        ("export", "export_figure"),
        ("next image", "next_record"),
        ("hotkeys", "shortcuts"),
        ("extensions", "plugins"),
        ("slideshow", "present"),
        ("checkpoint student", "weights_student"),
        ("gpu", "device_cuda"),
        ("screenshot", "save_screenshot"),
        ("cancel", "stop"),
        ("skeleton", "layer_poses"),
        ("demo", "open_sample"),
        ("fullscreen", "full_screen"),
        ("smpl", "body_model"),
        ("validate", "review_scan"),
        ("nxt phto", "next_record"),
    ],
)
def test_a_command_is_found_by_what_people_call_it(said: str, id: str):
    found = [command.id for command in matching(said, list(COMMANDS.values()))]
    assert id in found[:8], found[:8]


def test_what_nobody_means_finds_nothing():
    assert matching("qqqq", list(COMMANDS.values())) == []


def test_no_key_means_two_things():
    keys = [
        key for id, command in COMMANDS.items() if not id.startswith("reason_") for key in command.shortcuts
    ]
    assert len(keys) == len(set(keys))


def test_digits_choose_people_or_give_reasons_never_both(desk: Desk):
    run(desk, "workspace_people")
    run(desk, "people_check")
    digits = [f"person_{place}" for place in range(1, 5)]
    assert not any(COMMANDS[id].enabled(desk.controller) for id in digits)
    run(desk, "workspace_inspect")
    assert not any(COMMANDS[f"reason_{place}"].enabled(desk.controller) for place in range(1, 10))


def test_next_and_previous_stop_at_the_ends(desk: Desk):
    run(desk, "next_record")
    assert desk.controller.state.record == "c"
    assert not COMMANDS["next_record"].enabled(desk.controller)
    run(run(desk, "previous_record"), "previous_record")
    assert desk.controller.state.record == "a"
    assert not COMMANDS["previous_record"].enabled(desk.controller)


def test_digits_select_people_and_let_them_go(desk: Desk):
    run(desk, "person_2")
    assert desk.controller.state.person == "2"
    run(desk, "person_2")
    assert desk.controller.state.person is None
    assert not COMMANDS["person_3"].enabled(desk.controller)


def test_v_hides_the_layer_under_the_pointer_and_shows_it_again(desk: Desk):
    assert isinstance(desk.shell, FakeShell)
    desk.controller.store.set(desk.controller.state.with_layer("canny", visible=True))
    strength = desk.controller.frame.photo.overlays["canny"].data
    y, x = (int(values[0]) for values in strength.nonzero())
    desk.shell.under_pointer = (float(x), float(y))
    run(desk, "toggle_layer")
    assert not desk.controller.state.layers["canny"].visible
    run(desk, "toggle_layer")
    assert desk.controller.state.layers["canny"].visible


def test_v_away_from_the_photo_takes_the_selected_layer(desk: Desk):
    desk.controller.store.set(replace(desk.controller.state, layer="poses"))
    run(desk, "toggle_layer")
    assert not desk.controller.state.layers["poses"].visible


def test_undo_and_redo(desk: Desk):
    run(desk, "layer_canny")
    run(desk, "undo")
    assert not desk.controller.state.layers["canny"].visible
    run(desk, "redo")
    assert desk.controller.state.layers["canny"].visible
    run(desk, "reset_layers")
    assert desk.controller.state.layers == DEFAULT_LAYERS


def test_a_question_that_is_left_changes_nothing(desk: Desk):
    before = desk.controller.state
    for id in (
        "open_images",
        "open_folder",
        "open_poses",
        "body_model",
        "weights_student",
        "save_screenshot",
    ):
        run(desk, id)
    assert desk.controller.state == before
    assert calls(desk) == []


def test_answers_are_used(desk: Desk, tmp_path: Path):
    poses = tmp_path / "poses.json"
    poses.write_text(json.dumps({"record b": [pose(30).keypoints.tolist()]}))
    answer(desk, poses=str(poses), screenshot="/out.png")
    answer(desk, **{"weights teacher": "/t.safetensors", "weights see": "/s.safetensors"})
    run(desk, "open_poses")
    assert len(desk.controller.frame.people) == 1
    run(desk, "detect_poses")
    assert len(desk.controller.frame.people) == 2
    run(desk, "weights_teacher")
    run(desk, "weights_see")
    assert desk.controller.settings.weights == {"teacher": "/t.safetensors", "see": "/s.safetensors"}
    assert "--weights=see" not in command_line(desk.controller)  # `predict` asks the three roles
    run(desk, "shipped_weights")
    assert desk.controller.settings.weights == {}
    run(desk, "save_screenshot")
    assert ("screenshot", "/out.png") in calls(desk)


def test_a_file_that_is_no_body_is_said(desk: Desk, tmp_path: Path):
    file = tmp_path / "SMPL_NEUTRAL.npz"
    file.write_bytes(b"no body")
    answer(desk, bodies=[str(file)])
    run(desk, "body_model")
    assert "SMPL_NEUTRAL.npz" in desk.controller.frame.status.notice
    assert desk.controller.settings.bodies == ()


def test_the_command_line_names_the_picture_and_the_poses(desk: Desk):
    controller = desk.controller
    assert command_line(controller) == "sefd-viewer predict --out predictions"
    controller.change_settings(weights={"student": "/SEFD.pth.tar"})
    controller.bodies.paths = ("/my models",)
    more = "--weights=student=/SEFD.pth.tar '--body=/my models'"
    assert command_line(controller) == f"sefd-viewer predict --out predictions {more}"
    run(desk, "copy_command")
    assert calls(desk)[0][0] == "copy"


def test_run_asks_again_and_stop_cancels(desk: Desk):
    client = client_of(desk.controller)
    before = len(client.predicts)
    run(desk, "run")
    assert len(client.predicts) == before + 1
    client.at_once = False
    run(desk, "run")
    run(desk, "stop")
    assert client.cancelled == 1


def test_colours_change_and_are_remembered(desk: Desk):
    run(desk, "toggle_theme")
    assert desk.controller.settings.theme == "light"


def test_ground_truth_is_offered_only_where_there_is_any(desk: Desk):
    assert not COMMANDS["overlay_truth"].enabled(desk.controller)
    run(desk, "previous_record")
    run(desk, "overlay_truth")
    assert desk.controller.state.overlay == "truth"


def test_another_device_is_asked_at_once_and_remembered(desk: Desk):
    before = len(client_of(desk.controller).predicts)
    run(desk, "device_cpu")
    client = client_of(desk.controller)
    assert client.device == "cpu"
    assert len(client.predicts) > before
    assert desk.controller.settings.device == "cpu"
    checked = COMMANDS["device_cpu"].checked
    assert checked is not None
    assert checked(desk.controller)
