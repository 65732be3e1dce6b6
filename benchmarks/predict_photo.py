"""One photo with two people through all three compact networks, against one person and role at a time.

    python benchmarks/predict_photo.py [--repeats 15] [--device cpu] [--threads N]

Goal: 0.5 s on a CPU after loading. Without shipped weights the networks get random ones of the same size.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from sefd_viewer.body.files import open_body
from sefd_viewer.datasets.images import load_image
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import SefdError
from sefd_viewer.inference.messages import ROLES, Failed, PersonInput, PredictRequest, RoleResult
from sefd_viewer.inference.predictor import Predictor
from sefd_viewer.networks.cards import NetworkCard
from sefd_viewer.networks.checkpoints import save_weights
from sefd_viewer.networks.mesh_network import build_network
from sefd_viewer.pose2d.detector import detect_people
from sefd_viewer.resources import resource_path

PHOTO = "sample_photos/walkers.jpg"
GOAL_MS = 500.0

Times = dict[str, dict[str, float]]


def main() -> None:
    """Measure both ways in turn, print the medians and the ratio; exit status 1 when the goal is missed."""
    options = _options()
    if options.threads:
        torch.set_num_threads(options.threads)
    image = load_image(resource_path(PHOTO))
    people = tuple(PersonInput(str(i), pose) for i, pose in enumerate(detect_people(image)[:2], start=1))
    with tempfile.TemporaryDirectory() as folder:
        predictor = Predictor(options.device, weights=_weights(Path(folder)))
        together = PredictRequest(0, image, people, ROLES, EdgeSettings())
        alone = [
            PredictRequest(0, image, (person,), (role,), EdgeSettings())
            for person in people
            for role in ROLES
        ]
        _measure(predictor, [together])
        _measure(predictor, alone)
        rounds = [
            (_measure(predictor, [together]), _measure(predictor, alone)) for _ in range(options.repeats)
        ]
    _report(predictor, rounds, [stages for stages, _ in (first for first, _ in rounds)])
    raise SystemExit(statistics.median(total for (_, total), _ in rounds) > GOAL_MS)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as torch takes")
    return parser.parse_args()


def _weights(folder: Path) -> dict[str, str]:
    """Shipped weights, or seeded random ones in `folder`."""
    try:
        return {role: str(resource_path(f"weights/{role}.safetensors")) for role in ROLES}
    except SefdError:
        return dict(_random_weights(folder))


def _random_weights(folder: Path) -> Iterator[tuple[str, str]]:
    for seed, role in enumerate(ROLES):
        torch.manual_seed(seed)
        path = folder / f"{role}.safetensors"
        save_weights(path, build_network("compact", role), NetworkCard("compact", role, open_body().id))
        yield role, str(path)


def _measure(predictor: Predictor, requests: list[PredictRequest]) -> tuple[Times, float]:
    """Milliseconds by role and stage, and for all requests together."""
    stages: Times = {}
    started = time.perf_counter()
    for request in requests:
        for message in predictor.predict(request):
            if isinstance(message, Failed):
                raise SystemExit(str(message))
            if isinstance(message, RoleResult):
                _add(stages.setdefault(message.role, {}), message.milliseconds)
    return stages, 1e3 * (time.perf_counter() - started)


def _add(sums: dict[str, float], milliseconds: Mapping[str, float]) -> None:
    for stage, spent in milliseconds.items():
        sums[stage] = sums.get(stage, 0.0) + spent


def _report(
    predictor: Predictor,
    rounds: list[tuple[tuple[Times, float], tuple[Times, float]]],
    stages: list[Times],
) -> None:
    names = ("crop", "edges", "forward", "body")
    table = Table(title=f"Two people, three compact networks, {predictor.device.label}, median ms")
    for column in ("role", *names):
        table.add_column(column, justify="left" if column == "role" else "right")
    for role in ROLES:
        medians = [statistics.median(times[role].get(name, 0.0) for times in stages) for name in names]
        table.add_row(role, *(f"{value:.1f}" for value in medians))
    together = statistics.median(total for (_, total), _ in rounds)
    alone = statistics.median(total for _, (_, total) in rounds)
    console = Console()
    console.print(table)
    console.print(f"all roles, everyone in one batch    {together:7.1f} ms   goal {GOAL_MS:.0f} ms")
    console.print(f"one person and one role at a time   {alone:7.1f} ms   ratio {alone / together:.2f}")
    console.print(f"threads {torch.get_num_threads()}, repeats {len(rounds)}")


if __name__ == "__main__":
    main()
