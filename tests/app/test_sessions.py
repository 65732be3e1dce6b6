from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import get_args

import pytest

from sefd_viewer.app.commands import COMMANDS, CommandContext
from sefd_viewer.app.controller import Controller
from sefd_viewer.app.feature import workspaces
from sefd_viewer.app.methods import CHOICE, MethodChoice
from sefd_viewer.app.sessions import (
    ENDING,
    Session,
    as_command,
    as_python,
    begin_view,
    read_session,
    write_session,
)
from sefd_viewer.app.state import ViewerState
from sefd_viewer.app.views import kept_slices, kind_of, view_of, with_view
from sefd_viewer.cameras.diagnosis.conventions import Conventions
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import SefdError
from sefd_viewer.features.cameras.model import CAMERAS, with_conventions
from sefd_viewer.features.edges.model import EDGES
from sefd_viewer.geometry.turning import Turn
from sefd_viewer.resources import resource_path
from tests.app.session_fakes import FakeShell, dataset, record

Make = Callable[..., Controller]


def nobody(_path: str) -> None:
    return None


def somewhere_else() -> ViewerState:
    """A state in which much was chosen."""
    state = ViewerState(record="cam03/000040.jpg", person="man", workspace="edges", overlay="baseline")
    state = replace(state, edges=EdgeSettings(variant="binary", low=0.2, high=0.4, kernel=7))
    state = replace(state, hidden_people=frozenset({"avatar"}))
    state = state.with_layer("canny", visible=True, opacity=0.4, color=(1, 2, 3))
    state = replace(
        state, preferences=replace(state.preferences, weights={"student": "/w.pth"}, theme="light")
    )
    for one in kept_slices():
        fleeting = getattr(type(one.initial), "fleeting", ())
        flags = {name: not value for name, value in vars(one.initial).items() if isinstance(value, bool)}
        if chosen := {name: on for name, on in flags.items() if name not in fleeting}:
            state = one.change(state, **chosen)
    return state


def test_a_view_is_plain_short_and_comes_back_whole():
    assert view_of(ViewerState()) == {}
    state = somewhere_else()
    view = json.loads(json.dumps(view_of(state)))
    assert view["edges"] == {"variant": "binary", "low": 0.2, "high": 0.4, "kernel": 7}
    restored = with_view(ViewerState(preferences=state.preferences), view)
    assert restored == state
    assert len(kept_slices()) >= 4


@pytest.mark.parametrize("workspace", [feature.id for feature in workspaces()])
def test_every_workspace_comes_back(workspace: str):
    state = replace(ViewerState(), workspace=workspace)
    assert with_view(ViewerState(), view_of(state)).workspace == workspace


@pytest.mark.parametrize(
    "view",
    [
        {"workspace": "kitchen"},
        {"edges": {"kernel": 4}},
        {"edges": {"variant": "fluffy"}},
        {"edges": "none"},
        {"overlay": 3},
        {"color_by": "taste"},
        {"mesh_edge_kind": "fluffy"},
        {"layers": []},
        {"hidden_people": "all"},
        {"slices": {"edges": {"page": "nowhere"}}},
        {"slices": [1]},
        {"nobody knows": 1},
    ],
    ids=str,
)
def test_what_cannot_be_is_left_as_it_begins(view: dict):
    assert with_view(ViewerState(), view) == ViewerState()


def test_a_session_opens_where_it_was_and_elsewhere(tmp_path: Path):
    old = tmp_path / "old" / "project"
    (old / "photos").mkdir(parents=True)
    (old / "poses.json").write_text("{}")
    file = old / f"mine{ENDING}"
    view = {"record": "a.jpg", "poses": str(old / "poses.json")}
    session = Session((str(old / "photos"),), view, {"geometry": "abc"})
    write_session(file, session)
    assert read_session(file, nobody) == session
    new = tmp_path / "new"
    old.parent.rename(new)
    found = read_session(new / "project" / file.name, nobody)
    assert found.inputs == (str(new / "project" / "photos"),)
    assert found.view == {"record": "a.jpg", "poses": str(new / "project" / "poses.json")}


def test_files_of_methods_and_folders_of_maps_move_with_a_session(tmp_path: Path):
    old = tmp_path / "old"
    for name in ("photos", "maps"):
        (old / name).mkdir(parents=True)
    (old / "theirs.npz").write_bytes(b"")
    command = f"/usr/bin/run {old}/demo.py {{images}}"
    choice = MethodChoice().added("theirs", "file", source=str(old / "theirs.npz"))
    state = CHOICE.put(ViewerState(), choice.added("mine", "command", source=command))
    state = EDGES.change(state, audit_folder=str(old / "maps"))
    file = old / f"mine{ENDING}"
    write_session(file, Session((str(old / "photos"),), view_of(state)))
    new = old.rename(tmp_path / "new")
    found = read_session(new / file.name, pytest.fail)
    restored = with_view(ViewerState(), found.view)
    assert CHOICE.of(restored).info("theirs").source == str(new / "theirs.npz")
    assert CHOICE.of(restored).info("mine").source == command
    assert EDGES.of(restored).audit_folder == str(new / "maps")


def test_what_is_found_nowhere_is_asked_once_for_all_that_moved_with_it(tmp_path: Path):
    old, new = tmp_path / "old", tmp_path / "new"
    for name in ("set", "weights"):
        (old / name).mkdir(parents=True)
    (tmp_path / "sessions").mkdir()
    file = tmp_path / "sessions" / f"mine{ENDING}"
    weights = {"student": str(old / "weights")}
    write_session(file, Session((str(old / "set"),), {"preferences": {"weights": weights}}))
    old.rename(new)
    asked: list[str] = []

    def ask(path: str) -> str:
        asked.append(path)
        return str(new / "set")

    found = read_session(file, ask)
    assert asked == [str(old / "set")]
    assert found.inputs == (str(new / "set"),)
    assert found.view["preferences"]["weights"] == {"student": str(new / "weights")}


def test_what_comes_with_the_program_is_found_wherever_that_is(tmp_path: Path):
    file = tmp_path / f"crowd{ENDING}"
    crowd = str(resource_path("sample_crowd"))
    write_session(file, Session((crowd,), {"record": "a"}))
    text = file.read_text().replace(str(resource_path(".").resolve()), "/another/place")
    file.write_text(text.replace(f'"{crowd}"', '"/another/place/sample_crowd"'))
    assert Path(read_session(file, nobody).inputs[0]).samefile(crowd)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "sefd-show-1"}', '{"format": "sefd-session-1"}']
)
def test_another_file_is_told_with_what_to_open(tmp_path: Path, text: str):
    file = tmp_path / f"x{ENDING}"
    file.write_text(text)
    with pytest.raises(SefdError, match=r"this is not a session .*Save session"):
        read_session(file, nobody)


def test_saving_and_opening_by_commands(make: Make, tmp_path: Path):
    controller = make(dataset(record("a"), record("b"), record("c")))
    shell = FakeShell()
    context, file = CommandContext(controller, shell), str(tmp_path / f"s{ENDING}")
    shell.answers |= {"session export": file, "session": file}
    controller.store.set(controller.state.with_record("c"))
    controller.store.set(replace(controller.state, person="2", edges=EdgeSettings(kernel=9)))
    COMMANDS["save_session"].run(context)
    controller.open([])
    controller.store.set(replace(controller.state.with_record("a"), edges=EdgeSettings()))
    COMMANDS["open_session"].run(context)
    state = controller.state
    assert (state.record, state.person, state.edges.kernel) == ("c", "2", 9)
    assert ("layout", {"geometry": "as it was"}) in shell.calls


def test_cameras_are_seen_as_they_were_left(make: Make, tmp_path: Path):
    controller = make(dataset(record("a"), record("b")))
    shell, file = FakeShell(), str(tmp_path / f"s{ENDING}")
    shell.answers |= {"session export": file, "session": file}
    chosen = replace(controller.state, workspace="cameras")
    controller.store.set(CAMERAS.change(chosen, mode="paper", tab="conventions", show_edges=True))
    COMMANDS["save_session"].run(CommandContext(controller, shell))
    controller.open([])
    assert CAMERAS.of(controller.state).mode == "exact"
    COMMANDS["open_session"].run(CommandContext(controller, shell))
    cameras = CAMERAS.of(controller.state)
    assert (cameras.mode, cameras.tab, cameras.show_edges) == ("paper", "conventions", True)


def test_cameras_that_are_read_otherwise_are_read_so_again():
    chosen = Conventions().with_option("body.mode", "paper", None)
    chosen = chosen.with_option("camera.extrinsics", "R transposed", "camera 2")
    view = json.loads(json.dumps(view_of(with_conventions(ViewerState(), chosen))))
    back = CAMERAS.of(with_view(ViewerState(), view))
    assert (back.conventions, back.mode) == (chosen, "paper")
    assert view_of(CAMERAS.put(ViewerState(), back)) == view
    for wrong in ({"body": {"unit": "x"}}, {"cameras": {"nothing": 1}}, {"views": 3}, {"views": {"a": 1}}):
        view["slices"]["cameras"]["conventions"] = wrong
        assert CAMERAS.of(with_view(ViewerState(), view)).conventions is None


def test_other_subjects_are_read_as_they_were_read():
    """What was chosen for a subject that is not in view is kept, too."""
    theirs = Conventions().with_option("camera.extrinsics", "R transposed", "54138969")
    ours = Conventions().with_option("body.mode", "paper")
    state = with_conventions(CAMERAS.change(ViewerState(), place="S1"), ours)
    state = with_conventions(state, theirs, "S5")
    state = with_conventions(state, ours, "S6/2/1")
    view = json.loads(json.dumps(view_of(state)))
    back = CAMERAS.of(with_view(ViewerState(), view))
    assert back == CAMERAS.of(state)
    assert back.at("S5", "S5/2/1").conventions == theirs
    assert back.at("S6", "S6/2/1").read == ("paper", ours, None)
    assert back.at("S7", "S7/2/1").read == ("exact", None, None)
    for wrong in (3, "S5", [3], [{"place": 1, "mode": "none", "conventions": {"views": 3}}]):
        view["slices"]["cameras"]["readings"] = wrong
        assert all(not one.place for one in CAMERAS.of(with_view(ViewerState(), view)).readings)


def test_the_view_is_copied_as_a_command_and_as_a_program(make: Make):
    controller = make(dataset(record("a"), record("b")))
    shell = FakeShell()
    controller.store.set(replace(controller.state.with_record("b"), person="1"))
    COMMANDS["copy_view_command"].run(CommandContext(controller, shell))
    COMMANDS["copy_python"].run(CommandContext(controller, shell))
    command, program = (text for name, text in shell.calls if name == "copy")
    words = shlex.split(command)
    assert words[:2] == ["sefd-viewer", "--sample"]
    _, begin = begin_view(words[words.index("--view") + 1])
    assert begin(ViewerState()).record == "b"
    compile(program, "copied", "exec")
    assert "window_picture" in program


def test_a_view_that_is_no_json_is_told():
    for text in ("{", "[1]"):
        with pytest.raises(SefdError, match="--view is not"):
            begin_view(text)


def test_commands_name_what_is_open():
    session = Session(("/my photos",), {"record": "a b.jpg"})
    assert shlex.split(as_command(session, (800, 600)))[1] == "/my photos"
    assert "'/my photos'" in as_python(session, (800, 600))


def test_panes_that_look_elsewhere_come_back():
    from sefd_viewer.features.inspect.model import STAGE, Look

    look = Look(None, Turn(30.0, -10.0), held=Turn(15.0), zoom=3.0, pan=(12.0, -4.0))
    state = STAGE.change(ViewerState(), view="turned", look=look, of=("a.jpg", "1"))
    state = STAGE.put(state, STAGE.of(state).with_own("student", look=Look(zoom=2.0), errors=True))
    view = json.loads(json.dumps(view_of(state)))
    assert with_view(ViewerState(), view) == state
    view["slices"]["stage"]["look"]["turn"] = {"yaw": "far"}
    assert STAGE.of(with_view(ViewerState(), view)).look.turn == Turn()


def test_every_choice_that_is_kept_has_a_known_kind():
    """What is annotated with a name that cannot be found would come back as plain values, which crashed."""
    waiting, seen = [type(one.initial) for one in kept_slices()], set()
    while waiting:
        kind = waiting.pop()
        if is_dataclass(kind) and kind not in seen:
            seen.add(kind)
            for one in fields(kind):
                hint = kind_of(kind, one.name)
                assert hint is not None, f"{kind.__name__}.{one.name}"
                waiting += [hint, *get_args(hint)]
    assert len(seen) > 10
