"""`sefd-viewer`: opens the window, or runs the subcommand named by the first word.

`--verbose` anywhere tells more on the terminal; `--install-completion` and `--show-completion` make bash, zsh
or fish complete words: the shell that is named, else the one that runs.

A first word that is a subcommand always means the subcommand; `sefd-viewer ./train` opens a
file or folder that happens to be called `train`. Subcommands are imported when they are used.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from sefd_viewer.atomic import FULL
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    import typer

PROGRAM = "sefd-viewer"
DEBUG_VARIABLE = "SEFD_VIEWER_DEBUG"
COMPLETION_VARIABLE = "_SEFD_VIEWER_COMPLETE"
"""Set by a shell that wants a word completed (typer)."""
_WORDS_VARIABLES = ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")
"""Where shells put the line so far: bash, the others."""
_NAMED_SHELL_VARIABLE = "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION"
"""Has typer take a shell's name instead of finding out which one runs."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Subcommand:
    """A function behind a word on the command line, named without importing it."""

    module: str
    function: str
    help: str

    def load(self) -> Callable[..., Any]:
        """The function itself."""
        return getattr(importlib.import_module(self.module), self.function)


SUBCOMMANDS = {
    "what": Subcommand("sefd_viewer.cli.what", "what", "Say what files are and which commands take them."),
    "predict": Subcommand(
        "sefd_viewer.cli.predict", "predict", "Estimate bodies in photos; write meshes, joints and overlays."
    ),
    "weights": Subcommand("sefd_viewer.cli.weights", "weights", "Say what a weights file contains."),
    "doctor": Subcommand(
        "sefd_viewer.cli.doctor", "doctor", "Check this machine and print a report to copy."
    ),
    "desktop": Subcommand(
        "sefd_viewer.cli.desktop", "desktop", "Add a menu entry, an icon and a manual page (Linux)."
    ),
    "index": Subcommand(
        "sefd_viewer.cli.index", "index", "Read a data set once, so that it opens at once later."
    ),
    "synthesize": Subcommand(
        "sefd_viewer.cli.synthesize", "synthesize", "Make synthetic crowd scenes with complete truth."
    ),
    "estimate-poses": Subcommand(
        "sefd_viewer.cli.synthesize",
        "estimate_poses",
        "Simulate a detector's 2D poses for a set with true bodies.",
    ),
    "evaluate": Subcommand("sefd_viewer.cli.evaluate", "evaluate", "Measure methods over a data set."),
    "occlude": Subcommand(
        "sefd_viewer.cli.occlude", "occlude", "Hide growing parts of people and plot how errors grow."
    ),
    "gate": Subcommand("sefd_viewer.cli.gate", "gate", "Fail if a method is worse than in an earlier run."),
    "report": Subcommand("sefd_viewer.cli.report", "report", "Write an HTML report about cases of a run."),
    "edges": Subcommand("sefd_viewer.cli.edges", "edges", "Make the mesh edge maps of a data set."),
    "render": Subcommand("sefd_viewer.cli.render", "render", "Draw bodies over the photos of a data set."),
    "verify": Subcommand("sefd_viewer.cli.verify", "verify", "Check cameras and bodies of a data set."),
    "verdicts": Subcommand(
        "sefd_viewer.cli.verdicts", "verdicts", "List, export and merge reviewers' verdicts."
    ),
    "convert": Subcommand(
        "sefd_viewer.cli.convert", "convert", "Write a capture as Human3.6M, or bodies for other programs."
    ),
    "capture": Subcommand(
        "sefd_viewer.cli.capture", "capture", "Make a capture from synchronised videos and a calibration."
    ),
    "fit": Subcommand("sefd_viewer.cli.fit", "fit", "Fit bodies to people seen by several cameras."),
    "check": Subcommand("sefd_viewer.cli.check", "check", "Look for bad annotations in a data set."),
    "export": Subcommand(
        "sefd_viewer.cli.weights", "export", "Write weights as safetensors, .pth.tar or ONNX."
    ),
    "profile": Subcommand("sefd_viewer.cli.weights", "profile", "Count parameters and multiply-accumulates."),
    "train": Subcommand("sefd_viewer.cli.train", "train", "Train a network on scenes or annotated sets."),
    "ablate": Subcommand(
        "sefd_viewer.cli.ablate",
        "ablate",
        "Train variants of a network under equal conditions and compare them.",
    ),
}
WINDOW = Subcommand("sefd_viewer.cli.window", "window", "Open the window.")


VERBOSE = "--verbose"
EXTRAS = {"lightning": "train", "onnxscript": "onnx", "pxr": "usd"}
"""Packages that only an extra installs, by the name under which they are imported."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 well, 2 for an error with words on one line."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if COMPLETION_VARIABLE in os.environ or (words and words[0].endswith("-completion")):
        _complete(words)
        return
    _start_log(words)
    try:
        _run_with_extras([word for word in words if word != VERBOSE])
    except SefdError as error:
        _log.info("ended with: %s", error, exc_info=True)
        if os.environ.get(DEBUG_VARIABLE) == "1":
            raise
        _end(str(error))
    except OSError as error:
        if error.errno not in FULL or os.environ.get(DEBUG_VARIABLE) == "1":
            raise
        _end(f"what the command says cannot be written ({error.strerror}). Make room on the disk")
    except Exception:
        _log.exception("ended by a fault of the program")
        raise


def _end(words: str) -> NoReturn:
    print(f"{PROGRAM}: {words}", file=sys.stderr)
    raise SystemExit(2)


def _start_log(words: Sequence[str]) -> None:
    from sefd_viewer.cli.logs import start_log

    start_log(words, verbose=VERBOSE in words)


def _complete(words: Sequence[str]) -> None:
    """Answer a shell that completes a word, or print or install what makes it ask."""
    line = next((os.environ[name] for name in _WORDS_VARIABLES if name in os.environ), "").split()
    if len(words) > 1:
        os.environ[_NAMED_SHELL_VARIABLE] = "1"
    app = together(SUBCOMMANDS)
    if len(line) > 1 and line[1] not in SUBCOMMANDS and line[-1].startswith("-"):
        import typer

        app = typer.Typer(pretty_exceptions_enable=False)
        app.command()(WINDOW.load())
    app(list(words), prog_name=PROGRAM)


def together(commands: Mapping[str, Subcommand]) -> typer.Typer:
    """These commands as one program with subcommands."""
    import typer

    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
    for name, command in commands.items():
        loaded = command.load()
        if isinstance(loaded, typer.Typer):
            app.add_typer(loaded, name=name, help=command.help)
        else:
            app.command(name, help=command.help)(loaded)
    return app


def _run_with_extras(words: list[str]) -> None:
    """Run, and say which extra to install where a package of one is missing."""
    try:
        _run(words)
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        raise SefdError(
            f"this needs the package {error.name}", remedy=f'pip install "sefd-viewer[{EXTRAS[error.name]}]"'
        ) from error


def _run(words: list[str]) -> None:
    if words and words[0] in SUBCOMMANDS:
        _switch_plugins()
        name = words[0]
        _parse(SUBCOMMANDS[name], words[1:], program=f"{PROGRAM} {name}")
    elif any(word.startswith("-") for word in words):
        try:
            _parse(WINDOW, words, program=PROGRAM)
        finally:
            if "--help" in words:
                print(_commands())
    else:  # nothing to parse: the window need not wait for the parser's import, a tenth of a second
        from sefd_viewer.cli.window import open_window

        raise SystemExit(open_window([Path(word) for word in words]))


def _switch_plugins() -> None:
    """Plugins are on and off as in the window's preferences, unless the environment says it."""
    from sefd_viewer.app.plugins import switch
    from sefd_viewer.app.settings import load_settings, settings_path
    from sefd_viewer.plugin_code import OFF, ON

    chosen = load_settings(settings_path())[0]
    if (chosen.plugins_off or chosen.plugins_on) and not {OFF, ON} & os.environ.keys():
        switch(chosen.plugins_off, chosen.plugins_on)


def _parse(command: Subcommand, words: list[str], *, program: str) -> None:
    import typer

    loaded = command.load()
    if isinstance(loaded, typer.Typer):  # a group of commands
        app = loaded
    else:
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")
        app.command()(loaded)
    app(words, prog_name=program)


def _commands() -> str:
    """The subcommands, one a line, for the end of `sefd-viewer --help`."""
    width = max(map(len, SUBCOMMANDS))
    lines = [f"   {name:<{width}}  {command.help}" for name, command in SUBCOMMANDS.items()]
    more = f" {PROGRAM} COMMAND --help explains a command; --verbose prints the log to the terminal."
    shells = f" {PROGRAM} --install-completion makes bash, zsh or fish complete commands and options."
    return "\n".join([" Commands:", *lines, "", more, shells])
