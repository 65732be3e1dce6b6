"""Weights in other forms: safetensors with a card, the release's checkpoints, and ONNX for other programs."""

from __future__ import annotations

import contextlib
import io
import logging
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from sefd_viewer.atomic import new_file
from sefd_viewer.errors import SefdError, WeightsError
from sefd_viewer.geometry.joints import SMPL30
from sefd_viewer.networks.cards import Role
from sefd_viewer.networks.checkpoints import load_network
from sefd_viewer.networks.edge_estimators import is_estimator, load_estimator
from sefd_viewer.networks.mesh_network import CROP_SIZE, MeshNetwork
from sefd_viewer.networks.state_files import read_state, write_released, write_state

INPUTS = ("crop", "joints_heatmap", "joint_mask")
OUTPUTS = ("rotations", "betas", "cam_transl")
PARITY = 1e-3
"""The largest difference between torch and onnxruntime that is accepted: radians, betas and metres alike."""

_Result = TypeVar("_Result")
Inputs = Mapping[str, Tensor]


@dataclass(frozen=True)
class OnnxReport:
    """How well an ONNX file does what its network does, for one batch of random people.

    `difference` is the largest of any output; times are medians of five runs on one thread of the processor.
    """

    path: Path
    difference: float
    torch_seconds: float
    onnx_seconds: float


def convert_weights(source: Path, target: Path, *, role: Role | None = None) -> int:
    """Write weights as `.safetensors` with their card, or as the release's `.pth.tar`, equal to the bit.

    Returns how many tensors of a teacher's copy, which only the release's students carry, were left out.
    Raises WeightsError when the source cannot be read or the target has another ending.
    """
    if is_estimator(source):
        words = "an edge estimator's weights are written as ONNX alone"
        raise WeightsError(words, where=source, remedy="End the new name in .onnx, or copy the file")
    state = read_state(source, role=role)
    if target.suffix == ".safetensors":
        write_state(target, state.tensors, state.card, exact=True)
    elif target.name.endswith((".pth.tar", ".pth")):
        if state.card.preset != "paper":
            raise WeightsError(
                f"the release has no {state.card.preset} network", where=source, remedy="Write .safetensors"
            )
        write_released(target, state.tensors)
    else:
        raise WeightsError(
            "weights are not written in this form",
            where=target,
            remedy="End its name in .safetensors, .pth.tar or .onnx",
        )
    return len(state.teacher_copy)


def export_onnx(source: Path, target: Path, *, role: Role | None = None, batch: int = 1) -> OnnxReport:
    """Write the network of a weights file as ONNX for `batch` people at a time, and hold it against torch.

    Inputs are `crop` (batch,3 or 4,256,256), `joints_heatmap` (batch,30,2) and `joint_mask` (batch,30), the
    outputs `rotations` (batch,24,3,3), `betas` (batch,10) and `cam_transl` (batch,3), as in
    `MeshNetwork.forward`. SEE takes `crop` (batch,3,S,S), with the size S of its card, and gives `edges`
    (batch,1,S,S); SESD takes `occluders` (batch,1,S,S) too. Raises SefdError where the two disagree by more
    than `PARITY`; the file is then not kept.
    """
    network, inputs, outputs = _to_export(source, role, batch)
    with new_file(target) as unfinished:
        _write_onnx(network, inputs, outputs, unfinished)
        report = _compared(network, inputs, outputs, unfinished, target)
        if report.difference > PARITY:
            raise SefdError(
                f"the ONNX network differs from torch's by {report.difference:.2g}",
                where=target,
                remedy="Please report it with the versions that `sefd-viewer doctor` prints",
            )
    return report


def _to_export(source: Path, role: Role | None, batch: int) -> tuple[nn.Module, Inputs, Sequence[str]]:
    """The network of a file, random inputs by name, and the names of its outputs."""
    if not is_estimator(source):
        network = _Outputs(load_network(source, role=role).network)
        return network, dict(zip(INPUTS, _random_people(network.network, batch), strict=True)), OUTPUTS
    loaded, random = load_estimator(source), torch.Generator().manual_seed(0)
    size = loaded.card.input_size
    inputs = {"crop": torch.rand(batch, 3, size, size, generator=random)}
    if loaded.card.kind == "sesd":
        inputs["occluders"] = (torch.rand(batch, 1, size, size, generator=random) > 0.5).float()
    return loaded.network, inputs, ("edges",)


class _Outputs(nn.Module):
    """A mesh network that returns what other programs need, as a plain tuple."""

    def __init__(self, network: MeshNetwork) -> None:
        super().__init__()
        self.network = network.eval()

    def forward(self, crop: Tensor, joints_heatmap: Tensor, joint_mask: Tensor) -> tuple[Tensor, ...]:
        output = self.network(crop, joints_heatmap, joint_mask)
        return tuple(getattr(output, name) for name in OUTPUTS)


def _random_people(network: MeshNetwork, batch: int) -> tuple[Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(0)
    crop = torch.rand(batch, network.backbone.conv1.in_channels, CROP_SIZE, CROP_SIZE, generator=random)
    joints = torch.rand(batch, SMPL30.count, 2, generator=random) * CROP_SIZE / 4
    return crop, joints, torch.ones(batch, SMPL30.count)


def _write_onnx(network: nn.Module, inputs: Inputs, outputs: Sequence[str], path: Path) -> None:
    # the exporter tells its steps, and that it misses torchvision, which nothing here needs
    logging.getLogger("torch.onnx._internal.exporter._registration").setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            tuple(inputs.values()),
            dynamo=True,
            input_names=list(inputs),
            output_names=outputs,
            verbose=False,
        )
    assert program is not None
    program.save(path, external_data=False)


def _compared(
    network: nn.Module, inputs: Inputs, outputs: Sequence[str], path: Path, target: Path
) -> OnnxReport:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    feed = {name: value.numpy() for name, value in inputs.items()}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.no_grad():
            found, torch_seconds = _timed(lambda: network(*inputs.values()))
    finally:
        torch.set_num_threads(threads)
    ours = found if isinstance(found, tuple) else (found,)
    theirs, onnx_seconds = _timed(lambda: session.run(list(outputs), feed))
    difference = max(float(np.abs(a.numpy() - b).max()) for a, b in zip(ours, theirs, strict=True))
    return OnnxReport(target, difference, torch_seconds, onnx_seconds)


def _timed(run: Callable[[], _Result]) -> tuple[_Result, float]:
    """What `run` returns, and its median time in seconds over five runs after a first one."""
    result, times = run(), []
    for _ in range(5):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return result, float(np.median(times))
