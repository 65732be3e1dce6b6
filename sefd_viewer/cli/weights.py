"""`sefd-viewer weights FILE`: which network a weights file is, and whether it is whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sefd_viewer.networks.checkpoints import WeightsReport
    from sefd_viewer.networks.edge_estimators import LoadedEstimator

_SHOWN = 10


def weights(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .safetensors or .pth.tar file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Say what a weights file contains. Exit status 1 if it does not fit its network."""
    from sefd_viewer.networks.checkpoints import describe_weights
    from sefd_viewer.networks.edge_estimators import is_estimator, load_estimator

    if is_estimator(file):
        _tell_estimator(file, load_estimator(file), as_json=as_json)
        return
    report = describe_weights(file)
    if as_json:
        print(json.dumps(report.to_dict(), indent=1))
    else:
        print("\n".join(lines(report)))
    raise typer.Exit(0 if report.fits else 1)


def _tell_estimator(file: Path, loaded: LoadedEstimator, *, as_json: bool) -> None:
    """An edge estimator's card and size; it was loaded, so it fits."""
    card = loaded.card
    count = sum(parameter.numel() for parameter in loaded.network.parameters())
    if as_json:
        print(
            json.dumps(
                {"path": str(file), "parameters": count, "card": card.to_dict(), "fits": True}, indent=1
            )
        )
        return
    print(f"{file}: edge estimator {card.kind.upper()}, {card.input_size} x {card.input_size}")
    print(f"parameters  {count:,} (widths {', '.join(map(str, card.widths))})")
    print(f"trained on  {card.trained_on or 'not told'}")
    print(f"licence     {card.licence or 'not told'}")
    if card.metrics:
        print(f"measured   {_values(dict(card.metrics))}")
    print(f"As a method: sefd-viewer evaluate SET --method {card.kind}=student:{file}")
    print("Networks that see its edges are trained with --estimator.")


def lines(report: WeightsReport) -> Iterator[str]:
    """The report in words, line by line."""
    card = report.card
    yield f"{report.path}: {report.preset} network as {report.role}"
    yield f"sha256      {report.weights_hash}"
    yield f"parameters  {sum(report.parameters.values()):,}"
    for module, count in sorted(report.parameters.items(), key=lambda entry: -entry[1]):
        yield f"            {count:>12,}  {module}"
    if report.teacher_copy:
        yield f"            {report.teacher_copy:>12,}  more of the teacher's, left out"
    if report.beside:
        yield f"            {report.beside:>12,}  numbers more that are no weights (SMPL's own), left out"
    yield f"input       {card.input_size} x {card.input_size} {card.colour_order}, joints {card.joint_set}"
    yield f"crop        {card.crop_convention}"
    if report.role == card.role:
        shown = f" {card.structural_map}" if card.structural_map else ""
        yield f"edges       {card.edge_kind}{shown}{_values(card.edges)}"
    else:
        yield "edges       of the photo as a student, of the SMPL meshes as a teacher: the file does not tell"
    if card.edge_kind == "image":
        yield f"            the picture's border is {card.picture_border}"
    if "teacher" in report.role:
        yield f"            a teacher's are dilated by the {card.dilation_box} box"
    yield f"body        {card.body_id}"
    yield f"trained on  {card.trained_on or 'not told'}"
    yield f"licence     {card.licence or 'not told'}"
    if card.metrics:
        yield f"measured   {_values(card.metrics)}"
    for title in ("missing", "unexpected", "misshapen"):
        yield from _names(title, getattr(report, title))
    if report.obstacle:
        yield f"It cannot be run: {report.obstacle}."
    else:
        yield "It fits its network." if report.fits else "It does not fit its network."


def _values(entries: object) -> str:
    """Name and value of each entry of a mapping, with a space before each."""
    return "".join(f" {name}={value}" for name, value in entries.items()) if isinstance(entries, dict) else ""


def _names(title: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"{title} ({len(names)})"
        yield from (f"  {name}" for name in names[:_SHOWN])
    if len(names) > _SHOWN:
        yield f"  and {len(names) - _SHOWN} more; --json lists all"
