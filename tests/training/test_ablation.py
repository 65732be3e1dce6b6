"""Ablations compare the same people, and one command makes the table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.cli.main import main
from sefd_viewer.errors import SefdError
from sefd_viewer.networks.checkpoints import load_network
from sefd_viewer.training.ablation import Errors, compared, families, needs_teacher, ordered, variants
from sefd_viewer.training.lifting import pretrain
from sefd_viewer.training.recipes import read_recipe


def test_families_begin_with_what_others_are_compared_with() -> None:
    assert families() == ["map", "dilation", "loss", "layers"]
    assert variants("map")[0] == "ablation-map-none"
    assert variants("loss")[0] == "ablation-loss-log_softmax_l1"
    assert ordered(variants("loss"))[0] == "ablation-map-overlap"
    assert all(needs_teacher(read_recipe(name)) for name in variants("loss") + variants("layers"))
    assert not any(needs_teacher(read_recipe(name)) for name in variants("map") + variants("dilation"))
    with pytest.raises(SefdError, match="no family 'kernel'.*map, dilation, loss, layers"):
        variants("kernel")


def errors(values: list[float], scene: list[int], hidden: list[float]) -> Errors:
    numbers = np.array(values)
    return Errors({"mpjpe_mm": numbers, "pa_mpjpe_mm": numbers / 2}, np.array(hidden), np.array(scene))


def test_differences_are_paired_by_person_and_hidden_people_stand_apart() -> None:
    hidden, scene = [0.0, 0.5, 0.0, 0.5] * 3, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    first = errors([100.0, 200.0] * 6, scene, hidden)
    other = errors([101.0, 190.0] * 6, scene, hidden)
    plain, changed = compared({"a": first, "b": other})
    assert (plain.means["mpjpe_mm"], plain.means["pa_mpjpe_mm"], plain.difference) == (150, 75, None)
    assert changed.difference is not None
    assert changed.difference.mean == pytest.approx(-4.5)
    assert changed.of_hidden is not None
    assert changed.of_hidden.mean == pytest.approx(-10)
    assert changed.of_hidden.is_sure
    with pytest.raises(SefdError, match="different people"):
        compared({"a": first, "b": errors([1.0] * 12, scene[::-1], hidden)})


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_one_command_makes_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pretrain(tmp_path / "crops" / "lifter.safetensors", scenes=12, steps=1, batch_size=8)
    words = ["ablate", "layers", "--out", tmp_path / "out", "--crops", tmp_path / "crops", "--scenes", "6"]
    words += ["--steps", "1", "--with", "batch_size=2", "--with", "held_out=4", "--with", "check_every=1"]
    words += ["--with", "device=cpu"]
    with pytest.raises(SystemExit) as ended:
        main(list(map(str, [*words, "--json"])))
    assert not ended.value.code
    out = capsys.readouterr().out
    lines = json.loads(out)
    assert [line["name"] for line in lines] == variants("layers")
    assert all(line["mpjpe_mm"] > 10 for line in lines)
    card = load_network(tmp_path / "out" / "ablation-layers-234" / "student.safetensors").card
    assert card.training["distillation"]["layers"] == {"2": 1.0, "3": 1.0, "4": 2.0}
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.safetensors")}
    with pytest.raises(SystemExit):
        main(list(map(str, words)))
    printed = capsys.readouterr().out
    assert "PA-MPJPE" in printed
    assert printed.count("Distillation") == 4
    assert written == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.safetensors")}
