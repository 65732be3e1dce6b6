"""How fast networks are trained: crops a second in fp32, bf16 and compiled, waiting for data, ONNX.

usage: python benchmarks/training.py [--steps 12] [--threads 1] [--compile]

A compact student of the second version learns from synthetic crops with its teacher's features, 64 a step;
the paper's baseline takes 8 a step, SEE 16, of which VGG-16 looks at all or at one in four. Forms take turns,
so that other work on the machine meets all; the table shows medians of processor time over threads, and
ratios within the run. Waiting is the share of time in which no step is computed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import torch
from rich.console import Console
from rich.table import Table
from torch import nn
from torch.nn.utils import convert_conv2d_weight_memory_format
from torch.utils.data import DataLoader

from sefd_viewer.body import open_body
from sefd_viewer.networks.cards import PresetName, Role
from sefd_viewer.networks.edge_estimators import build_estimator
from sefd_viewer.networks.export import export_onnx
from sefd_viewer.networks.mesh_network import build_network
from sefd_viewer.resources import resource_path
from sefd_viewer.training.batches import Batch, RandomBatches
from sefd_viewer.training.crops import CropSet, make_crops, open_crops
from sefd_viewer.training.edge_training import EdgeTraining
from sefd_viewer.training.module import MeshTraining, Training
from sefd_viewer.training.recipes import read_recipe

Step = Callable[[Batch], None]
_SCENES = 24


def main() -> None:
    """Print three tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        make_crops(Path(folder), seed=1, scenes=_SCENES)
        crops = open_crops(Path(folder))
        print_rates(crops, options.steps, compiled=options.compile)
        print_waiting(crops, options.steps)
        print_onnx(Path(folder))


def training_step(preset: PresetName, *, precise: bool, compiled: bool = False) -> Step:
    """A step of a student with its teacher, or of a paper baseline alone."""
    torch.manual_seed(0)
    role: Role = "baseline" if preset == "paper" else "student"
    network = build_network(preset, role)
    teacher = None if preset == "paper" else build_network(preset, "teacher")
    convert_conv2d_weight_memory_format(network, torch.channels_last)
    if compiled:
        network.compile()
    settings = read_recipe(f"crowds-{role}", preset=preset)
    module = MeshTraining(network, settings, open_body(), steps=1000, teacher=teacher)
    return step_of(module, network, precise=precise)


def step_of(module: Training, network: nn.Module, *, precise: bool) -> Step:
    """One step of a training: forward, backward, and the optimizer's."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4)

    def step(batch: Batch) -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=not precise):
            total = module.total(module.losses(batch))
        optimizer.zero_grad()
        total.backward()
        optimizer.step()

    return step


def estimator_step(vgg_every: int) -> Step:
    """A step of SEE in bf16."""
    torch.manual_seed(0)
    settings = read_recipe("crowds-see", [f"vgg_every={vgg_every}"])
    module = EdgeTraining(build_estimator("see", settings.widths), settings, steps=1000)
    return step_of(module, module.estimator, precise=False)


def print_rates(crops: CropSet, steps: int, *, compiled: bool) -> None:
    """Steps of both presets in both precisions and of SEE, on batches that are there.

    Ratios are to the first form of each network.
    """
    forms: dict[str, tuple[Step, Batch]] = {}
    batch, few = (next(iter(RandomBatches(crops, size, 1, 0, 1))) for size in (64, 8))
    for name, precise in (("fp32", True), ("bf16", False)):
        forms[f"compact-2, {name}"] = training_step("compact-2", precise=precise), batch
        forms[f"paper, {name}"] = training_step("paper", precise=precise), enlarged(few)
    some = {name: values[:16] for name, values in batch.items()}
    for every, words in ((1, "VGG for all"), (4, "VGG for one in 4")):
        forms[f"SEE, bf16, {words}"] = estimator_step(every), some
    if compiled:
        forms["compact-2, bf16, compiled"] = training_step("compact-2", precise=False, compiled=True), batch
    first = {name: seconds(*form) for name, form in forms.items()}
    spent: dict[str, list[float]] = {name: [] for name in forms}
    for _ in range(steps):
        for name, (step, given) in forms.items():
            spent[name].append(seconds(step, given))
    table = Table("form", "crops a second", "ratio", "first step s", title="Steps of training")
    for name, values in spent.items():
        kind, size = name.split(",")[0], len(forms[name][1]["crop"])
        rate = size / statistics.median(values)
        known = next(other for other in spent if other.split(",")[0] == kind)
        plain = len(forms[known][1]["crop"]) / statistics.median(spent[known])
        table.add_row(name, f"{rate:.1f}", f"{rate / plain:.2f}", f"{first[name]:.1f}")
    Console().print(table)


def enlarged(batch: Batch) -> Batch:
    """Crops of 256 pixels, as the paper's network takes them."""
    larger = {
        name: torch.nn.functional.interpolate(batch[name], 256)
        for name in ("crop", "image_edge", "mesh_edge")
    }
    return {**batch, **larger}


def seconds(step: Step, batch: Batch) -> float:
    """How much processor time of each thread a step takes."""
    started = time.process_time()
    step(batch)
    return (time.process_time() - started) / torch.get_num_threads()


def print_waiting(crops: CropSet, steps: int) -> None:
    """Steps on batches that are made meanwhile, here or by a process beside."""
    step = training_step("compact-2", precise=False)
    table = Table(
        "processes", "crops a second", "waiting", "ratio to one", title="With data, compact-2 in bf16"
    )
    rates = {workers: rate(step, batches(crops, steps, workers)) for workers in (0, 1)}
    for workers, (speed, waiting) in rates.items():
        ratio = speed / rates[0][0]
        table.add_row(str(workers + 1), f"{speed:.1f}", f"{waiting:.0%}", f"{ratio:.2f}")
    Console().print(table)


def batches(crops: CropSet, steps: int, workers: int) -> Iterator[Batch]:
    """Batches as a training draws them."""
    return iter(DataLoader(RandomBatches(crops, 64, 1, 0, steps), batch_size=None, num_workers=workers))


def rate(step: Step, source: Iterator[Batch]) -> tuple[float, float]:
    """Crops a second, and the share of time in which no step is computed, after the first batch."""
    step(next(source))
    started, worked, count = time.perf_counter(), 0.0, 0
    for batch in source:
        before = time.perf_counter()
        step(batch)
        worked += time.perf_counter() - before
        count += len(batch["crop"])
    whole = time.perf_counter() - started
    return count / whole, 1 - worked / whole


def print_onnx(folder: Path) -> None:
    """The shipped networks in onnxruntime."""
    table = Table(
        "network", "torch ms", "onnxruntime ms", "ratio", "difference", title="One person, one thread"
    )
    for role in ("baseline", "student"):
        report = export_onnx(resource_path(f"weights/{role}.safetensors"), folder / f"{role}.onnx")
        ours, theirs = 1000 * report.torch_seconds, 1000 * report.onnx_seconds
        table.add_row(
            f"shipped {role}",
            f"{ours:.1f}",
            f"{theirs:.1f}",
            f"{ours / theirs:.2f}",
            f"{report.difference:.0e}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
