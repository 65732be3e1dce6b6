"""`sefd-viewer index`: what a set holds, and clearing the cache."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sefd_viewer.cli.main import main
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan, new_folder
from tests.owners_files import mscoco_set, smpl_arrays, write_body


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["index", *words])
    return int(ended.value.code or 0)


def test_it_tells_what_a_set_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with new_folder(tmp_path / "set") as unfinished:
        WRITERS["mscoco"](unfinished, Plan(3, 3, SceneSettings(size=(96, 80), people=(2, 3))))
    assert run(str(tmp_path / "set")) == 0
    out = capsys.readouterr().out
    numbers = {words: int(count) for words, count in re.findall(r"│ (\D+?) +│ (\d+) +│", out)}
    assert "set (mscoco)" in out
    assert numbers["photos"] == 3
    assert numbers["people shown"] == numbers["with a body"] >= 3
    assert numbers["people left out"] + numbers["people shown"] >= 6


def test_clearing_removes_the_cache_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEFD_VIEWER_CACHE", str(tmp_path))
    (tmp_path / "index" / "old").mkdir(parents=True)
    (tmp_path / "index" / "old" / "a.npy").write_bytes(bytes(3_000_000))
    (tmp_path / "other").write_text("mine")
    assert run("--clear") == 0
    assert f"Removed 3 MB from {tmp_path / 'index'}" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_nothing_named_says_what_to_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 2
    assert "Name a data set" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["index", "check"])
def test_a_body_whose_gender_nobody_tells_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    root = mscoco_set(tmp_path / "MSCOCO")
    write_body(tmp_path / "my body.pkl", smpl_arrays(1))
    more = ["--no-pictures"] if command == "check" else []
    with pytest.raises(SystemExit):
        main([command, str(root), "--body", str(tmp_path / "my body.pkl"), *more])
    captured = capsys.readouterr()
    assert "my body.pkl: the file's name gives no gender" in captured.out + captured.err
