"""The command line: which word means what, what is loaded, what a person reads when it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import pytest
import typer

from sefd_viewer import __version__
from sefd_viewer.cli import main as command_line
from sefd_viewer.cli import window
from sefd_viewer.cli.logs import log_path, stop_log
from sefd_viewer.cli.main import SUBCOMMANDS, WINDOW, Subcommand, main
from sefd_viewer.errors import ImageError
from sefd_viewer.plugin_code import offers

CALLS: list[object] = []


def echo(words: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Remember the words."""
    CALLS.append(words)


def fail() -> None:
    """Fail as a reader does."""
    raise ImageError("this is not an image", where="a.jpg", remedy="Save it again")


def need_extra() -> None:
    """Import what only an extra installs."""
    raise ModuleNotFoundError("No module named 'lightning'", name="lightning")


@pytest.fixture
def fake_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    CALLS.clear()
    here = {"echo": "echo a word", "fail": "always fails", "need_extra": "cannot"}
    fakes = {name: Subcommand(__name__, name, text) for name, text in here.items()}
    monkeypatch.setattr(command_line, "SUBCOMMANDS", fakes)
    monkeypatch.setattr(command_line, "WINDOW", Subcommand(__name__, "echo", "opens"))
    monkeypatch.setattr(window, "open_window", lambda paths: CALLS.append(paths) or 0)
    monkeypatch.setattr(Subcommand, "load", lambda self: globals()[self.function])


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(words)
    return int(ended.value.code or 0)


@pytest.mark.usefixtures("fake_commands")
class TestDispatch:
    def test_a_subcommand_gets_the_words_after_it(self) -> None:
        assert run("echo", "a", "b") == 0
        assert CALLS == [["a", "b"]]

    def test_without_one_the_words_go_to_the_window(self) -> None:
        assert run("a.jpg", "echo") == 0
        assert run() == 0
        assert list(map(list, CALLS)) == [[Path("a.jpg"), Path("echo")], []]

    def test_with_options_too(self) -> None:
        assert run("--", "a.jpg") == 0
        assert CALLS == [["a.jpg"]]

    def test_a_path_with_the_name_of_a_subcommand_is_opened_with_a_dot(self) -> None:
        assert run("./echo") == 0
        assert list(map(list, CALLS)) == [[Path("./echo")]]

    def test_an_error_is_one_line_and_status_2(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("fail") == 2
        assert capsys.readouterr().err == "sefd-viewer: a.jpg: this is not an image. Save it again\n"

    def test_a_missing_extra_is_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("need_extra") == 2
        assert 'pip install "sefd-viewer[train]"' in capsys.readouterr().err

    def test_with_the_debug_variable_the_traceback_is_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SEFD_VIEWER_DEBUG", "1")
        with pytest.raises(ImageError):
            main(["fail"])

    def test_a_wrong_option_is_status_2(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("echo", "--no-such-option") == 2
        assert "--no-such-option" in capsys.readouterr().err


@pytest.mark.parametrize("command", [*SUBCOMMANDS.values(), WINDOW], ids=[*SUBCOMMANDS, "window"])
def test_every_subcommand_is_there_and_says_what_it_does(command: Subcommand) -> None:
    assert command.help.endswith(".")
    assert (command.load().__doc__ or "").strip()


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"sefd-viewer {__version__}\n"


@pytest.mark.parametrize(
    "words", [["--help"], ["doctor", "--help"], ["weights", "--help"], ["predict", "--help"]]
)
def test_help_is_quick_because_it_loads_nothing_heavy(words: list[str]) -> None:
    code = f"""
import sys
from sefd_viewer.cli.main import main
try:
    main({words})
finally:
    print("LOADED", {{"torch", "PySide6", "vtkmodules", "cv2", "numba"}} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED set()"


def test_main_py_is_the_same_program() -> None:
    script = Path(__file__).parents[2] / "main.py"
    done = subprocess.run([sys.executable, script, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"sefd-viewer {__version__}\n"


def test_a_module_is_the_same_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sefd_viewer", "--version"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stdout.strip() == f"sefd-viewer {__version__}"


@pytest.mark.usefixtures("fake_commands")
def test_what_went_wrong_is_in_the_log_and_on_the_terminal_if_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert run("fail") == 2
    text = log_path().read_text()
    assert log_path().is_relative_to(tmp_path)
    assert f"INFO sefd_viewer: {__version__}" in text
    assert "Traceback" in text
    assert "Traceback" not in capsys.readouterr().err
    assert run("fail", "--verbose") == 2
    assert "Traceback" in capsys.readouterr().err
    stop_log()


@pytest.mark.usefixtures("fake_commands")
def test_the_log_can_be_turned_off_and_never_stops_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert run("echo") == 0
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("SEFD_VIEWER_LOG", "off")
    assert run("echo") == 0
    assert not log_path().exists()
    stop_log()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands_and_their_options(shell: str) -> None:
    words = {
        "bash": {"COMP_WORDS": "sefd-viewer ver", "COMP_CWORD": "1"},
        "zsh": {"_TYPER_COMPLETE_ARGS": "sefd-viewer ver"},
        "fish": {"_TYPER_COMPLETE_ARGS": "sefd-viewer ver", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    environment = {**os.environ, "_SEFD_VIEWER_COMPLETE": f"complete_{shell}", **words}
    done = subprocess.run(
        [sys.executable, "-m", "sefd_viewer"], capture_output=True, text=True, check=False, env=environment
    )
    assert "verify" in done.stdout
    assert "verdicts" in done.stdout
    assert "train" not in done.stdout


def completed(**words: str) -> str:
    environment = os.environ | words
    command = [sys.executable, "-m", "sefd_viewer"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment).stdout


def test_a_shell_completes_options_of_the_window_too() -> None:
    line = {"COMP_WORDS": "sefd-viewer photo.jpg --th", "COMP_CWORD": "2"}
    assert completed(_SEFD_VIEWER_COMPLETE="complete_bash", **line).split() == ["--theme"]


@pytest.mark.parametrize(("shell", "words"), [("zsh", "#compdef"), ("fish", "complete ")])
def test_the_shell_that_is_named_is_the_one_that_is_helped(shell: str, words: str) -> None:
    command = [sys.executable, "-m", "sefd_viewer", "--show-completion", shell]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith(words)


def test_help_lists_the_commands_a_line_each_on_a_narrow_terminal() -> None:
    environment = os.environ | {"COLUMNS": "80"}
    command = [sys.executable, "-m", "sefd_viewer", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 90
    for name, one in SUBCOMMANDS.items():
        assert f"   {name:<14}  {one.help}" in lines


def test_commands_use_the_plugins_that_the_preferences_switch_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.toml").write_text('plugins_on = ["upright_bodies"]\nplugins_off = ["far_away"]\n')
    own = {name: value for name, value in os.environ.items() if not name.startswith("SEFD_VIEWER_PLUGINS")}
    monkeypatch.setattr(os, "environ", own | {"SEFD_VIEWER_SETTINGS": str(tmp_path / "settings.toml")})
    with pytest.raises(SystemExit):
        main(["check", "--list"])
    assert "far_away" not in capsys.readouterr().out
    assert [one.id for one in offers("methods")] == ["upright_bodies.upright"]
