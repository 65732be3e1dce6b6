"""`sefd-viewer what FILE ...`: what each file is, what it holds, and which command takes it."""

from __future__ import annotations

import json
from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sefd_viewer.cli.opening import BodyOption
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.body.catalog import BodyCatalog
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.recognition import Recognised
    from sefd_viewer.recognition.kinds import Looked

_WEIGHTS = (".safetensors", ".tar", ".pth", ".pt", ".ckpt")
_MAPPED = (".json", ".npz", ".npy", ".pkl", ".pt", ".pth", ".pk", ".joblib", ".gz")
_HEAD, _LOOKED_AT = 4096, 10_000


def what(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files or folders of any kind.")],
    body: BodyOption = None,
    on: Annotated[
        Path | None,
        typer.Option(
            metavar="SET", help="Data set that unknown files are about; the mapping is tried on its people."
        ),
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write the proposed mapping beside each unknown file.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Say what files are, what they contain and which commands take them. Exit status 1 if one is unknown.

    For an unknown file, list its arrays and propose a mapping for `evaluate`.
    """
    from sefd_viewer.body.catalog import BodyCatalog
    from sefd_viewer.body.stored_values import reading_once
    from sefd_viewer.cli.opening import open_with_bar
    from sefd_viewer.recognition.kinds import look_at

    catalog = BodyCatalog([str(one) for one in body or ()])
    dataset = None if on is None else open_with_bar(on)
    known, answers = True, list[dict[str, Any]]()
    for file in files:
        try:
            with reading_once():
                looked = look_at(file, catalog, more=(_weights,))
                unknown = [] if looked.told else list(_unknown(looked, dataset, catalog, write=write))
        except SefdError as error:
            known = False
            answers.append({"path": str(file), "problems": [str(error)]})
            _say([str(error)], quiet=as_json)
            continue
        known &= bool(looked.told)
        answers.append({**asdict(looked), "path": str(file), "unknown": unknown})
        _say([*_lines(looked), *unknown], quiet=as_json)
    if as_json:
        print(json.dumps(answers, indent=1))
    raise typer.Exit(0 if known else 1)


def _say(lines: list[str], *, quiet: bool) -> None:
    if not quiet:
        print("\n".join(lines), flush=True)


def _lines(looked: Looked) -> Iterator[str]:
    yield f"{looked.path}"
    for one in looked.told:
        yield f"  is       {one.what}"
        yield from _titled("holds", one.holds)
        yield from _titled("missing", one.missing)
        yield from _titled("note", one.notes)
        for purpose, command in one.uses:
            yield f"  use      {purpose}:"
            yield f"           {command}"
    yield from _titled("broken", looked.problems)


def _titled(title: str, lines: tuple[str, ...]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f"  {'' if number else title:<9}{line}"


def _unknown(looked: Looked, dataset: Dataset | None, catalog: BodyCatalog, *, write: bool) -> Iterator[str]:
    """What can be said about a file that is of no known kind."""
    from sefd_viewer.recognition.unknown import mapping_name, proposal

    file = looked.path
    tried = ", ".join(f"{count} {kind}" for kind, count in looked.tried)
    broken = "of a known kind, and cannot be read"
    yield f"  is       {broken if looked.problems else 'nothing that is known'}"
    yield f"  tried    {tried}; bodies, runs and weights"
    if file.is_dir():
        kinds = Counter(one.suffix.lower() or "no ending" for one in islice(file.iterdir(), _LOOKED_AT))
        listed = ", ".join(f"{count} of {kind}" for kind, count in kinds.most_common())
        yield f"  holds    {listed or 'nothing'}"
        yield f"  use      ask about what is inside: sefd-viewer what {file / '*'}"
        return
    if (words := _as_text(file)) is not None:
        yield f"  holds    text that begins {words!r}"
        return
    try:
        arrays, mapping, words = proposal(file, dataset, catalog.get)
    except SefdError as error:
        if str(error) not in looked.problems:
            yield f"  holds    nothing that can be mapped: {error.what}"
        return
    yield from _titled("holds", tuple(arrays))
    if not mapping:
        yield "  map      no array has the shape of a body's pose or surface"
        return
    target = mapping_name(file)
    yield f"  map      proposed by names and shapes: {words}"
    yield from (f"           {line}" for line in mapping.splitlines())
    if write:
        _write(target, mapping)
        yield f"           written to {target}"
    yield f"  use      sefd-viewer evaluate SET --method NAME={file}"
    if not write:
        yield f"           once the mapping is in {target} (--write puts it there)"


def _as_text(file: Path) -> str | None:
    """The first words of a file of plain text; None for others, and for those whose layout says something."""
    if file.suffix.lower() in _MAPPED:
        return None
    with suppress(OSError, UnicodeDecodeError), file.open("rb") as stream:
        text = getincrementaldecoder("utf-8")().decode(stream.read(_HEAD))
        if "\0" not in text:
            return " ".join(text.split())[:60]
    return None


def _write(target: Path, text: str) -> None:
    from sefd_viewer.atomic import write_file

    if target.exists():
        raise SefdError("there is a mapping already", where=target, remedy="Change it, or move it away")
    write_file(target, text.encode())


def _weights(path: Path, _catalog: BodyCatalog) -> Recognised | None:
    """A network's weights; read with torch, so that the window's process does not ask this."""
    from sefd_viewer.recognition import Recognised

    if path.suffix.lower() not in _WEIGHTS or not path.is_file():
        return None
    from sefd_viewer.networks.checkpoints import describe_weights
    from sefd_viewer.networks.edge_estimators import is_estimator, load_estimator

    about = ("all about them", f"sefd-viewer weights {path}")
    if is_estimator(path):
        kind = load_estimator(path).card.kind
        method = ("a method of a comparison", f"sefd-viewer evaluate SET --method NAME=student:{path}")
        return Recognised(f"weights of {kind.upper()}, which guesses the overlap edge", (), (about, method))
    try:
        report = describe_weights(path)
    except SefdError:
        return None
    uses = (
        about,
        ("a method of a comparison", f"sefd-viewer evaluate SET --method NAME={report.role}:{path}"),
    )
    holds = (f"{sum(report.parameters.values()):,} parameters", f"for the body {report.card.body_id}")
    return Recognised(f"weights of a {report.preset} network as {report.role}", holds, uses)
