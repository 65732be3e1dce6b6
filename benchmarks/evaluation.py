"""How fast methods are evaluated: people a second, and what the numbers alone cost.

usage: python benchmarks/evaluation.py [--records 40] [--people 10000]

Throughput: the three networks over a synthetic crowd set through the runner of `sefd-viewer evaluate`, which
batches the people of several photos and loads ahead, against one person, one network and one photo at a time.
Metrics: the errors of `--people` people from joints that are there already, and the summary of a table with
as many rows. Goals: at least 3 times the throughput, metrics and summary in 2 s each. Ends with 1 otherwise.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from sefd_viewer.body import open_body
from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.evaluation.metrics import many_joint_errors
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.photos import PhotoLoader
from sefd_viewer.evaluation.runs.running import Runner, RunOptions, settings_of
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, schema
from sefd_viewer.evaluation.runs.summary import summarise
from sefd_viewer.inference.messages import ROLES, PredictRequest
from sefd_viewer.inference.predictor import Predictor

GOAL_RATIO, GOAL_S = 3.0, 2.0


def crowd(folder: Path, records: int) -> Dataset:
    """A set of photos of 640 x 480 pixels with three people each."""
    root = folder / "MuCo"
    root.mkdir()
    WRITERS["muco"](root, Plan(records, 3, SceneSettings(size=(640, 480), people=(3, 3))))
    return open_dataset(root, format="muco")


def seconds(action: Callable[[], object]) -> float:
    """How long it takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def one_by_one(dataset: Dataset) -> int:
    """The yardstick: for each person and network the photo is loaded and one request is made."""
    predictor, body, people = Predictor("cpu"), open_body(), 0
    loader = PhotoLoader(dataset, lambda _id: body)
    for position in range(len(dataset.records)):
        keys = [person.key for person in dataset.records[position].people]
        people += len(keys)
        for key in keys:
            for role in ROLES:
                photo = loader.load(position)
                assert photo.image is not None
                alone = tuple(person for person in photo.people if person.key == key)
                request = PredictRequest(
                    1, photo.image, alone, (role,), EdgeSettings(), scene_camera=photo.camera
                )
                list(predictor.predict(request))
    return people


def batched(dataset: Dataset, folder: Path) -> None:
    """The runner, storing what it measures."""
    methods = tuple(Method(role, role) for role in ROLES)
    options = RunOptions(device="cpu")
    store = RunStore(folder, RunPlan.of(dataset, methods, settings_of(options)))
    Runner(dataset, methods, options).run(store, range(len(dataset.records)))


def joints(people: int) -> tuple[np.ndarray, np.ndarray]:
    """Predicted and true joints (N,17,3) in metres."""
    generator = np.random.default_rng(0)
    truth = generator.normal(0, 0.4, (people, 17, 3))
    return truth + generator.normal(0, 0.05, truth.shape), truth


def table_of(people: int):  # type: ignore[no-untyped-def]  # polars
    """The table of a run with that many people and two methods."""
    import polars as pl

    generator = np.random.default_rng(0)
    parts = []
    for method in ("baseline", "student"):
        numbers = {
            name: generator.gamma(4, 20, people)
            for name, kind in schema().items()
            if kind == pl.Float32 and name not in ("box_area", "score")
        }
        about = {
            "position": np.arange(people),
            "record": [str(n) for n in range(people)],
            "person": ["1"] * people,
            "method": [method] * people,
            "has_truth": [True] * people,
        }
        parts.append(pl.DataFrame(about | numbers))
    return pl.concat(parts).select(
        *(
            pl.col(n).cast(k) if n in parts[0].columns else pl.lit(None, k).alias(n)
            for n, k in schema().items()
        )
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=40)
    parser.add_argument("--people", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warm, dataset = crowd(folder, 4), None
        one_by_one(warm)
        batched(warm, folder / "warm")
        (folder / "more").mkdir()
        dataset = crowd(folder / "more", options.records)
        slow = seconds(lambda: one_by_one(dataset))
        quick = seconds(lambda: batched(dataset, folder / "run"))
    people = sum(len(record.people) for record in dataset.records)
    predicted, truth = joints(options.people)
    metrics = seconds(lambda: many_joint_errors(predicted, truth))
    rows = table_of(options.people)
    summary = seconds(lambda: summarise(rows))
    found = Table(title="Evaluation on a CPU")
    for title in ("what", "measured", "goal"):
        found.add_column(title)
    found.add_row("one at a time", f"{people / slow:.1f} people/s", "")
    found.add_row("batched, measured and stored", f"{people / quick:.1f} people/s", "")
    found.add_row("ratio", f"{slow / quick:.1f}", f"{GOAL_RATIO:.0f}")
    found.add_row(f"MPJPE, PA-MPJPE, PCK of {options.people:,} people", f"{metrics:.2f} s", f"{GOAL_S:.0f} s")
    found.add_row(
        f"summary with intervals, 2 x {options.people:,} rows", f"{summary:.2f} s", f"{GOAL_S:.0f} s"
    )
    Console().print(found)
    sys.exit(0 if slow / quick >= GOAL_RATIO and max(metrics, summary) <= GOAL_S else 1)


if __name__ == "__main__":
    main()
