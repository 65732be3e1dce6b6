"""`sefd-viewer fit`: what it writes and keeps, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sefd_viewer.cli.main import main
from sefd_viewer.datasets.fitted_people import PEOPLE_FILE, FittedPeople, read_people
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.fitting import run
from tests.fitting.capture_people import two_people
from tests.fitting.fit_rig import cameras, write_capture


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    (tmp_path / "capture").mkdir()
    return write_capture(tmp_path / "capture", cameras(), moments=2)


def fitting(*results: FittedPeople, stop: bool = False) -> Any:
    def fit_people(*_args: Any, **_options: Any) -> Iterator[FittedPeople]:
        yield from results
        if stop:
            raise KeyboardInterrupt

    return fit_people


def status(*words: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["fit", *map(str, words)])
    return int(ended.value.code or 0)


def test_people_lie_in_the_capture_and_are_reported(
    capture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "fit_people", fitting(two_people()))
    assert status(capture, "--pictures", "1") == 0
    out = capsys.readouterr().out
    assert "a: 2 moments, given cameras" in out
    assert "b: 2 moments, own cameras" in out
    assert "Drew" in out
    assert (capture / "fit_000000.png").is_file()
    assert [person.key for person in open_dataset(capture).records[0].people][:2] == ["a", "b"]


def test_people_who_are_there_are_not_replaced(
    capture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (capture / PEOPLE_FILE).write_text("mine")
    monkeypatch.setattr(run, "fit_people", fitting(two_people()))
    assert status(capture) == 2
    assert "this capture has fitted people already. Add --overwrite" in capsys.readouterr().err
    assert (capture / PEOPLE_FILE).read_text() == "mine"
    assert status(capture, "--overwrite") == 0


def test_who_is_done_stays_when_it_is_stopped(
    capture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = FittedPeople(two_people().people[:1], two_people().poses)
    monkeypatch.setattr(run, "fit_people", fitting(one, stop=True))
    assert status(capture) == 130
    assert "Stopped. 1 people are in" in capsys.readouterr().err
    assert [person.key for person in read_people(capture / PEOPLE_FILE).people] == ["a"]


def test_other_sets_need_a_place_for_their_people(capture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(capture / "a") == 2
    assert "Give --out DIR" in capsys.readouterr().err


def test_names_must_differ(capture: Path) -> None:
    assert status(capture, "--names", "x,x") == 2
