"""The page "Compare your method with SEFD in five minutes": its script and each of its commands."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.cli.main import main
from sefd_viewer.evaluation.runs.store import open_run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "compare-your-method.md").read_text("utf-8")
COMMANDS = [
    shlex.split(line.removeprefix("sefd-viewer "))
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]


def run(words: list[str], home: Path) -> str:
    out = io.StringIO()
    with contextlib.chdir(home), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            main([*words, "--device", "cpu"] if words[0] in ("evaluate", "report", "gate") else words)
            status = 0
        except SystemExit as ended:
            status = int(ended.code or 0)
    assert status == 0, (words, out.getvalue())
    return " ".join(out.getvalue().split())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page's script."""
    root = tmp_path_factory.mktemp("home")
    (script,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (root / "stand.py").write_text(script)
    (root / "bin").mkdir()
    (root / "bin" / "python").symlink_to(sys.executable)
    return root


def test_every_command_of_the_page_does_what_it_says(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    told = {}
    for words in COMMANDS:
        if words[0].startswith("runs"):  # opens the window
            continue
        if words[0] == "what":
            (written,) = home.glob("runs/first/commands/stand/*/out/standing.npz")
            (home / "mine.npz").write_bytes(written.read_bytes())
            forget_order_of_the_command(home / "mine.npz", home)
        told[f"{words[0]} {words[-1]}"] = run(words, home)
    first, second = told["evaluate runs/first"], told["evaluate runs/second"]
    assert "people stand" in first
    assert "MPJPE of stand minus student" in first
    assert "MPJPE of mine minus student" in second
    rows = {(row["record"], row["person"]): row["mpjpe_mm"] for row in of("stand", home / "runs/first")}
    again = {(row["record"], row["person"]): row["mpjpe_mm"] for row in of("mine", home / "runs/second")}
    assert rows == pytest.approx(again)
    assert min(rows.values()) > 20
    assert "of the body open-body-1" in told["what mine.npz"]
    assert (home / "compare.html").stat().st_size > 10_000
    assert "Not worse beyond chance." in told["gate mpjpe_hidden"]


def of(method: str, folder: Path) -> list[dict]:  # type: ignore[type-arg]
    table = open_run(folder).table()
    return [
        row for row in table.iter_rows(named=True) if row["method"] == method and row["mpjpe_mm"] is not None
    ]


def forget_order_of_the_command(path: Path, home: Path) -> None:
    """Pictures were numbered for the command; in a file of one's own they have the set's names."""
    keys = [
        row["record"]
        for row in open_run(home / "runs/first")
        .table()
        .unique("position", maintain_order=True)
        .iter_rows(named=True)
    ]
    with np.load(path) as content:
        values = dict(content)
    values["records"] = np.array([keys[int(name)] for name in values["records"].tolist()])
    np.savez(path, **values)
