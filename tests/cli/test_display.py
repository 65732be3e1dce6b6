"""The words a person reads where no window can open."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from sefd_viewer.cli import display
from sefd_viewer.cli.display import missing_library, require_display
from sefd_viewer.errors import SefdError


def test_without_a_screen_the_remedies_are_named() -> None:
    with pytest.raises(SefdError, match="no screen.*--screenshot"):
        require_display({}, "linux")


@pytest.mark.parametrize(
    ("environment", "platform"),
    [
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux"),
        ({"QT_QPA_PLATFORM": "vnc:size=800x600"}, "linux"),
        ({}, "darwin"),
        ({}, "win32"),
    ],
)
def test_other_ways_to_draw_are_left_to_qt(environment: dict[str, str], platform: str) -> None:
    require_display(environment, platform)


@pytest.mark.parametrize(
    "environment",
    [
        {"DISPLAY": ":987"},
        {"DISPLAY": "unix:987.0"},
        {"DISPLAY": "localhost:987"},
        {"DISPLAY": "nonsense"},
        {"DISPLAY": ":987", "QT_QPA_PLATFORM": "xcb"},
        {"WAYLAND_DISPLAY": "wayland-987"},
        {"WAYLAND_DISPLAY": "wayland-987", "DISPLAY": ":987"},
    ],
)
def test_a_screen_that_does_not_answer_is_named(environment: dict[str, str]) -> None:
    with pytest.raises(SefdError, match=r"the screen (DISPLAY|WAYLAND_DISPLAY)=.* does not answer. Log in"):
        require_display(environment, "linux")


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs sockets that have names")
def test_a_compositor_that_listens_is_left_to_qt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("wayland-0")
        server.listen()
        require_display({"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": "."}, "linux")
        require_display({"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": ".", "DISPLAY": ":987"}, "linux")


def test_a_missing_library_is_named_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "x11_answers", lambda _: True)
    monkeypatch.setattr(display, "missing_library", lambda _: "libxcb-cursor.so.0: cannot open")
    with pytest.raises(SefdError, match=r"libxcb-cursor\.so\.0.*apt-get install .*libxcb-cursor0"):
        require_display({"DISPLAY": ":0"}, "linux")


def test_what_the_loader_says_is_passed_on(tmp_path: Path) -> None:
    broken = tmp_path / "libqxcb.so"
    broken.write_bytes(b"not a library")
    assert "libqxcb.so" in (missing_library(broken) or "")
    assert missing_library(None) is None


def test_the_test_command_installs_the_libraries_that_the_remedy_names() -> None:
    script = Path(__file__).parents[1].joinpath("run").read_text("utf-8")
    assert set(display.DEBIAN_LIBRARIES.split()) <= set(script.replace('"', " ").split())
