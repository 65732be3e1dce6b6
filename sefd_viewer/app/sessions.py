"""Sessions: what is open and how it is seen, in a file that opens elsewhere; the view as a command."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.command import Command
from sefd_viewer.app.settings import SAMPLE
from sefd_viewer.app.views import preferences_in, view_of, with_view
from sefd_viewer.atomic import write_file
from sefd_viewer.errors import DAMAGED, SefdError
from sefd_viewer.plain_files import is_there
from sefd_viewer.resources import resource_path

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.effects import CommandContext
    from sefd_viewer.app.state import ViewerState

ENDING = ".sefd-session.json"
FORMAT = "sefd-session-1"
SHIPPED = "shipped:"
"""Begins a path inside what comes with the program, wherever that is installed."""

Ask = Callable[[str], str | None]
"""Asks where a file or folder is that is not at a path any more; None where nobody says."""


@dataclass(frozen=True)
class Session:
    """`inputs` are what is open (none: the sample), `view` is how it is seen, `layout` is Qt's words."""

    inputs: tuple[str, ...] = ()
    view: Mapping[str, Any] = field(default_factory=dict)
    layout: Mapping[str, str] = field(default_factory=dict)


def session_of(controller: Controller, layout: Mapping[str, str]) -> Session:
    """The session as it is now."""
    return Session(controller.inputs, view_of(controller.state), dict(layout))


def write_session(path: Path, session: Session) -> None:
    """Write a session; paths are absolute, and beside them as seen from the file. SefdError if impossible."""
    here = path.resolve().parent
    paths = {one: _beside(one, here) for one in paths_in(session)}
    table = {"format": FORMAT, **vars(session), "paths": paths}
    try:
        write_file(path, json.dumps(table, indent=1, ensure_ascii=False).encode("utf-8", "surrogateescape"))
    except OSError as error:
        remedy = "Choose a folder you may write to, with room in it"
        raise SefdError(
            f"the session cannot be written ({error.strerror})", where=path, remedy=remedy
        ) from error


def read_session(path: Path, ask: Ask) -> Session:
    """Read a session; what moved is found beside the file, else `ask` tells. SefdError for another file."""
    try:
        table = json.loads(path.read_text("utf-8", "surrogateescape"))
        if table["format"] != FORMAT:
            raise ValueError(f"its format is {table['format']}")
        session = Session(tuple(map(str, table["inputs"])), dict(table["view"]), dict(table["layout"]))
        beside = {str(one): str(relative) for one, relative in dict(table["paths"]).items()}
        named = dict.fromkeys((*paths_in(session), *beside))
    except (OSError, RecursionError, *DAMAGED) as error:
        remedy = f"Open a file that File > Save session… wrote (*{ENDING})"
        raise SefdError(f"this is not a session ({error})", where=path, remedy=remedy) from error
    moves: dict[str, str] = {}
    for one in named:
        moves[one] = _found(one, path.resolve().parent, beside.get(one, ""), moves, ask)
    return rerooted(session, moves)


def paths_in(session: Session) -> tuple[str, ...]:
    """Every path that a session names, what is open first: also of methods, maps, and what plugins keep."""
    view = session.view
    preferences = view.get("preferences", {})
    named = [*session.inputs, view.get("poses"), *dict(preferences.get("weights", {})).values()]
    named += [*preferences.get("bodies", []), view.get("slices", {}).get("people", {}).get("run")]
    named += [one for one in _strings(view) if os.path.isabs(one) and is_there(Path(one))]
    return tuple(dict.fromkeys(str(one) for one in named if one))


def _strings(value: Any) -> Iterator[str]:
    """Every text in plain values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from chain.from_iterable(map(_strings, value.values()))
    elif isinstance(value, list | tuple):
        yield from chain.from_iterable(map(_strings, value))


def rerooted(session: Session, moves: Mapping[str, str]) -> Session:
    """The session with paths where they are now."""

    def moved(value: Any) -> Any:
        if isinstance(value, str):
            return moves.get(value, value)
        if isinstance(value, Mapping):
            return {key: moved(one) for key, one in value.items()}
        return [moved(one) for one in value] if isinstance(value, list) else value

    return replace(session, inputs=tuple(map(moved, session.inputs)), view=moved(session.view))


def open_session(controller: Controller, session: Session) -> None:
    """Open what a session is about, seen as it was."""
    if chosen := preferences_in(session.view):
        controller.change_settings(**chosen)
    controller.open(session.inputs, begin=lambda state: with_view(state, session.view))
    poses = session.view.get("poses")
    if poses and not str(poses).startswith(str(resource_path("."))):
        controller.use_poses(str(poses))


def as_command(session: Session, size: tuple[int, int]) -> str:
    """The command that shows the same: add --screenshot FILE for a picture without a screen."""
    words = ["sefd-viewer", *(session.inputs or ("--sample",))]
    words += ["--view", json.dumps(session.view, ensure_ascii=False), "--size", f"{size[0]}x{size[1]}"]
    return shlex.join(words)


def as_python(session: Session, size: tuple[int, int]) -> str:
    """A program that makes a picture of the same."""
    return (
        "from sefd_viewer import api\n\n"
        f"view = {session.view!r}\n"
        f"image = api.window_picture({list(session.inputs)!r}, view=view, size={size!r})  # (H, W, 3) RGB\n"
    )


# ---- commands


def session_commands() -> list[Command]:
    """Saving, opening and copying what is seen."""
    return [
        Command(
            "save_session",
            "Save session…",
            _save,
            ("Ctrl+Shift+S",),
            "What is open, where one stands, methods, edge settings, layout",
            _has_dataset,
        ),
        Command("open_session", "Open session…", _open, ("Ctrl+Alt+O",), "What was saved, here or elsewhere"),
        Command(
            "copy_view_command",
            "Copy as command",
            _copy_command,
            (),
            "The command that shows exactly this view; with --screenshot it needs no screen",
            _has_dataset,
        ),
        Command(
            "copy_python",
            "Copy as Python",
            _copy_python,
            (),
            "A program that makes a picture of exactly this view",
            _has_dataset,
        ),
    ]


def _has_dataset(controller: Controller) -> bool:
    return controller.content.dataset is not None


def _save(context: CommandContext) -> None:
    if path := context.shell.ask("session export"):
        write_session(Path(path), session_of(context.controller, context.shell.layout()))
        context.controller.say(f"Saved {path}")


def _open(context: CommandContext) -> None:
    if path := context.shell.ask("session"):
        open_file(context, path)


def open_file(context: CommandContext, path: str) -> None:
    """Open the session in a file, with the window arranged as it was. SefdError with words."""
    session = read_session(Path(path), context.shell.ask_moved)
    open_session(context.controller, session)
    context.shell.restore_layout(session.layout)


def _copy_command(context: CommandContext) -> None:
    context.shell.copy(as_command(session_of(context.controller, {}), context.shell.size()))
    context.controller.say("The command is on the clipboard")


def _copy_python(context: CommandContext) -> None:
    context.shell.copy(as_python(session_of(context.controller, {}), context.shell.size()))
    context.controller.say("The program is on the clipboard")


# ---- where things are


def _beside(path: str, here: Path) -> str:
    """A path as seen from the session's folder, or inside what comes with the program."""
    shipped = resource_path(".").resolve()
    absolute = Path(path).resolve()
    if absolute.is_relative_to(shipped):
        return SHIPPED + absolute.relative_to(shipped).as_posix()
    try:
        return Path(os.path.relpath(absolute, here)).as_posix()
    except ValueError:  # another drive
        return ""


def _found(path: str, here: Path, beside: str, moves: Mapping[str, str], ask: Ask) -> str:
    """Where a path is now: as it was, beside the file, moved as others were, or where somebody says."""
    if beside.startswith(SHIPPED):
        return str(resource_path(beside.removeprefix(SHIPPED)))
    if path == SAMPLE:
        return path
    candidates = [path, *([str((here / beside).resolve())] if beside else []), *_moved_along(path, moves)]
    candidates += [str(here / Path(*Path(path).parts[-depth:])) for depth in (3, 2, 1)]
    for one in candidates:
        if is_there(Path(one)):
            return one
    return ask(path) or path


def _moved_along(path: str, moves: Mapping[str, str]) -> Sequence[str]:
    """Where a path would be had it moved with others."""
    found = []
    for old, new in moves.items():
        if old == new:
            continue
        before, after = list(Path(old).parts), list(Path(new).parts)
        while before and after and before[-1] == after[-1]:
            before.pop()
            after.pop()
        root = Path(*before) if before else Path()
        if Path(path).is_relative_to(root):
            found.append(str(Path(*after) / Path(path).relative_to(root)))
    return found


def begin_view(text: str) -> tuple[dict[str, Any], Callable[[ViewerState], ViewerState]]:
    """What `--view` says: preferences, and what makes the view. SefdError where it is no JSON object."""
    try:
        view = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SefdError(f"--view is not JSON ({error})", remedy="Copy it with “Copy as command”") from error
    if not isinstance(view, dict):
        raise SefdError("--view is not a JSON object", remedy="Copy it with “Copy as command”")
    return preferences_in(view), lambda state: with_view(state, view)
