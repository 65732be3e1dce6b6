"""`sefd-viewer verdicts`, and what other commands do with its lists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sefd_viewer.cli.main import main
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.judgements import Verdict, VerdictStore, fingerprint
from tests.edge_maps.sets import write_set

SECOND = "train2017/000000000002.jpg"


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    """A set of two pictures: one person of the first is bad, the second picture is good."""
    root = write_set(tmp_path / "COCO", "mscoco", count=2)
    dataset = open_dataset(root)
    first, second = dataset.records
    key = first.people[0].key
    with VerdictStore.beside(dataset) as store:
        judged = fingerprint(first, key)
        store.put(Verdict(first.key, key, "bad", ("swap",), "arms", "ann", fingerprint=judged))
        store.put(Verdict(second.key, None, "good", reviewer="ann", fingerprint=fingerprint(second)))
    return root


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    code = ended.value.code
    return code if isinstance(code, int) else int(bool(code))


def test_verdicts_are_listed_and_counted(coco: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verdicts", "list", coco) == 0
    said = capsys.readouterr().out
    assert "swap" in said
    assert "ann" in said
    assert "1 good, 1 bad in" in said
    assert run("verdicts", "list", coco, "--state", "good") == 0
    assert "swap" not in capsys.readouterr().out
    assert run("verdicts", "list", coco, "--issue", "nonsense") == 2


def test_a_list_goes_from_verdicts_to_another_command(
    tmp_path: Path, coco: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.txt"
    assert run("verdicts", "export", coco, "--format", "ids", "--out", file) == 0
    assert len(file.read_text().splitlines()) == 1
    assert run("verdicts", "export", coco, "--format", "ids", "--out", file) == 2
    assert "exists already" in capsys.readouterr().err
    everybody = people_verified(tmp_path, coco)
    assert people_verified(tmp_path, coco, "--exclude", file) == everybody - 1
    assert people_verified(tmp_path, coco, "--exclude", coco / "sefd-verdicts.sqlite") == everybody - 1


def people_verified(folder: Path, *words: object) -> int:
    run("verify", *words, "--moments", "0", "--json", folder / "report.json")
    return sum(row["people"] for row in json.loads((folder / "report.json").read_bytes())["rows"])


def test_exports_are_printed_without_a_file(coco: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verdicts", "export", coco, "--format", "json") == 0
    assert [entry["state"] for entry in json.loads(capsys.readouterr().out)] == ["bad", "good"]


def test_two_files_are_compared_and_merged(
    tmp_path: Path, coco: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = coco / "sefd-verdicts.sqlite"
    with VerdictStore(tmp_path / "bob.sqlite") as other:
        other.put(Verdict(SECOND, None, "bad", reviewer="bob"))
        theirs = other.path
    assert run("verdicts", "merge", mine, theirs, "--out", tmp_path / "both.sqlite") == 1
    assert "1 disagreement\n" in capsys.readouterr().out
    with VerdictStore(tmp_path / "both.sqlite") as both:
        assert len(both.all()) == 2
    assert run("verdicts", "merge", mine, tmp_path / "nobody.sqlite") == 2
    assert "no such file of verdicts" in capsys.readouterr().err


def test_stale_verdicts_are_named_after_a_new_export(coco: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verdicts", "stale", coco) == 0
    assert "0 of 2 verdicts are stale" in capsys.readouterr().out
    (file,) = coco.rglob("person_keypoints_*.json")
    content = json.loads(file.read_bytes())
    for annotation in content["annotations"]:
        annotation["bbox"][2] += 1
    file.write_text(json.dumps(content))
    assert run("verdicts", "stale", coco) == 1
    assert "2 of 2 verdicts are stale" in capsys.readouterr().out
