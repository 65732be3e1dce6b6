"""How many synthetic scenes of 512x512 pixels with one to six people are made in a second, on all cores.

usage: python benchmarks/synthetic_scenes.py [scenes]

The yardstick of the same run is one process; goal: 20 scenes a second on two cores.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

# One thread in each process: NumPy's own threads would stand in each other's way.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")

from rich.console import Console
from rich.table import Table

from sefd_viewer.datasets.synthetic import generate_scene

SEED = 7


def _make(index: int) -> int:
    return len(generate_scene(SEED, index).people)


def rate(workers: int, scenes: int) -> tuple[float, float]:
    """Scenes a second and people in a scene with this many processes, after one scene each to warm up."""
    with ProcessPoolExecutor(workers) as pool:
        list(pool.map(_make, range(workers * 2)))
        start = time.perf_counter()
        people = sum(pool.map(_make, range(scenes), chunksize=4))
        return scenes / (time.perf_counter() - start), people / scenes


def main() -> None:
    """Print the table."""
    scenes = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    table = Table("processes", "scenes / s", "people / scene", "ratio", title="Synthetic scenes, 512x512")
    single, people = rate(1, scenes)
    table.add_row("1", f"{single:.1f}", f"{people:.1f}", "1.0")
    cores = os.cpu_count() or 1
    if cores > 1:
        every, people = rate(cores, scenes)
        table.add_row(str(cores), f"{every:.1f}", f"{people:.1f}", f"{every / single:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
