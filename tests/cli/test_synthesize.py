"""`sefd-viewer synthesize`: every layout by name, nothing overwritten, nothing half-written."""

from __future__ import annotations

import typing
from pathlib import Path

import pytest

from sefd_viewer.cli import synthesize
from sefd_viewer.cli.main import main
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.synthetic.writers import WRITERS, new_folder
from sefd_viewer.errors import DatasetError
from sefd_viewer.pose2d.files import read_poses


def test_every_writer_has_its_word() -> None:
    assert set(typing.get_args(synthesize.Format)) == set(WRITERS)


def test_a_set_is_written_and_opens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "set"
    with pytest.raises(SystemExit) as ended:
        main(["synthesize", "--format", "muco", "--count", "2", "--size", "96x64", str(out)])
    assert not ended.value.code
    assert f"Wrote 2 scenes to {out}" in capsys.readouterr().out
    dataset = open_dataset(out)
    assert (dataset.format, [record.size for record in dataset.records]) == ("muco", [(96, 64)] * 2)
    assert [path.name for path in out.parent.iterdir()] == ["set"]
    poses = read_poses(out / "estimated_poses.json")
    assert {poses.named(key) for key in dataset.keys} == set(poses) == set(dataset.keys)


def test_what_is_there_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SystemExit) as ended:
        main(["synthesize", "--format", "muco", "--count", "1", str(tmp_path)])
    assert ended.value.code == 2
    assert "Name a new or an empty folder" in capsys.readouterr().err
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with new_folder(tmp_path / "set") as folder:
            (folder / "a.json").write_text("{")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not list(tmp_path.iterdir())


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    with new_folder(tmp_path) as folder:
        (folder / "a.json").write_text("{}")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("size", ["512", "12x900", "ax9", "9000x100"])
def test_sizes_are_checked(tmp_path: Path, size: str) -> None:
    with pytest.raises(DatasetError, match="is not two sides from 32 to 4096 pixels"):
        synthesize.synthesize(tmp_path / "set", "muco", 1, size=size)
    assert not list(tmp_path.iterdir())
