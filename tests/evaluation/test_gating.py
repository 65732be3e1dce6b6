"""The gate: a run against an earlier one, person by person; worse beyond chance ends with status 1."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.cli.main import main
from sefd_viewer.datasets.opening import crowd_folder, open_dataset
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.report.writing import runner_of
from sefd_viewer.evaluation.runs.gating import HIDDEN, gate
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, open_run

HIDDEN_JOINT, SEEN_JOINT = 2.0, 0.0


def run(
    folder: Path, errors: dict[str, list[float]], *, hidden: list[float] | None = None, dataset: str = "set"
) -> RunStore:
    """A stored run of methods by name: MPJPE of person k of record k; `hidden` errors of one hidden joint."""
    count = len(next(iter(errors.values())))
    plan = RunPlan(dataset, "mscoco", "/data", count, dict.fromkeys(errors, "x"), {})
    store = RunStore(folder, plan)
    rows = []
    for name, values in errors.items():
        for k, value in enumerate(values):
            joints = [value, value if hidden is None else hidden[k]]
            row = {"position": k, "record": f"{k}.jpg", "person": "1", "method": name, "mpjpe_mm": value}
            row |= {"pck3d": 1 - value / 200, "has_truth": True, "kind": "annotated"}
            row |= {"joint_errors_mm": joints, "joint_states": [SEEN_JOINT, HIDDEN_JOINT]}
            rows.append(row)
    store.add(rows)
    return store


RNG = np.random.default_rng(0)
BASE = RNG.normal(80, 10, 60).tolist()


def test_a_method_that_has_become_worse_is_stopped(tmp_path: Path) -> None:
    worse = [value + 5 for value in BASE]
    worse[7] += 90
    found = gate(run(tmp_path / "new", {"mine": worse}), run(tmp_path / "old", {"mine": BASE}), "mpjpe")
    assert found.is_worse
    assert found.change.mean == pytest.approx(5 + 90 / 60)
    assert found.worst[0].record == "7.jpg"
    assert len(found.worst) == 10
    assert f"{BASE[7]:.1f} mm before, {worse[7]:.1f} mm now" == found.worst[0].note


@pytest.mark.parametrize(
    ("shift", "metric", "margin", "worse"),
    [
        (-5, "mpjpe", 0, False),
        (5, "mpjpe", 6, False),
        (5, "mpjpe_mm", 4, True),
        (5, "pck3d", 0, True),
        (-5, "pck3d", 0, False),
    ],
)
def test_direction_and_margin(tmp_path: Path, shift: float, metric: str, margin: float, worse: bool) -> None:
    changed = [value + shift + noise for value, noise in zip(BASE, RNG.normal(0, 0.5, 60), strict=True)]
    new, old = run(tmp_path / "new", {"mine": changed}), run(tmp_path / "old", {"mine": BASE})
    assert gate(new, old, metric, margin=margin).is_worse is worse


def test_nothing_named_compares_the_last_methods_without_a_margin(tmp_path: Path) -> None:
    new = run(tmp_path / "new", {"first": BASE, "last": [value + 0.4 for value in BASE]})
    found = gate(new, run(tmp_path / "old", {"older": [0.0] * 60, "other": BASE}), "mpjpe")
    assert (found.method, found.base_method, found.is_worse) == ("last", "other", True)


def test_chance_is_no_reason_to_stop(tmp_path: Path) -> None:
    noisy = [value + noise for value, noise in zip(BASE, RNG.normal(0, 10, 60), strict=True)]
    assert not gate(run(tmp_path / "a", {"m": noisy}), run(tmp_path / "b", {"m": BASE}), "mpjpe").is_worse


def test_hidden_joints_alone(tmp_path: Path) -> None:
    hidden = [value + 20 for value in BASE]
    new = run(tmp_path / "new", {"mine": BASE}, hidden=hidden)
    old = run(tmp_path / "old", {"mine": BASE}, hidden=BASE)
    found = gate(new, old, "mpjpe_hidden")
    assert (found.metric, found.is_worse) == (HIDDEN, True)
    assert found.change.mean == pytest.approx(20)
    assert not gate(new, old, "mpjpe").is_worse


def test_people_of_one_run_only_are_counted_not_compared(tmp_path: Path) -> None:
    found = gate(run(tmp_path / "new", {"m": BASE[:50]}), run(tmp_path / "old", {"m": BASE}), "mpjpe")
    assert found.change.count == 50
    assert found.alone == (0, 10)


def test_what_cannot_be_compared_is_told(tmp_path: Path) -> None:
    new, old = run(tmp_path / "new", {"m": BASE}), run(tmp_path / "old", {"other": BASE}, dataset="elsewhere")
    with pytest.raises(SefdError, match="of set, the base of elsewhere"):
        gate(new, old, "mpjpe")
    with pytest.raises(SefdError, match="no method x.*It has m"):
        gate(new, new, "mpjpe", method="x")
    few = run(tmp_path / "few", {"m": BASE[:3]})
    with pytest.raises(SefdError, match="3 people in 3 pictures are too few to tell a change from chance"):
        gate(few, new, "mpjpe")
    with pytest.raises(SefdError, match="not a metric.*mpjpe_hidden_mm, mpjpe_mm"):
        gate(new, new, "mpje")


def test_a_page_that_cannot_be_written_changes_no_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path / "new", {"mine": [value + 5 for value in BASE]})
    run(tmp_path / "old", {"mine": BASE})
    words = ["gate", str(tmp_path / "new"), "--against", str(tmp_path / "old")]
    with pytest.raises(SystemExit) as ended:
        main([*words, "--page", str(tmp_path / "page.html")])
    assert ended.value.code == 1
    assert "The page was not written: " in capsys.readouterr().err


def test_the_shipped_crowd_s_run_is_opened_again_over_the_crowd(tmp_path: Path) -> None:
    """Also where somebody copied it to compare with."""
    copied = Path(shutil.copytree(crowd_folder() / "run", tmp_path / "run"))
    assert runner_of(open_run(copied)).load(3).record.key == open_dataset(crowd_folder()).records[3].key


def test_the_command_ends_with_1_and_says_who(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path / "new", {"mine": [value + 5 for value in BASE]})
    run(tmp_path / "old", {"older": BASE})
    words = ["gate", str(tmp_path / "new"), "--against", str(tmp_path / "old")]
    for more, status in (([], 1), (["--margin", "6"], 0)):
        with pytest.raises(SystemExit) as ended:
            main([*words, *more])
        assert ended.value.code == status
    out = capsys.readouterr().out
    change = "+5.0 mm (95 %: +5.0 to +5.0, resampling 60 pictures)"
    assert f"mpjpe_mm: mine against older: {change}, 60 people" in out
    assert "Not worse by more than 6 beyond chance." in out
    assert "Worse beyond chance." in out
    with pytest.raises(SystemExit):
        main([*words, "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["worse"] is True
    assert len(told["worst"]) == 10
