"""A full disk: one line that says so, an exit status, and nothing half-written."""

from __future__ import annotations

from pathlib import Path

import pytest

from sefd_viewer.cli.main import main
from tests.conftest import FullDisk
from tests.edge_maps.sets import write_set


@pytest.fixture(scope="module")
def muco(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("sets") / "MuCo", "muco", count=2)


COMMANDS = {
    "synthesize": ("synthesize --format muco --count 1 --size 256x256 {out}/set", 1000),
    "edges": ("edges {set} --out {out} --workers 1", 0),
    "edges, maps": ("edges {set} --out {out} --workers 1", 900),
    "packed edges": ("edges {set} --out {out} --workers 1 --packed", 0),
    "packed edges, maps": ("edges {set} --out {out} --workers 1 --packed", 900),
    "check": ("check {set} --json {out}/a.json --csv {out}/a.csv", 10),
    "verify": ("verify {set} --json {out}/a.json --html {out}/a.html", 10),
}


@pytest.mark.parametrize(("words", "size"), COMMANDS.values(), ids=COMMANDS)
def test_a_full_disk_is_one_line(
    words: str, size: int, muco: Path, tmp_path: Path, full_disk: FullDisk, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended, full_disk(size):
        main(words.format(set=muco, out=tmp_path).split())
    said = capsys.readouterr()
    assert ended.value.code not in (0, None), said
    assert "File too large" in said.err
    assert "Traceback" not in said.err + said.out
    half = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix not in (".sha256", ".zip")]
    assert all(path.name.endswith("manifest.json") for path in half), half
