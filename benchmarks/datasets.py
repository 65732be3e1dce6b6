"""Opening, indexing and looking through annotated sets of real size, beside pycocotools on the same file.

Every time and every peak of memory is that of a process of its own, which begins with importing. Where other
programs run beside it, CPU seconds say more than seconds: all of these processes work with one thread.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

from big_annotations import FRAMES, PEOPLE, PICTURES, write_coco, write_human36m
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset, Record

Numbers = dict[str, float]
REOPEN_S, LOOK_MS = 1.0, 100.0


def main() -> int:
    """Write the files, measure, print; status 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the files are, or are made; else a temporary one")
    parser.add_argument("--share", type=float, default=1.0, help="of the sets' size, to try it out")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        name, path = arguments.measure
        print(json.dumps(MEASURED[name](Path(path))))
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        return _run(arguments.folder or Path(temporary), arguments.share)


def _run(folder: Path, share: float) -> int:
    coco, alone, human36m = folder / "MSCOCO", folder / "COCO alone", folder / "Human36M"
    if not coco.exists():
        file = write_coco(coco, pictures=round(PICTURES * share), people=round(PEOPLE * share))
        (alone / "annotations").mkdir(parents=True)
        os.link(file, alone / "annotations" / file.name)
    if not human36m.exists():
        write_human36m(human36m, frames=round(FRAMES * share))
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        os.environ["SEFD_VIEWER_CACHE"] = cache
        yardstick = _measure("pycocotools", next(alone.glob("*/*.json")))
        first = _measure("opening", alone)
        sets = {
            path.name: {step: _measure(step, path) for step in ("opening", "reopening", "looking")}
            for path in (coco, human36m)
        }
    _print(yardstick, first, sets)
    fast = first["CPU"] < yardstick["CPU"] and first["MB"] <= yardstick["MB"] / 2
    ready = all(steps["reopening"]["CPU"] <= REOPEN_S for steps in sets.values())
    live = all(
        value <= LOOK_MS for steps in sets.values() for key, value in steps["looking"].items() if "ms" in key
    )
    return 0 if fast and ready and live else 1


def _measure(name: str, path: Path) -> Numbers:
    command = [sys.executable, __file__, "--measure", name, str(path)]
    found: Numbers = json.loads(
        subprocess.run(command, check=True, capture_output=True).stdout.splitlines()[-1]
    )
    return found


def _print(yardstick: Numbers, first: Numbers, sets: dict[str, dict[str, Numbers]]) -> None:
    table = Table("", "seconds", "CPU seconds", "peak MB")
    for words, row in (
        ("pycocotools.COCO(): the COCO file", yardstick),
        ("first opening: the same file alone", first),
        *((f"first opening: {name}", steps["opening"]) for name, steps in sets.items()),
        *((f"opening again: {name}", steps["reopening"]) for name, steps in sets.items()),
    ):
        table.add_row(words, f"{row['seconds']:.2f}", f"{row['CPU']:.2f}", f"{row['MB']:.0f}")
    console = Console()
    console.print(table)
    for name, steps in sets.items():
        words = ", ".join(f"{key} {value:.1f}" for key, value in steps["looking"].items())
        console.print(f"{name}: {words}")


# ---- what a process of its own measures


def pycocotools(file: Path) -> Numbers:
    """The yardstick: reading and indexing a file as most training code does."""
    return _timed(lambda: _pycocotools(file))


def opening(root: Path) -> Numbers:
    """Opening a set, which makes its index the first time, and making one record."""
    return _timed(lambda: _open(root).records[0])


def looking(root: Path) -> Numbers:
    """The table of people, then the slowest of several filters, sorts, searches and jumps."""
    import numpy as np
    import polars as pl

    from sefd_viewer.app.record_search import RecordSearch
    from sefd_viewer.datasets.index import people_table

    dataset = _open(root)
    start = perf_counter()
    table = people_table(dataset)
    seconds = perf_counter() - start
    start = perf_counter()
    search = RecordSearch(dataset)
    search.positions("no such words")
    prepared = perf_counter() - start
    positions = np.random.default_rng(0).integers(0, len(dataset.records), 50).tolist()
    keys = [dataset.keys[position] for position in positions]
    first = _milliseconds(partial(_jump, dataset, keys[0]))
    tall = (pl.col("box_h") > 250) & (pl.col("keypoints") > 8) & (pl.col("problem") == "")
    return {
        "people": float(table.height),
        "table s": seconds,
        "first search s": prepared,
        "filter ms": _worst([lambda: table.filter(tall), lambda: table.filter(pl.col("person") == "7777")]),
        "sort ms": _worst([lambda: table["box_h"].arg_sort(), lambda: table["keypoints"].arg_sort()]),
        "search ms": _worst([lambda: search.positions("action 3 camera 2"), lambda: search.positions("77")]),
        "first jump ms": first,
        "jump ms": max(_milliseconds(partial(_jump, dataset, key)) for key in keys[1:]),
    }


MEASURED: dict[str, Callable[[Path], Numbers]] = {
    "pycocotools": pycocotools,
    "opening": opening,
    "reopening": opening,
    "looking": looking,
}


def _jump(dataset: Dataset, key: str) -> Record:
    return dataset.records[dataset.position(key)]


def _open(root: Path) -> Dataset:
    from sefd_viewer.datasets.opening import open_dataset

    return open_dataset(root)


def _pycocotools(file: Path) -> Any:
    from pycocotools.coco import COCO

    return COCO(str(file))


def _timed(work: Callable[[], object]) -> Numbers:
    """Seconds of the work with the imports it needs, and the process's peak of memory."""
    import resource

    start, cpu = perf_counter(), process_time()
    work()
    return {
        "seconds": perf_counter() - start,
        "CPU": process_time() - cpu,
        "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _worst(works: Iterable[Callable[[], object]]) -> float:
    """Milliseconds of the slowest; each is tried three times, since other programs run as well."""
    return max(min(_milliseconds(work) for _ in range(3)) for work in works)


def _milliseconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1000


if __name__ == "__main__":
    sys.exit(main())
