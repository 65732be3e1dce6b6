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
    METHODS,
    MOST_ENTRIES,
    RECENT,
    SEPARATOR,
    CommandContext,
    command_line,
    commands_of,
    groups_of,
)
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.finding import matching
from sefd_viewer.app.methods import CHOICE, MethodChoice, MethodKind
from sefd_viewer.app.state import DEFAULT_LAYERS, ViewerState
from tests.app.session_fakes import FakeShell, client_of, dataset, pose, record

Make = Callable[..., Controller]


@pytest.fixture
def context(make: Make) -> CommandContext:
    items = [record("a", truth=True), record("b"), record("c")]
    return CommandContext(make(dataset(*items, first=1)), FakeShell())


EVERY = sorted(commands_of(ViewerState()))
"""What every method that is known has is among them."""


def run(context: CommandContext, id: str) -> CommandContext:
    command = commands_of(context.controller.state)[id]
    assert command.enabled(context.controller), id
    command.run(context)
    return context


def calls(context: CommandContext) -> list[tuple[str, object]]:
    assert isinstance(context.shell, FakeShell)
    return context.shell.calls


def answer(context: CommandContext, **answers: object) -> None:
    assert isinstance(context.shell, FakeShell)
    context.shell.answers |= answers


@pytest.mark.parametrize("id", EVERY)
def test_every_command_runs_and_leaves_a_frame(context: CommandContext, id: str):
    command = commands_of(context.controller.state)[id]
    if command.enabled(context.controller):
        command.run(context)
    assert context.controller.frame is not None
    assert command.title


@pytest.mark.parametrize("id", EVERY)
def test_every_command_can_be_asked_about_before_anything_is_open(id: str, make: Make):
    controller = make(dataset(record("a", people=0)))
    command = commands_of(controller.state)[id]
    command.enabled(controller)
    checked = command.checked
    assert checked is None or checked(controller) in (True, False)


@pytest.mark.parametrize(("title", "ids"), MENUS)
def test_a_menu_is_short_and_names_commands_that_exist(title: str, ids: tuple[str, ...]):
    entries = [id for id in ids if id != SEPARATOR]
    assert len(entries) <= MOST_ENTRIES, title
    assert set(entries) - {RECENT, METHODS} <= COMMANDS.keys()


def test_no_command_is_in_two_menus():
    named = [id for _, ids in MENUS for id in ids if id not in (SEPARATOR, RECENT)]
    assert len(named) == len(set(named))


def test_every_command_has_one_heading_on_the_page_of_keys():
    named = [id for _, ids in GROUPS for id in ids if id != SEPARATOR]
    assert sorted(set(named)) == sorted(COMMANDS)
    state = ViewerState()
    assert sorted(id for _, ids in groups_of(state) for id in set(ids)) == sorted(commands_of(state))


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


def test_digits_choose_people_or_give_reasons_never_both(context: CommandContext):
    run(context, "workspace_people")
    run(context, "people_check")
    digits = [f"person_{place}" for place in range(1, 5)]
    assert not any(COMMANDS[id].enabled(context.controller) for id in digits)
    run(context, "workspace_inspect")
    assert not any(COMMANDS[f"reason_{place}"].enabled(context.controller) for place in range(1, 10))


def test_next_and_previous_stop_at_the_ends(context: CommandContext):
    run(context, "next_record")
    assert context.controller.state.record == "c"
    assert not COMMANDS["next_record"].enabled(context.controller)
    run(run(context, "previous_record"), "previous_record")
    assert context.controller.state.record == "a"
    assert not COMMANDS["previous_record"].enabled(context.controller)


def test_digits_select_people_and_let_them_go(context: CommandContext):
    run(context, "person_2")
    assert context.controller.state.person == "2"
    run(context, "person_2")
    assert context.controller.state.person is None
    assert not COMMANDS["person_3"].enabled(context.controller)


def test_v_hides_the_layer_under_the_pointer_and_shows_it_again(context: CommandContext):
    assert isinstance(context.shell, FakeShell)
    context.controller.store.set(context.controller.state.with_layer("canny", visible=True))
    strength = context.controller.frame.photo.overlays["canny"].data
    y, x = (int(values[0]) for values in strength.nonzero())
    context.shell.under_pointer = (float(x), float(y))
    run(context, "toggle_layer")
    assert not context.controller.state.layers["canny"].visible
    run(context, "toggle_layer")
    assert context.controller.state.layers["canny"].visible


def test_v_away_from_the_photo_takes_the_selected_layer(context: CommandContext):
    context.controller.store.set(replace(context.controller.state, layer="poses"))
    run(context, "toggle_layer")
    assert not context.controller.state.layers["poses"].visible


def test_undo_and_redo(context: CommandContext):
    run(context, "layer_canny")
    run(context, "undo")
    assert not context.controller.state.layers["canny"].visible
    run(context, "redo")
    assert context.controller.state.layers["canny"].visible
    run(context, "reset_layers")
    assert context.controller.state.layers == DEFAULT_LAYERS


def test_a_question_that_is_left_changes_nothing(context: CommandContext):
    before = context.controller.state
    for id in (
        "open_images",
        "open_folder",
        "open_poses",
        "body_model",
        "weights_student",
        "save_screenshot",
    ):
        run(context, id)
    assert context.controller.state == before
    assert calls(context) == []


def test_answers_are_used(context: CommandContext, tmp_path: Path):
    poses = tmp_path / "poses.json"
    poses.write_text(json.dumps({"record b": [pose(30).keypoints.tolist()]}))
    answer(context, poses=str(poses), screenshot="/out.png")
    answer(context, **{"weights teacher": "/t.safetensors", "weights see": "/s.safetensors"})
    run(context, "open_poses")
    assert len(context.controller.frame.people) == 1
    run(context, "detect_poses")
    assert len(context.controller.frame.people) == 2
    run(context, "weights_teacher")
    run(context, "weights_see")
    assert context.controller.settings.weights == {"teacher": "/t.safetensors", "see": "/s.safetensors"}
    assert "--weights=see" not in command_line(context.controller)  # `predict` asks the three roles
    run(context, "shipped_weights")
    assert context.controller.settings.weights == {}
    run(context, "save_screenshot")
    assert ("screenshot", "/out.png") in calls(context)


def test_a_file_that_is_no_body_is_said(context: CommandContext, tmp_path: Path):
    file = tmp_path / "SMPL_NEUTRAL.npz"
    file.write_bytes(b"no body")
    answer(context, bodies=[str(file)])
    run(context, "body_model")
    assert "SMPL_NEUTRAL.npz" in context.controller.frame.status.notice
    assert context.controller.settings.bodies == ()


def test_the_command_line_names_the_picture_and_the_poses(context: CommandContext):
    controller = context.controller
    assert command_line(controller) == "sefd-viewer predict --out predictions"
    controller.change_settings(weights={"student": "/SEFD.pth.tar"})
    controller.bodies.paths = ("/my models",)
    more = "--weights=student=/SEFD.pth.tar '--body=/my models'"
    assert command_line(controller) == f"sefd-viewer predict --out predictions {more}"
    run(context, "copy_command")
    assert calls(context)[0][0] == "copy"


def test_run_asks_again_and_stop_cancels(context: CommandContext):
    client = client_of(context.controller)
    before = len(client.predicts)
    run(context, "run")
    assert len(client.predicts) == before + 1
    client.at_once = False
    run(context, "run")
    run(context, "stop")
    assert client.cancelled == 1


def test_colours_change_and_are_remembered(context: CommandContext):
    run(context, "toggle_theme")
    assert context.controller.settings.theme == "light"


def test_ground_truth_is_offered_only_where_there_is_any(context: CommandContext):
    assert not commands_of(context.controller.state)["overlay_truth"].enabled(context.controller)
    run(context, "previous_record")
    run(context, "overlay_truth")
    assert context.controller.state.overlay == "truth"


def test_another_device_is_asked_at_once_and_remembered(context: CommandContext):
    before = len(client_of(context.controller).predicts)
    run(context, "device_cpu")
    client = client_of(context.controller)
    assert client.device == "cpu"
    assert len(client.predicts) > before
    assert context.controller.settings.device == "cpu"
    checked = COMMANDS["device_cpu"].checked
    assert checked is not None
    assert checked(context.controller)


# ---- methods of any kind


@pytest.mark.parametrize("kind", ["file", "weights", "command"])
def test_a_method_of_any_kind_has_the_commands_that_networks_have(context: CommandContext, kind: MethodKind):
    store = context.controller.store
    added = CHOICE.of(store.state).added("mine", kind, source="mine.npz", said="student")
    store.set(CHOICE.put(store.state, added.changed("mine", title="My method")))
    commands = list(commands_of(store.state).values())
    assert next(one.id for one in matching("body edges my", commands)) == "overlay_mine"
    for id in ("overlay_mine", "yardstick_mine", "show_mine"):
        run(context, id)
    choice: MethodChoice = CHOICE.of(store.state)
    assert (store.state.overlay, choice.baseline, choice.hidden >= {"mine"}) == ("mine", "mine", True)
    run(context, "yardstick_teacher")
    run(context, "compare_mine")
    assert CHOICE.of(store.state).usual_pair == ("teacher", "mine")


def test_a_method_that_is_gone_has_no_commands(context: CommandContext):
    store = context.controller.store
    before = set(commands_of(store.state))
    store.set(CHOICE.put(store.state, CHOICE.of(store.state).added("mine", "file", source="mine.npz")))
    new = set(commands_of(store.state)) - before
    assert new == {f"{word}_mine" for word in ("show", "overlay", "board", "yardstick", "compare")}
    store.undo()
    assert set(commands_of(store.state)) == before
