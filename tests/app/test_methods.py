"""Methods: any number of them, each in a colour of its own, the truth last."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sefd_viewer.app.actions import with_choice
from sefd_viewer.app.content import Content
from sefd_viewer.app.method_files import run_method
from sefd_viewer.app.methods import (
    CHOICE,
    COLORS,
    METHODS,
    TITLES,
    MethodChoice,
    MethodHabits,
    as_role,
    title_of,
    weights_file,
)
from sefd_viewer.app.settings import Settings, load_settings, save_settings
from sefd_viewer.app.state import ViewerState
from sefd_viewer.evaluation.runs.methods import Method, parse_method
from sefd_viewer.resources import resource_path


def shown(choice: MethodChoice) -> list[str]:
    return [info.title for info in choice.shown()]


def test_at_first_the_three_networks_and_the_truth_are_shown() -> None:
    assert shown(MethodChoice()) == ["Baseline", "Student", "Teacher", "Truth"]
    assert MethodChoice().baseline == "baseline"


def test_methods_that_are_added_stand_before_the_truth_in_colours_of_their_own() -> None:
    choice = MethodChoice()
    for number in range(8):
        choice = choice.added(f"Method {number}", "file", source=f"/data/{number}.npz")
    assert shown(choice)[-2:] == ["Method 7", "Truth"]
    colors = [info.color for info in choice.known]
    assert len(set(colors[:11])) == 11  # the three, the truth, and seven more
    assert colors[11] in colors[:11]


def test_the_same_file_is_one_method() -> None:
    choice = (
        MethodChoice().added("Mine", "file", source="/a.npz").added("Mine again", "file", source="/a.npz")
    )
    assert shown(choice) == ["Baseline", "Student", "Teacher", "Mine again", "Truth"]


def test_a_method_is_hidden_renamed_coloured_moved_and_removed() -> None:
    choice = MethodChoice().added("Mine", "file", source="/a.npz")
    own = choice.known[-1].id
    assert shown(choice.toggled("student").toggled(own)) == ["Baseline", "Teacher", "Truth"]
    changed = choice.changed(own, title="Ours", color=(1, 2, 3)).info(own)
    assert (changed.title, changed.color) == ("Ours", (1, 2, 3))
    assert shown(choice.moved(own, "student")) == ["Baseline", "Mine", "Student", "Teacher", "Truth"]
    assert shown(choice.moved("truth", "baseline"))[-1] == "Truth"
    gone = MethodChoice(choice.known, baseline=own).without(own)
    assert (shown(gone), gone.baseline) == (["Baseline", "Student", "Teacher", "Truth"], "baseline")
    assert shown(gone.without("teacher")) == ["Baseline", "Student", "Truth"]  # the program's own come back
    assert gone.info(own).kind == "run"  # known by its numbers alone


def test_names_colours_order_and_yardstick_are_there_at_the_next_start(tmp_path: Path) -> None:
    choice = MethodChoice().changed("student", title="Ours", color=(1, 2, 3)).moved("teacher", "baseline")
    choice = replace(choice.changed("theirs", title="HMR").toggled("student"), baseline="teacher")
    state = with_choice(ViewerState(), choice)
    save_settings(tmp_path / "settings.toml", Settings().with_preferences(state.preferences))
    settings, problem = load_settings(tmp_path / "settings.toml")
    again = settings.methods.choice()
    assert problem is None
    assert (shown(again), again.baseline) == (["Teacher", "Baseline", "Truth"], "teacher")
    assert again.info("student").color == (1, 2, 3)
    assert again.title("theirs") == "HMR"


def restarted(state: ViewerState, folder: Path) -> ViewerState:
    """The state of a window that begins with what another one remembered."""
    save_settings(folder / "settings.toml", Settings().with_preferences(state.preferences))
    settings, _ = load_settings(folder / "settings.toml")
    return CHOICE.put(replace(ViewerState(), preferences=settings.preferences), settings.methods.choice())


def test_a_file_that_is_there_again_has_its_place_and_is_the_yardstick(tmp_path: Path) -> None:
    state = with_choice(ViewerState(), MethodChoice().added("HMR", "file", source="/a/hmr.npz"))
    choice = CHOICE.of(state).moved("hmr", "student").toggled("teacher")
    state = restarted(with_choice(state, replace(choice, baseline="hmr")), tmp_path)
    assert (shown(CHOICE.of(state)), CHOICE.of(state).baseline) == (
        ["Baseline", "Student", "Truth"],
        "baseline",
    )
    state = with_choice(state, CHOICE.of(state).toggled("teacher"))  # hmr waits meanwhile
    state = restarted(state, tmp_path)
    state = with_choice(state, CHOICE.of(state).added("HMR", "file", source="/b/hmr.npz"))
    assert shown(CHOICE.of(state)) == ["Baseline", "HMR", "Student", "Teacher", "Truth"]
    assert CHOICE.of(state).baseline == "hmr"
    chosen = with_choice(state, replace(CHOICE.of(state), baseline="student"))
    assert restarted(chosen, tmp_path).preferences.methods.baseline == "student"


def test_a_network_of_guessed_edges_that_was_shown_is_shown_again(tmp_path: Path) -> None:
    begin = CHOICE.put(ViewerState(), MethodHabits().choice())
    state = restarted(with_choice(begin, CHOICE.of(begin).toggled("see")), tmp_path)
    assert "see" not in CHOICE.of(state).hidden
    assert "sesd" in CHOICE.of(state).hidden


def test_methods_of_guessed_edges_are_there_hidden_and_stay() -> None:
    choice = MethodHabits().choice()
    assert {"see", "sesd"} <= choice.hidden
    seen = choice.toggled("see")
    assert shown(seen) == ["Baseline", "Student", "Teacher", "SEE", "Truth"]
    assert seen.without("see").hidden == choice.hidden
    info = seen.info("see")
    assert as_role(info.said) == "student"
    assert Path(weights_file(info, {})) == resource_path("weights") / "see.safetensors"
    assert weights_file(info, {"see": "own.safetensors"}) == "own.safetensors"
    assert run_method(info, {"see": "own.safetensors"}, Content()) == Method(
        "see", "student", "own.safetensors"
    )
    assert parse_method("sesd") == Method("sesd", "student", weights_file(choice.info("sesd"), {}))


def test_what_a_settings_file_says_wrongly_is_as_usual(tmp_path: Path) -> None:
    lines = [
        "[methods]",
        'baseline = "truth"',
        'hidden = "x"',
        'order = ["nobody"]',
        "[methods.looks.student]",
    ]
    (tmp_path / "settings.toml").write_text("\n".join([*lines, 'color = "red"']))
    assert load_settings(tmp_path / "settings.toml")[0].methods.choice().shown() == MethodChoice().shown()


def test_the_two_methods_that_are_compared_are_among_those_that_there_are() -> None:
    choice = MethodChoice()
    assert choice.pair(("baseline", "student", "teacher", "truth")) == ("baseline", "student")
    assert replace(choice, compared="teacher").pair(("teacher", "baseline")) == ("baseline", "teacher")
    assert choice.pair(("a", "b")) == ("a", "b")
    assert choice.pair(("a",)) == ("a", "")


def test_two_files_of_one_name_are_two_methods() -> None:
    choice = MethodChoice().added("x", "file", source="/a/x.npz").added("x", "file", source="/b/x.npz")
    assert [info.id for info in choice.known[4:]] == ["x", "x 2"]


def test_networks_have_roles_others_have_none() -> None:
    assert [as_role(method) for method in (*METHODS, "file:/a.npz")] == [*METHODS[:3], None, None]
    assert (TITLES["student"], COLORS["student"]) == ("Student", (86, 180, 233))
    assert title_of("my method") == "my method"
