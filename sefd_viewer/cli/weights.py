"""Commands about networks' files: what one is (`weights`), another form (`export`), the size (`profile`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sefd_viewer.cli.opening import check_outputs
from sefd_viewer.errors import SefdError
from sefd_viewer.networks.cards import Role

if TYPE_CHECKING:
    from rich.table import Table

    from sefd_viewer.networks.checkpoints import WeightsReport
    from sefd_viewer.networks.edge_estimators import LoadedEstimator
    from sefd_viewer.networks.profiling import Profile


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
    print(f"trained on  {card.trained_on or 'not stated'}")
    print(f"licence     {card.licence or 'not stated'}")
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
        yield f"            {report.beside:>12,}  more numbers that are not weights (SMPL's own), left out"
    yield f"input       {card.input_size} x {card.input_size} {card.colour_order}, joints {card.joint_set}"
    yield f"crop        {card.crop_convention}"
    if report.role == card.role:
        shown = f" {card.structural_map}" if card.structural_map else ""
        yield f"edges       {card.edge_kind}{shown}{_values(card.edges)}"
    else:
        yield "edges       of the photo as a student, of the SMPL meshes as a teacher: the file does not say"
    if card.edge_kind == "image":
        yield f"            the picture's border is {card.picture_border}"
    if "teacher" in report.role:
        yield f"            a teacher's are dilated by the {card.dilation_box} box"
    yield f"body        {card.body_id}"
    yield f"trained on  {card.trained_on or 'not stated'}"
    yield f"licence     {card.licence or 'not stated'}"
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


def export(
    weights: Annotated[Path, typer.Argument(metavar="WEIGHTS", help="A .safetensors or .pth.tar file.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A .safetensors, .pth.tar or .onnx file.")],
    role: Annotated[
        Role | None,
        typer.Option(help="Role of a released network with four input channels.", show_default=False),
    ] = None,
    batch: Annotated[int, typer.Option(min=1, help="For ONNX: number of people in a batch.")] = 1,
) -> None:
    """Write weights in another format. Tensors stay the same to the bit; ONNX is compared with torch."""
    from sefd_viewer.networks.export import convert_weights, export_onnx

    check_outputs([out])
    if out.exists() and out.samefile(weights):
        raise SefdError("the output is the weights file itself", where=out, remedy="Name another file")
    if out.suffix == ".onnx":
        report = export_onnx(weights, out, role=role, batch=batch)
        print(f"{out}: differs from torch by {report.difference:.1e} at most")
        print(f"one thread, {batch} at a time: {_ms(report.onnx_seconds)}, torch {_ms(report.torch_seconds)}")
        return
    left_out = convert_weights(weights, out, role=role)
    print(f"{out}: written" + (f"; a teacher's copy of {left_out} tensors was left out" if left_out else ""))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def profile(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE...]", help="Weights files. Default: the networks of the paper's Table 2."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Count parameters and multiply-accumulates for one person's crop, next to the paper's figures."""
    from rich.console import Console

    from sefd_viewer.networks.profiling import of_file, table_2, to_words

    rows = [of_file(path) for path in files] if files else table_2()
    if as_json:
        print(json.dumps([row.to_dict() for row in rows], indent=1))
        return
    console = Console(markup=False)
    console.print(_table(rows))
    for sentence in to_words(rows):
        console.print(sentence)


def _table(rows: list[Profile]) -> Table:
    from rich.table import Table

    table = Table("network", "params M", "used M", "GMACs", "counted", "printed M", "printed G", box=None)
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        printed = (row.printed_parameters_m, row.printed_macs_g)
        table.add_row(
            row.name,
            *(f"{count / 1e6:.2f}" for count in (row.parameters, row.used_parameters)),
            *(f"{macs / 1e9:.2f}" for macs in (row.macs, row.counted_macs)),
            *("" if number is None else f"{number:.1f}" for number in printed),
        )
    return table
