"""Methods: any number of them, each in a colour of its own, the truth last."""

from __future__ import annotations

import pytest

from sefd_viewer.app.methods import COLORS, METHODS, TITLES, MethodChoice, as_role, title_of


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
    with pytest.raises(KeyError):
        gone.info(own)


def test_networks_have_roles_others_have_none() -> None:
    assert [as_role(method) for method in (*METHODS, "file:/a.npz")] == [*METHODS[:3], None, None]
    assert (TITLES["student"], COLORS["student"]) == ("Student", (86, 180, 233))
    assert title_of("my method") == "my method"
