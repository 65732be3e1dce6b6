"""`sefd-viewer export WEIGHTS OUT`: weights in the form that the ending of OUT names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sefd_viewer.cli.outputs import check_outputs
from sefd_viewer.errors import SefdError
from sefd_viewer.networks.roles import Role


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
