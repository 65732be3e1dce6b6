"""The report of `sefd-viewer doctor`: every fault is named with what to do."""

from __future__ import annotations

import json
import pickle
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sefd_viewer.cli import doctor, probes
from sefd_viewer.cli.doctor import line
from sefd_viewer.cli.main import main
from sefd_viewer.cli.probes import ProbeError, run_probe


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", *words])
    return int(ended.value.code or 0)


@pytest.fixture
def all_probes_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "run_probe", lambda name: f"{name} works")
    monkeypatch.setattr(doctor, "SHIPPED", ("open_body.npz",))


@pytest.mark.usefixtures("all_probes_well")
def test_a_machine_that_has_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    printed = capsys.readouterr().out
    assert "PROBLEM" not in printed
    assert printed.endswith("Everything works.\n")
    for subject in ("Python", "packages", "Qt", "3D drawing", "networks", "settings", "SMPL files"):
        assert f" {subject}: " in printed


@pytest.mark.usefixtures("all_probes_well")
def test_a_fault_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "SHIPPED", ("open_body.npz", "no_such_file.npz"))
    assert run() == 1
    printed = capsys.readouterr().out
    assert "PROBLEM shipped files: missing: no_such_file.npz\n        -> Install sefd-viewer again" in printed
    assert printed.endswith("1 problem\n")


@pytest.mark.usefixtures("all_probes_well")
def test_edge_networks_that_are_not_installed_are_a_note_with_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sefd_viewer.resources.EDGE_NETWORKS", ("weights/none.safetensors",))
    monkeypatch.setattr(doctor, "EDGE_NETWORKS", ("weights/none.safetensors",))
    assert run() == 0
    printed = capsys.readouterr().out
    assert "edge networks: HED, SEE and SESD are not installed\n        -> pip install" in printed


@pytest.mark.usefixtures("all_probes_well")
def test_the_report_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json") == 0
    findings = json.loads(capsys.readouterr().out)
    assert {"subject", "state", "detail", "remedy"} == set(findings[0])


def test_every_package_that_the_program_needs_is_looked_for() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert set(doctor.PACKAGES) == {re.split(r"[<>=!]", need)[0] for need in project["dependencies"]}


def test_a_missing_package_comes_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "no-such-package"))
    assert "pip install no-such-package" in line(doctor.packages())


def test_two_opencv_packages_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "version", lambda _: "4.13")
    assert doctor.one_opencv().state == "note"


def probe_failure(monkeypatch: pytest.MonkeyPatch, program: str, tmp_path: Path) -> str:
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\n{program}\n")
    fake.chmod(0o755)
    monkeypatch.setattr(probes.sys, "executable", str(fake))
    with pytest.raises(ProbeError) as caught:
        run_probe("opengl", seconds=10)
    return str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="the fake program is a shell script")
@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("kill -SEGV $$", "crashed (signal 11)"),
        ("echo first >&2; echo 'no libEGL' >&2; exit 1", "failed: no libEGL"),
        ("exit 3", "failed"),
    ],
)
def test_a_probe_that_dies_is_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str, words: str
) -> None:
    assert probe_failure(monkeypatch, program, tmp_path) == words


@pytest.mark.skipif(sys.platform == "win32", reason="the fake program is a shell script")
def test_a_probe_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\nexec sleep 60\n")
    fake.chmod(0o755)
    monkeypatch.setattr(probes.sys, "executable", str(fake))
    with pytest.raises(ProbeError, match="no answer"):
        run_probe("qt", seconds=0.2)


@pytest.mark.parametrize("name", probes.PROBES)
def test_every_probe_answers_on_this_machine(name: str) -> None:
    assert run_probe(name)


def test_settings_that_cannot_be_read_are_a_note(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "settings.toml"
    broken.write_text("theme = [")
    monkeypatch.setenv("SEFD_VIEWER_SETTINGS", str(broken))
    finding = doctor.settings_file()
    assert finding.state == "note"
    assert str(broken) in (finding.remedy or "")


def test_the_screen_check_passes_on_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_screen() -> None:
        raise doctor.SefdError("there is no screen", remedy="Log in")

    check: Callable[[], None] = no_screen
    monkeypatch.setattr(doctor, "require_display", check)
    assert line(doctor.screen()) == "note    screen: there is no screen\n        -> Log in"


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Path], None]:
    def chosen(place: Path) -> None:
        settings = tmp_path / "settings.toml"
        settings.write_text(f"bodies = ['{place}']\n")
        monkeypatch.setenv("SEFD_VIEWER_SETTINGS", str(settings))

    return chosen


def body_files(folder: Path, count: int) -> None:
    for number in range(count):
        (folder / str(number)).mkdir(parents=True)
        body = pickle.dumps({"v_template": np.zeros((6890, 3))}, protocol=2)
        (folder / str(number) / "SMPL_NEUTRAL.pkl").write_bytes(body)


def test_of_many_smpl_files_some_are_named(tmp_path: Path, choose: Callable[[Path], None]) -> None:
    body_files(tmp_path / "models", 7)
    choose(tmp_path / "models")
    words = doctor.licensed_bodies().detail
    assert words.startswith(f"{tmp_path / 'models'}: 0/SMPL_NEUTRAL.pkl, ")
    assert words.count("SMPL_NEUTRAL.pkl") == 4
    assert words.endswith("and 3 more")


def test_only_chosen_folders_are_searched_for_smpl_files(
    tmp_path: Path, choose: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    body_files(tmp_path, 1)
    monkeypatch.chdir(tmp_path)
    assert doctor.licensed_bodies().detail == "none is chosen, so the open body is used"
    (tmp_path / "empty").mkdir()
    choose(tmp_path / "empty")
    finding = doctor.licensed_bodies()
    assert (finding.state, finding.detail) == (
        "note",
        f"{tmp_path / 'empty'}: no SMPL file in it (searched three levels deep)",
    )
    choose(tmp_path / "0" / "SMPL_NEUTRAL.pkl")
    assert doctor.licensed_bodies().detail == str(tmp_path / "0" / "SMPL_NEUTRAL.pkl")


def test_chosen_smpl_files_that_are_gone_are_told(tmp_path: Path, choose: Callable[[Path], None]) -> None:
    choose(tmp_path / "models")
    finding = doctor.licensed_bodies()
    assert finding.state == "note"
    assert finding.detail == f"{tmp_path / 'models'} is not there"
