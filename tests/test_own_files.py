"""The page for owners of SMPL, checkpoints and data sets: each of its commands, on files in their layouts."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from pathlib import Path

import numpy as np
import orjson
import polars as pl
import pytest

from sefd_viewer.cli.main import main
from sefd_viewer.evaluation.runs.store import open_run
from tests.owners_files import (
    mscoco_set,
    mupots_set,
    picture,
    smpl_arrays,
    standing,
    threedpw_sequences,
    write_body,
    write_checkpoint,
)

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parents[1] / "docs" / "with-your-own-files.md").read_text("utf-8")
COMMANDS = [
    shlex.split(line.removeprefix("sefd-viewer "))
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the page's first table."""
    root = tmp_path_factory.mktemp("home")
    names = re.findall(r"`(basic[Mm]odel\w*_lbs\S+\.pkl)`", PAGE)
    for seed, name in enumerate(names, start=1):
        write_body(root / "models" / name, smpl_arrays(seed))
    rng = np.random.default_rng(0)
    for name, rows in (("h36m_correct", 17), ("extra", 9), ("mi_smpl", 17)):
        weights = rng.random((rows, 6890)) * (rng.random((rows, 6890)) > 0.99)
        np.save(root / "models" / f"J_regressor_{name}.npy", weights / weights.sum(1, keepdims=True))
    write_checkpoint(root / "SEFD.pth.tar", "student", distilled=True, body=smpl_arrays(3))
    write_checkpoint(root / "baseline.pth.tar", "baseline", body=smpl_arrays(3), seed=1)
    threedpw_sequences(root / "3dpw", frames=1)
    mupots_set(root / "MuPoTS", frames=1)
    mscoco_set(root / "MSCOCO", shapes=[[0.0] * 10])
    picture(root / "photo.jpg")
    (root / "2d_pose_result.json").write_text(json.dumps({"photo.jpg": [standing().tolist()]}))
    return root


@pytest.fixture(scope="module")
def told(home: Path) -> dict[str, str]:
    """What every command of the page prints; all in the page's order."""
    found = {}
    for words in COMMANDS:
        found.setdefault(" ".join(words[:2]), _run(words, home))
    return found


def _run(words: list[str], home: Path) -> str:
    out = io.StringIO()
    with contextlib.chdir(home), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            main([*words, "--device", "cpu"] if words[0] in ("predict", "evaluate", "report") else words)
            status = 0
        except SystemExit as ended:
            status = int(ended.code or 0)
    assert status == 0 or (words[0] == "check" and status == 1), (words, out.getvalue())
    return " ".join(out.getvalue().split())


def test_the_page_names_commands() -> None:
    assert [words[0] for words in COMMANDS].count("evaluate") >= 2
    assert {"weights", "predict", "index", "check", "evaluate", "report", "edges"} == {w[0] for w in COMMANDS}


def test_checkpoints_say_what_they_are(told: dict[str, str]) -> None:
    assert "SEFD.pth.tar: paper network as student" in told["weights SEFD.pth.tar"]
    assert "baseline.pth.tar: paper network as baseline" in told["weights baseline.pth.tar"]
    for words in ("weights SEFD.pth.tar", "weights baseline.pth.tar"):
        assert "It fits its network." in told[words]
        assert "crop release" in told[words]


def test_the_photo_gets_neutral_bodies(home: Path, told: dict[str, str]) -> None:
    assert "photo.jpg" not in told["predict photo.jpg"]  # nothing to tell: no problem
    document = orjson.loads((home / "predictions" / "photo.json").read_bytes())
    (person,) = document["people"]
    assert {p["smpl"]["body_id"][:12] for p in person["predictions"].values()} == {"smpl-neutral"}
    assert set(person["predictions"]) == {"baseline", "student"}


def test_3dpw_is_measured_with_its_women_and_men(home: Path, told: dict[str, str]) -> None:
    assert "is not here" not in told["index 3dpw"] + told["check 3dpw"]
    table = pl.read_csv(home / "3dpw.csv")
    assert table["method"].to_list() == ["baseline", "baseline", "sefd", "sefd"]
    for column in ("mpjpe_mm", "pa_mpjpe_mm", "mpvpe_mm"):
        assert table[column].null_count() == 0
    assert table["joints_from"].unique().to_list() == ["J_regressor_h36m_correct.npy"]
    assert "Joints of MPJPE, PA-MPJPE and 3DPCK: J_regressor_h36m_correct.npy" in told["evaluate 3dpw"]
    assert "J_regressor_h36m_correct.npy" in (home / "3dpw.html").read_text("utf-8")


def test_mupots_has_its_own_numbers_with_both_detectors(home: Path, told: dict[str, str]) -> None:
    runs = [open_run(home / "runs" / f"mupots-{source}") for source in ("openpose", "higherhrnet")]
    for run, methods in zip(runs, (["baseline", "sefd"], ["sefd"]), strict=True):
        table = run.table()
        assert table["method"].to_list() == methods
        assert table["mupots_errors_mm"].list.len().to_list() == [17] * len(methods)
        assert table["joints_from"].unique().to_list() == ["J_regressor_mi_smpl.npy"]
    assert "3DPCK at 150 mm, all / matched people" in told["evaluate MuPoTS"]
    assert "TS1" in told["evaluate MuPoTS"]


def test_mscoco_has_errors_and_edges(home: Path, told: dict[str, str]) -> None:
    assert "MPJPE" in told["evaluate MSCOCO"]
    assert "Average precision" in told["evaluate MSCOCO"]
    maps = list((home / "maps" / "MSCOCO" / "images").rglob("SMPL_overlap_edge_*"))
    assert len(maps) == 1
