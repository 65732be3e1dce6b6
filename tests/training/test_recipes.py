"""Recipes: what ships says what the paper says, everything can be changed, and mistakes are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sefd_viewer.cli.main import main
from sefd_viewer.errors import SefdError
from sefd_viewer.networks.cards import NetworkCard
from sefd_viewer.training.loop import schedule
from sefd_viewer.training.recipes import about, read_recipe, recipe_names, to_toml
from sefd_viewer.training.run import channels_of


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["train", *words])
    out = capsys.readouterr()
    return int(ended.value.code or 0), out.out, out.err


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_that_ships_is_whole_and_survives_being_written(name: str, tmp_path: Path) -> None:
    settings = read_recipe(name)
    path = tmp_path / "mine.toml"
    path.write_text(to_toml(settings), encoding="utf-8")
    assert read_recipe(path) == settings
    assert about(name)


@pytest.mark.parametrize(
    ("name", "epochs", "decay"),
    [("teacher", 22, (14, 20)), ("student", 14, (10,)), ("map", 10, (6, 8)), ("baseline", 20, (15,))],
)
def test_the_paper_s_schedules(name: str, epochs: int, decay: tuple[int, ...]) -> None:
    """Supplement, section 1; the baseline's is its release's. 640 people, 64 a step: 10 steps an epoch."""
    settings = read_recipe(f"paper-{name}")
    assert (settings.learning_rate, settings.batch_size, settings.optimizer) == (1e-4, 64, "adam")
    assert schedule(settings, 640) == (10 * epochs, tuple(10 * epoch for epoch in decay))
    assert {share.half for share in settings.sets.values()} == {"3d", "2d"}
    assert settings.sets["human36m"].every == 5


def test_a_recipe_of_ones_own_is_based_on_one_that_ships(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('based_on = "paper-teacher"\nepochs = 3.0\n[sets.crowdpose]\nhalf = "2d"\nweight = 0.5\n')
    settings = read_recipe(path)
    assert (settings.epochs, settings.role, settings.decay_at) == (3, "teacher", (14, 20))
    assert sorted(settings.sets) == ["crowdpose", "human36m", "mpii", "mscoco", "muco"]
    assert settings.sets["crowdpose"].weight == 0.5


def test_every_setting_can_be_changed_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--with", "sets.mpii.weight=2", "--with", "losses.shape=0.5", "--with", "structural_map=hed"]
    words += ["--steps", "7", "--distillation", "kd", "--learning-rate", "0.01", "--with", "decay_at=[3, 5]"]
    code, out, _ = printed(capsys, "paper-student", "--show", *words)
    assert code == 0
    for line in ("epochs = 0.0", "steps = 7", 'loss = "kd"', "shape = 0.5", 'structural_map = "hed"'):
        assert line in out.splitlines()
    assert "weight = 2.0" in out.split("[sets.mpii]")[1]
    assert "decay_at = [3.0, 5.0]" in out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["paper"], "no recipe 'paper'.*crowds-teacher"),
        (["--with", "stepz=3"], "no stepz.*steps"),
        (["--with", "steps=many"], "steps cannot be 'many'.*whole number"),
        (["--with", "distillation.loss=mse"], "distillation.loss cannot be 'mse'.*log_softmax_l1"),
        (["--with", "distillation.layers={5=1}"], r"layers \[5\]"),
        (["--with", "sets.mpii.hlaf=2d"], "no sets.mpii.hlaf.*half"),
        (["--with", "edges.kernel=4"], "odd number"),
        (["--with", "steps"], "KEY=VALUE"),
        (["--role", "student", "--with", "structural_map=all"], "does not see 'all' edges.*canny, hed"),
        (["--role", "baseline", "--with", "structural_map=canny"], "colours alone"),
        (["--batch-size", "4", "--devices", "3"], "4 people in a step cannot be shared by 3 devices"),
        (["--batch-size", "2", "--devices", "2"], "two each at least"),
        ([], "two folders.*--out"),
    ],
)
def test_mistakes_are_told(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = printed(capsys, *words)
    assert code == 2
    assert re.search(told, err), err


def test_the_list_names_all_recipes(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = printed(capsys, "list")
    assert [line.split()[0] for line in out.splitlines()] == recipe_names()
    assert any(name.startswith("ablation-dilation") for name in recipe_names())


def test_a_file_that_is_no_recipe_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("role = ")
    with pytest.raises(SefdError, match="not TOML"):
        read_recipe(path)
    path.write_text("steps = 3")
    with pytest.raises(SefdError, match="lacks role"):
        read_recipe(path)
    path.write_text('based_on = "nothing"')
    with pytest.raises(SefdError, match="based on 'nothing'"):
        read_recipe(path)


def test_crops_show_what_student_and_teacher_see() -> None:
    plain = channels_of(read_recipe("ablation-map-all"))
    assert (plain.image_map, plain.mesh_map) == ("canny", "all")
    fixed = channels_of(read_recipe("ablation-dilation-fixed"))
    assert (fixed.mesh_edges.dilation, fixed.mesh_edges.kernel) == ("fixed", 5)
    teacher = NetworkCard(
        "compact-2", "teacher", "open-body-1", fixed.mesh_edges.to_dict(), structural_map="all"
    )
    both = channels_of(read_recipe("ablation-map-hed"), teacher)
    assert (both.image_map, both.mesh_map, both.mesh_edges) == ("hed", "all", fixed.mesh_edges)
    assert not channels_of(read_recipe("crowds-student")).manifest()
