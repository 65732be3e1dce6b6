"""`sefd-viewer desktop`: the program among the desktop's applications, and its manual page."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sefd_viewer import __version__
from sefd_viewer.atomic import write_file
from sefd_viewer.cli.main import PROGRAM, SUBCOMMANDS, WINDOW, together
from sefd_viewer.errors import SefdError
from sefd_viewer.resources import resource_path

if TYPE_CHECKING:
    from collections.abc import Iterator

SUMMARY = "See, compare and check 3D human meshes under occlusion"
_DESKTOP, _ICON = f"applications/{PROGRAM}.desktop", f"icons/hicolor/scalable/apps/{PROGRAM}.svg"
_MANUAL = f"man/man1/{PROGRAM}.1"
_KINDS = "image/jpeg;image/png;video/mp4;"

_DESCRIPTION = (
    "Without a command, open a window on photos, folders, videos or data sets. With a command, do its work "
    "without a window. A first word that is a command's name is a command; write ./train for a folder called "
    "train."
)
_VARIABLES = {
    "SEFD_VIEWER_LOG": "Least level written to the log file: debug, info, warning, error, or off.",
    "SEFD_VIEWER_DEBUG": "With 1, errors end in a traceback.",
    "SEFD_VIEWER_SETTINGS": "File of the settings.",
    "SEFD_VIEWER_CACHE": "Folder of the indexes of large data sets.",
    "SEFD_VIEWER_RUNS": "Folder of the runs of evaluate.",
}


def desktop(
    install: Annotated[
        bool,
        typer.Option("--install", help="Install icon, menu entry and manual page into your data folder."),
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Remove them again.")] = False,
    manual: Annotated[bool, typer.Option("--man", help="Print the manual page (in roff).")] = False,
) -> None:
    """Add the program to the desktop's applications (Linux), with an icon and a manual page."""
    if manual:
        print(manual_page(), end="")
        return
    if install == remove:
        raise SefdError("there is nothing to do", remedy="Add --install, --remove or --man")
    if sys.platform != "linux":
        raise SefdError("menu entries can be installed on Linux only", remedy=f"Start it with {PROGRAM}")
    for path, content in files().items():
        if remove:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_file(path, content)
        print(f"{'removed' if remove else 'wrote'} {path}")


def files() -> dict[Path, bytes]:
    """What belongs where, in the user's data folder."""
    import platformdirs

    data = Path(platformdirs.user_data_dir())
    return {
        data / _DESKTOP: desktop_entry().encode(),
        data / _ICON: resource_path("icon.svg").read_bytes(),
        data / _MANUAL: manual_page().encode(),
    }


def desktop_entry() -> str:
    """The menu entry (freedesktop.org's desktop entry 1.1); it starts this installation."""
    return f"""[Desktop Entry]
Type=Application
Version=1.1
Name=SEFD viewer
Comment={SUMMARY}
Exec={_quoted(sys.executable)} -m sefd_viewer %F
Icon={PROGRAM}
Categories=Science;DataVisualization;ImageProcessing;
MimeType={_KINDS}
StartupWMClass={PROGRAM}
Terminal=false
"""


def _quoted(word: str) -> str:
    """A word of a command as desktop entries quote it: in double quotes, which a shell's are not always."""
    inside = re.sub(r'(["`$\\])', r"\\\1", word).replace("\\", "\\\\").replace("%", "%%")
    return f'"{inside}"' if re.search(r"[^\w@+./:-]", word) else inside


def manual_page() -> str:
    """The manual page (roff, man macros), made of what the commands say of themselves."""
    parsed: Any = typer.main.get_command(together({**SUBCOMMANDS, PROGRAM: WINDOW}))
    commands: dict[str, Any] = dict(parsed.commands)
    window = commands.pop(PROGRAM)
    lines = [
        f'.TH {PROGRAM.upper()} 1 "" "{PROGRAM} {__version__}" "User Commands"',
        ".SH NAME",
        f"{PROGRAM} \\- {_plain(SUMMARY[0].lower() + SUMMARY[1:])}",
        ".SH SYNOPSIS",
        *(
            f".B {PROGRAM}",
            "[\\fIINPUT\\fR...]",
            ".br",
            f".B {PROGRAM}",
            "\\fICOMMAND\\fR [\\fIOPTION\\fR...]",
        ),
        ".SH DESCRIPTION",
        _plain(_DESCRIPTION),
        ".SH OPTIONS",
        *_options(window),
        ".SH COMMANDS",
    ]
    for name in sorted(commands):
        lines += [f".SS {name}", *_command(commands[name])]
    lines += [".SH ENVIRONMENT"]
    for name, words in _VARIABLES.items():
        lines += [".TP", f"\\fB{_plain(name)}\\fR", _plain(words)]
    doctor = f"\\fB{PROGRAM} doctor\\fR says what this machine has and lacks, and where the log is."
    lines += [".SH SEE ALSO", doctor]
    return "\n".join(lines) + "\n"


def _command(command: Any) -> Iterator[str]:
    """A command's words and options; those of a group one after the other."""
    yield _plain(command.help or "")
    yield from _options(command)
    for name, inner in getattr(command, "commands", {}).items():
        yield from (".PP", f".B {name}", ".br", _plain(inner.help or ""), *_options(inner))


def _options(command: Any) -> Iterator[str]:
    for one in command.params:
        if one.name == "help" or getattr(one, "hidden", False):
            continue
        is_flag = getattr(one, "is_flag", False)
        names = ", ".join(one.opts) if one.param_type_name == "option" else (one.metavar or one.name.upper())
        named = one.metavar or one.name.upper()
        value = "" if is_flag or one.param_type_name == "argument" else f" \\fI{_plain(named)}\\fR"
        yield from (".TP", f"\\fB{_plain(names)}\\fR{value}", _plain(getattr(one, "help", "") or ""))


def _plain(text: str) -> str:
    """Text as roff takes it: one line, no marks of its own."""
    words = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{words}" if words.startswith((".", "'")) else words
