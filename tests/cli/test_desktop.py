"""The program among the desktop's applications, its manual page, and the room that it takes."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sefd_viewer.cli.desktop import desktop_entry
from sefd_viewer.cli.main import SUBCOMMANDS, main


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert not ended.value.code
    return capsys.readouterr().out


@pytest.mark.skipif(sys.platform != "linux", reason="menu entries can be installed on Linux only")
def test_the_menu_entry_starts_the_program_and_goes_without_a_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert said(capsys, "desktop", "--install").count("wrote") == 3
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(tmp_path / "applications" / "sefd-viewer.desktop")
    start = entry["Desktop Entry"]["Exec"]
    assert start.endswith(" %F")
    command = [*shlex.split(start.removesuffix(" %F")), "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert re.search(r"\d+\.\d+", done.stdout)
    icon = tmp_path / "icons/hicolor/scalable/apps" / f"{entry['Desktop Entry']['Icon']}.svg"
    assert icon.read_text().startswith("<svg")
    said(capsys, "desktop", "--remove")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.skipif(sys.platform != "linux", reason="menu entries can be installed on Linux only")
def test_the_menu_entry_is_sound_wherever_python_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = tmp_path / 'my "50 %" $tools' / "python"
    monkeypatch.setattr(sys, "executable", str(odd))
    file = tmp_path / "sefd-viewer.desktop"
    file.write_text(desktop_entry())
    line = next(line for line in file.read_text().splitlines() if line.startswith("Exec="))
    quoted = re.fullmatch(r'Exec="(.*)" -m sefd_viewer %F', line.replace("\\\\", "\\"))
    assert quoted is not None
    assert re.sub(r"\\(.)", r"\1", quoted[1]).replace("%%", "%") == str(odd)
    if validator := shutil.which("desktop-file-validate"):
        done = subprocess.run([validator, str(file)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "")


def test_the_manual_page_tells_every_command_with_its_options(capsys: pytest.CaptureFixture[str]) -> None:
    page = said(capsys, "desktop", "--man")
    assert page.startswith(".TH SEFD-VIEWER 1")
    for name in SUBCOMMANDS:
        assert f".SS {name}\n" in page
    assert r"\fB\-\-screenshot\fR \fIFILE\fR" in page
    assert r"\fBSEFD_VIEWER_LOG\fR" in page
    assert not [line for line in page.splitlines() if line.startswith("'")]


def test_what_takes_room_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, "doctor", "--sizes")
    shipped, packages = text.split("\n\n")
    assert re.search(r"29\.4 +hed_bsds500", shipped)
    sizes = [float(size) for size in re.findall(r"^ *([\d.]+)  (?!all)", packages, re.MULTILINE)]
    assert sizes == sorted(sizes, reverse=True)
