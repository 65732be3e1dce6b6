"""Scanning whole sets: thresholds without scanning again, what is broken, cancelling, keeping, plugins."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer import api
from sefd_viewer.app.plugins import find_plugins, load_review_detectors
from sefd_viewer.checks import (
    Detector,
    Inspection,
    Measurement,
    Measurements,
    built_in_detectors,
    detectors_named,
    load_measurements,
    measurements_path,
    save_measurements,
    scan,
    scan_in_processes,
    state_of,
)
from sefd_viewer.cli.check import CheckSource, read_thresholds
from sefd_viewer.cli.main import main
from sefd_viewer.datasets import open_dataset
from sefd_viewer.datasets.exclude_list import read_exclude_list
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.errors import SefdError


@pytest.fixture(scope="module")
def muco(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six little pictures in MuCo's layout; the person with id 0 has an odd shape, one picture is gone."""
    folder = tmp_path_factory.mktemp("sets") / "muco"
    WRITERS["muco"](folder, Plan(6, 3, SceneSettings(size=(128, 128), people=(2, 3)), lambda _: None))
    file = folder / "smpl_param.json"
    fits = json.loads(file.read_text())
    fits["0"]["shape"][2] = -5.5
    file.write_text(json.dumps(fits))
    (folder / "augmented_set" / "000004.jpg").unlink()
    return folder


def quick() -> tuple[Detector, ...]:
    return built_in_detectors(pictures=False)


def flagged(measurements: Measurements) -> set[tuple[str, str, str | None]]:
    return {(one.detector, one.record, one.person) for one in measurements.findings()}


def test_faults_of_a_set_are_found(muco: Path) -> None:
    measured = scan(open_dataset(muco), detectors=detectors_named(["shape", "picture_missing"]))
    assert flagged(measured) == {
        ("shape", "augmented_set/000000.jpg", "0"),
        ("picture_missing", "augmented_set/000004.jpg", None),
    }
    (shape,) = (one for one in measured.findings() if one.detector == "shape")
    assert shape.sentence.startswith("beta 3 is -5.5: ")
    assert measured.scanned == 6
    assert not measured.problems


def test_thresholds_filter_stored_values(muco: Path) -> None:
    measured = scan(open_dataset(muco), detectors=detectors_named(["shape", "oks"]))
    everyone = len(measured.values("shape"))
    assert measured.counts({"shape": 0.0, "oks": 0.0}) == {"shape": everyone, "oks": 0}
    assert measured.counts({"shape": 6.0, "oks": 1.01}) == {"shape": 0, "oks": len(measured.values("oks"))}
    (only,) = measured.findings({"shape": 5.0})
    assert only.threshold == 5.0
    assert measured.worst("shape", 1) == [int(measured.flagged({"shape": 5.0})[0])]
    assert set(measured.of_case(only.record, "0")) >= set(measured.flagged({"shape": 5.0}))


def test_threads_and_processes_measure_the_same(muco: Path) -> None:
    dataset = open_dataset(muco)
    source = CheckSource(muco, pictures=False, ids=("shape", "reprojection", "same_fit"))
    alone = scan(dataset, detectors=source.detectors())
    for other in (
        scan(dataset, detectors=source.detectors(), workers=3),
        scan_in_processes(dataset, source, workers=2),
    ):
        assert np.array_equal(alone.position, other.position)
        assert np.array_equal(alone.code, other.code)
        assert np.allclose(alone.value, other.value)
        assert alone.detail.tolist() == other.detail.tolist()


def test_a_failing_detector_and_a_broken_record_are_noted_and_stop_nothing(tmp_path: Path) -> None:
    def fails(inspection: Inspection) -> Iterator[Measurement]:
        if inspection.position == 1:
            raise ZeroDivisionError("oh")
        yield Measurement(None, 1.0)

    class Records(Sequence[Record]):
        def __len__(self) -> int:
            return 4

        def __getitem__(self, index):  # type: ignore[no-untyped-def]
            if index == 2:
                raise SefdError("half a record")
            return Record(f"r{index}", "")

    detector = Detector("x", "X", "X.", "x is {value}", "", 0.5, (0.0, 1.0), fails)
    measured = scan(Dataset("broken", None, "", Records()), detectors=[detector])
    save_measurements(measured, tmp_path / "scan.npz")
    for version, told in ((detector.version, 2), (detector.version + 1, 1)):
        again = load_measurements(
            tmp_path / "scan.npz", [replace(detector, version=version)], state=measured.state
        )
        assert again is not None
        assert len(again.problems) == told, "the failure of a detector that was mended is not told again"
    assert [one.record for one in measured.findings()] == ["r0", "r3"]
    assert measured.problems == (
        "X failed: ZeroDivisionError: oh",
        "photo 3 cannot be read: half a record",
    )


def test_parameters_of_a_body_that_is_not_here_are_noted_once(muco: Path) -> None:
    record = open_dataset(muco).records[0]
    strange = [replace(one, smpl=replace(one.smpl, body_id="smpl-male")) for one in record.people if one.smpl]
    records = [replace(record, key=str(i), people=tuple(strange)) for i in range(3)]
    measured = scan(Dataset("", None, "", records), detectors=detectors_named(["reprojection", "shape"]))
    assert len(measured.values("reprojection")) == 0
    assert len(measured.values("shape")) == 3 * len(strange)
    (problem,) = measured.problems
    assert "smpl-male" in problem
    assert problem.endswith("(3 times)")


def test_cancelling_keeps_what_was_measured(muco: Path) -> None:
    dataset = open_dataset(muco)
    many = Dataset("many", None, "", [dataset.records[i % 6] for i in range(60)])
    told: list[tuple[int, int]] = []
    measured = scan(
        many,
        detectors=detectors_named(["shape"]),
        progress=lambda done, total: told.append((done, total)),
        cancelled=lambda: len(told) == 2,
    )
    assert 0 < measured.scanned < 60
    assert told[-1] == (measured.scanned, 60)
    assert set(measured.position) == set(range(measured.scanned))


def test_only_some_positions(muco: Path) -> None:
    measured = scan(open_dataset(muco), detectors=detectors_named(["shape"]), positions=[4, 1])
    assert set(measured.position) == {1, 4}


def test_a_kept_scan_is_there_again_until_set_or_detector_change(muco: Path, tmp_path: Path) -> None:
    dataset = open_dataset(muco)
    measured = scan(dataset, detectors=quick())
    path, state = measurements_path(dataset, folder=tmp_path), state_of(dataset)
    save_measurements(replace(measured, state=state), path)
    again = load_measurements(path, quick(), state=state)
    assert again is not None
    assert again.findings() == measured.findings()
    assert again.to_polars().equals(measured.to_polars())

    newer = [replace(one, version=2) if one.id == "oks" else one for one in quick()]
    partly = load_measurements(path, newer, state=state)
    assert partly is not None
    assert not partly.has("oks")
    assert partly.has("shape")
    completed = partly.joined(scan(dataset, detectors=detectors_named(["oks"])))
    assert len(completed) == len(measured)
    assert set(flagged(completed)) == set(flagged(measured))

    (muco / "notes.json").write_text("{}")
    assert load_measurements(path, quick(), state=state_of(dataset)) is None
    (muco / "notes.json").unlink()


def test_a_scan_is_void_when_a_picture_or_a_body_is_another_one(muco: Path, tmp_path: Path) -> None:
    def state(*bodies: Path) -> str:
        return state_of(open_dataset(muco), bodies)

    body, regressor, before = tmp_path / "SMPL_MALE.pkl", tmp_path / "J_regressor_extra.npy", state()
    body.write_bytes(b"one")
    states = [before, state(body), state(tmp_path)]
    body.write_bytes(b"another")
    states += [state(body), state(tmp_path)]
    regressor.write_bytes(b"joints")
    states += [state(body), state(tmp_path)]
    picture = muco / "augmented_set" / "000002.jpg"
    repaired = picture.read_bytes()
    picture.write_bytes(b"")
    states.append(state())
    assert len(set(states)) == len(states)
    picture.write_bytes(repaired)
    os.utime(picture, ns=(0, 0))
    assert state() not in states


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_broken_or_missing_file_is_no_scan(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "scan.npz"
    if content is not None:
        path.write_bytes(content)
    assert load_measurements(path, quick(), state="x") is None


def test_shipped_plugins_detectors_load_and_measure(muco: Path) -> None:
    plugins = find_plugins([Path(__file__).parents[2] / "plugins"])
    detectors, problems = load_review_detectors(plugins)
    assert [one.id for one in detectors] == ["far_away.distance"]
    assert not problems
    measured = api.scan(open_dataset(muco), detectors=detectors)
    assert measured.counts({"far_away.distance": 0.1}) == {"far_away.distance": len(measured)}


def test_a_broken_plugin_is_told_and_skipped(tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "plugin.toml").write_text(
        '[plugin]\ntitle = "Odd"\n[[review_detectors]]\nid = "a"\ndetector = "odd:A"\n'
        '[[review_detectors]]\nid = "b"\ndetector = "odd:B"\n'
    )
    (folder / "odd.py").write_text("A = 3\n")
    detectors, problems = load_review_detectors(find_plugins([tmp_path]))
    assert detectors == ()
    assert "odd:A is not a detector" in problems[0]
    assert "odd:B cannot be loaded" in problems[1]


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        main([str(word) for word in words])
    return int(stopped.value.code or 0)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("cache")
def test_check_measures_again_after_a_repair(muco: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = muco / "augmented_set" / "000001.jpg"
    good, said = picture.read_bytes(), []
    for content in (b"", good):
        picture.write_bytes(content)
        assert run("check", muco, "--no-pictures", "--detector", "picture_missing") == 1
        said.append("augmented_set/000001.jpg" in capsys.readouterr().out)
    assert said == [True, False]


@pytest.mark.usefixtures("cache")
def test_missing_pictures_are_told_once(
    muco: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Many by their folder; where none is here that is no fault of the records, and no all-clear."""
    whole = tmp_path / "MuCo"
    shutil.copytree(muco, whole)
    pictures = sorted((whole / "augmented_set").glob("*.jpg"))
    options = ("--detector", "shape", "--threshold", "shape=6", "--detector", "picture_missing")
    for picture in pictures[:-1]:
        picture.unlink(missing_ok=True)
    assert run("check", whole, *options) == 1
    out = capsys.readouterr().out
    assert (
        f"  {len(open_dataset(whole).records) - 1} pictures of augmented_set: The picture is not there" in out
    )
    assert "1 finding in" in out
    pictures[-1].unlink()
    report = tmp_path / "report.json"
    assert run("check", whole, *options, "--json", report) == 3
    out = " ".join(capsys.readouterr().out.split())
    assert "No findings in 6 photos. That is not an all-clear: none of the 6 pictures is here" in out
    assert not json.loads(report.read_text())["findings"]


@pytest.mark.usefixtures("cache")
def test_the_command_line_tells_finds_and_writes(
    muco: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, table = tmp_path / "report.json", tmp_path / "table.csv"
    options = ("--detector", "shape", "--detector", "picture_missing", "--json", report, "--csv", table)
    options += ("--ids", tmp_path / "ids.txt")
    assert run("check", muco, "--workers", 1, *options) == 1
    out = capsys.readouterr().out
    assert "augmented_set/000000.jpg, person 0: beta 3 is -5.5" in out
    assert "2 findings in 6 photos." in out
    assert [one["detector"] for one in json.loads(report.read_text())["findings"]] == [
        "shape",
        "picture_missing",
    ]
    listed = read_exclude_list(tmp_path / "ids.txt")
    assert listed.leaves_out("augmented_set/000000.jpg", "0")
    assert listed.leaves_out("augmented_set/000004.jpg")
    assert len(listed) == 2
    lines = table.read_text().splitlines()
    assert lines[0] == "record,person,detector,value,unit,finding,sentence"
    assert len(lines) > 10

    (tmp_path / "ids.txt").write_text("augmented_set/000000.jpg\t0\nelsewhere.jpg\n")
    assert run("check", muco, *options[:4], "--exclude", tmp_path / "ids.txt") == 1
    told = capsys.readouterr()
    assert "1 finding in" in told.out
    assert "000000.jpg, person 0" not in told.out
    assert "elsewhere.jpg" in told.err

    assert run("check", muco, "--threshold", "shape=6", "--detector", "shape") == 0
    assert "Measured in an earlier scan" in capsys.readouterr().err


@pytest.mark.usefixtures("cache")
def test_without_annotations_the_status_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from PIL import Image

    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    assert run("check", tmp_path, "--detector", "shape", "--workers", 1) == 2
    assert "Nothing could be checked" in capsys.readouterr().out


@pytest.mark.usefixtures("cache")
def test_nothing_found_where_nobody_has_a_body_is_no_all_clear(
    muco: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fits, report, options = muco / "smpl_param.json", tmp_path / "r.json", ("--no-pictures", "--json")
    limits = ("--threshold", "picture_missing=1")
    kept = fits.rename(tmp_path / "gone.json")
    try:
        assert run("check", muco, *limits, *options, report) == 3
    finally:
        kept.rename(fits)
    assert "not an all-clear: nobody has a body that could be measured" in capsys.readouterr().out
    assert json.loads(report.read_text())["all_clear"] is False
    assert run("check", muco, "--detector", "shape", "--threshold", "shape=6", *options, report) == 0
    assert json.loads(report.read_text())["all_clear"] is True


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--detector", "nonsense"), "there is no detector nonsense"),
        (("--threshold", "shape"), "'shape' is not a threshold"),
        (("--threshold", "nonsense=1"), "there is no detector nonsense"),
    ],
)
def test_wrong_words_are_told(
    options: tuple[str, str], words: str, muco: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("check", muco, *options) == 2
    assert words in capsys.readouterr().err


def test_thresholds_are_read() -> None:
    assert read_thresholds(["shape=2.5", "oks=0.7"], built_in_detectors()) == {"shape": 2.5, "oks": 0.7}


def test_the_detectors_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    main_words = ["check", "--list"]
    with pytest.raises(SystemExit) as stopped:
        main(main_words)
    assert stopped.value.code in (0, None)
    out = capsys.readouterr().out
    assert all(one.id in out for one in built_in_detectors())
