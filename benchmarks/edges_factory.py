"""How fast and how lean `sefd-viewer edges` is from records to files, and what that means for training sets.

usage: python benchmarks/edges_factory.py [--images 20000] [--plot docs/images/edges-scaling.png]
       python benchmarks/edges_factory.py --device cuda [--batches 20]

Sets of synthetic scenes like those of the training sets (size of the pictures, people in each) are made with
one and with all workers. The plan multiplies the measured rate by the number of images. Memory is that of all
processes together while `--images` small maps are made; the goal is that it does not grow after the second
tenth. Ends with 1 when it grows by more than a tenth.

With `--device` the path through a graphics card is measured alone: pictures drawn in a second, from
parameters to maps in the computer's memory (the CPU path on one core beside it), and pictures in a second
from records to files, with as many threads as cores. The goal is 500 drawn in a second at 640 x 480 with
three people on an H100-class card; on `cuda` it ends with 1 when that is missed. `--device cpu` only shows
that it works.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table

from sefd_viewer.datasets.opening import open_dataset
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.datasets.synthetic import SceneSettings
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from sefd_viewer.edge_maps.jobs import CpuDrawer, Drawer, FactorySettings, MapLayout, SizedJob, plan_job
from sefd_viewer.edge_maps.making import make_maps
from sefd_viewer.jobs.pool import core_count

if TYPE_CHECKING:
    from sefd_viewer.inference.device import Device

SETTINGS = FactorySettings("overlap")
RECORDS = 48
GROWTH = 1.1
SAMPLE_S = 0.2


@dataclass(frozen=True)
class Like:
    """A set like a training set: pictures of `size`, `people` in each; `images` in the real one."""

    name: str
    images: int
    size: tuple[int, int]
    people: int


TRAINING = (
    Like("Human3.6M, every 5th frame", 312_000, (1000, 1000), 1),
    Like("MuCo-3DHP", 677_000, (1920, 1080), 3),
    Like("MSCOCO", 118_000, (640, 480), 2),
    Like("MPII", 15_000, (1280, 720), 2),
)
GOAL = Like("the goal", 0, (640, 480), 3)
GOAL_RATE = 500
PEOPLE = (1, 2, 3, 4, 6)
SIZES = ((320, 240), (640, 480), (1280, 720), (1920, 1080))


def scenes(folder: Path, size: tuple[int, int], people: int, count: int = 12) -> Dataset:
    """A small set with that many people in every picture."""
    settings = SceneSettings(size=size, people=(people, people), things=0)
    folder.mkdir(parents=True)
    WRITERS["muco"](folder, Plan(count, 11, settings))
    return open_dataset(folder, format="muco")


class Repeated(Sequence[Record]):
    """Records again and again, each under a name of its own, built when they are looked at."""

    def __init__(self, records: Sequence[Record], count: int) -> None:
        self._records, self._count = list(records), count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, position: int) -> Record:  # type: ignore[override]
        if not 0 <= position < self._count:
            raise IndexError(position)
        one = self._records[position % len(self._records)]
        assert one.image_path is not None
        path = one.image_path.with_name(f"{position:06d}{one.image_path.suffix}")
        return replace(one, key=f"{position:06d}", image_path=path)


def repeated(dataset: Dataset, count: int) -> Dataset:
    """The data set with its records repeated until there are `count`."""
    return replace(dataset, records=Repeated(dataset.records, count))


def rate(dataset: Dataset, workers: int) -> float:
    """Images a second, without the start of the processes."""
    with tempfile.TemporaryDirectory() as out:
        done: list[float] = []
        make_maps(
            dataset,
            Path(out),
            SETTINGS,
            workers=workers,
            progress=lambda _done, _total: done.append(time.perf_counter()),
        )
    first = len(done) // 4  # the first ones compile
    return (len(done) - 1 - first) / (done[-1] - done[first])


def base_set(root: Path, size: tuple[int, int], people: int) -> Dataset:
    """The small set of pictures of `size` with that many people, written when it is first asked for."""
    folder = root / f"{size[0]}x{size[1]}x{people}"
    return open_dataset(folder, format="muco") if folder.exists() else scenes(folder, size, people)


def measured(root: Path, size: tuple[int, int], people: int, workers: int) -> float:
    """The rate for pictures of `size` with that many people."""
    return rate(repeated(base_set(root, size, people), RECORDS * workers), workers)


def drawn_rate(drawer: Drawer, jobs: Sequence[SizedJob], batches: int) -> float:
    """Images a second that the drawer alone makes of these jobs, again and again."""
    batch = [jobs[index % len(jobs)] for index in range(drawer.at_once)]
    drawer(batch)  # compiles and loads
    begun = time.perf_counter()
    for _ in range(batches):
        drawer(batch)
    return batches * len(batch) / (time.perf_counter() - begun)


def file_rate(dataset: Dataset, threads: int, drawer: Drawer) -> float:
    """Images a second from records to files; the drawer has drawn such pictures before."""
    with tempfile.TemporaryDirectory() as out:
        report = make_maps(dataset, Path(out), SETTINGS, workers=threads, drawer=drawer)
    return report.made / report.seconds


def on_device(root: Path, device: Device, cores: int, batches: int) -> tuple[Table, float]:
    """Rates of the path through a card, and how many a second it draws of the goal's pictures."""
    from sefd_viewer.gpu_edges.drawer import TorchDrawer

    cpu, card = CpuDrawer(SETTINGS), TorchDrawer(SETTINGS, device)
    table = Table(title=f"Overlap edges in a second by {card.name}; files with {cores} threads")
    for title in ("set", "CPU path, 1 core", "drawn", "files", "hours for the set"):
        table.add_column(title, justify="left" if title == "set" else "right")
    goal = 0.0
    for like in (*TRAINING, GOAL):
        base = base_set(root, like.size, like.people)
        layout = MapLayout(base.format, base.root, SETTINGS)
        jobs = [(plan_job(record, layout), like.size) for record in base.records]
        goal = drawn_rate(card, jobs, batches)
        files = file_rate(repeated(base, card.at_once * batches), cores, card)
        table.add_row(
            f"{like.name} ({like.size[0]} x {like.size[1]}, {like.people})",
            f"{drawn_rate(cpu, jobs[:1], 20):.0f}",
            f"{goal:.0f}",
            f"{files:.0f}",
            f"{like.images / files / 3600:.2f}" if like.images else "",
        )
    return table, goal


def plan(root: Path, cores: int) -> Table:
    """Rates of one and of all cores, and how long the real sets would take."""
    table = Table(title="Overlap edges from records to PNG files; hours for the whole training set")
    for title in ("set", "images", "a second, 1 core", f"{cores} cores", "8 cores, h", "32 x 8 cores, h"):
        table.add_column(title, justify="left" if title == "set" else "right")
    total = 0.0
    for like in TRAINING:
        one = measured(root, like.size, like.people, 1)
        all_cores = measured(root, like.size, like.people, cores)
        hours = like.images / (8 * all_cores / cores) / 3600
        total += hours
        table.add_row(
            f"{like.name} ({like.size[0]} x {like.size[1]}, {like.people})",
            f"{like.images:,}",
            f"{one:.0f}",
            f"{all_cores:.0f}",
            f"{hours:.1f}",
            f"{hours / 32:.2f}",
        )
    table.add_section()
    table.add_row("together", "", "", "", f"{total:.1f}", f"{total / 32:.2f}")
    return table


def draw(root: Path, file: Path, cores: int) -> None:
    """Rates over people, picture size and cores."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(10.5, 3.2), constrained_layout=True)
    series: tuple[tuple[str, Sequence[object], list[float]], ...] = (
        ("people, 640 x 480", PEOPLE, [measured(root, (640, 480), people, 1) for people in PEOPLE]),
        (
            "picture, 3 people",
            [f"{width}\nx {height}" for width, height in SIZES],
            [measured(root, size, 3, 1) for size in SIZES],
        ),
        (
            "cores, 3 people, 640 x 480",
            range(1, cores + 1),
            [measured(root, (640, 480), 3, n) for n in range(1, cores + 1)],
        ),
    )
    for axis, (title, places, rates) in zip(axes, series, strict=True):
        axis.bar([str(place) for place in places], rates, color="#0072B2", width=0.6)
        axis.set_title(title, fontsize=10)
        axis.spines[["top", "right"]].set_visible(False)
        for place, value in enumerate(rates):
            axis.text(place, value, f"{value:.0f}", ha="center", va="bottom", fontsize=9)
    axes[0].set_ylabel("images a second")
    figure.savefig(file, dpi=120)


def megabytes() -> float:
    """What this process and those that it started keep in memory."""
    own = os.getpid()
    return sum(_resident(pid) for pid in (own, *_children(own))) / 1e6


def _children(parent: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                yield int(entry.name)


def _resident(pid: int) -> int:
    try:
        pages = int((Path("/proc") / str(pid) / "statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def memory(root: Path, images: int, workers: int) -> list[tuple[int, float]]:
    """Megabytes over the number of images made."""
    dataset = repeated(scenes(root / "small", (160, 120), 2), images)
    made = [0]
    samples: list[tuple[int, float]] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(SAMPLE_S):
            samples.append((made[0], megabytes()))

    def count(done: int, _total: int) -> None:
        made[0] = done

    watcher = threading.Thread(target=watch)
    watcher.start()
    with tempfile.TemporaryDirectory() as out:
        make_maps(dataset, Path(out), SETTINGS, workers=workers, packed=True, progress=count)
    over.set()
    watcher.join()
    return samples


def report_memory(samples: list[tuple[int, float]], images: int) -> bool:
    """Print the peak of each tenth; return whether the last ones are no higher than the second by much."""
    table = Table(title="Memory of all processes, MB at most in each tenth")
    peaks = []
    for tenth in range(10):
        low, high = tenth * images / 10, (tenth + 1) * images / 10
        inside = [value for made, value in samples if low <= made < high]
        peaks.append(max(inside, default=float("nan")))
        table.add_column(f"{int(high):,}", justify="right")
    table.add_row(*(f"{peak:.0f}" for peak in peaks))
    Console().print(table)
    return bool(np.nanmax(peaks[2:]) <= GROWTH * peaks[1])


def show_device(name: str, cores: int, batches: int) -> bool:
    """Print the table of a device; whether it meets the goal, where it must."""
    from sefd_viewer.inference.device import choose_device

    device = choose_device(name)
    if device.note is not None:
        sys.exit(device.note)
    with tempfile.TemporaryDirectory() as folder:
        table, goal = on_device(Path(folder), device, cores, batches)
    Console().print(table)
    return name == "cpu" or goal >= GOAL_RATE


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--device", choices=("cuda", "cpu"))
    parser.add_argument("--batches", type=int, default=20)
    options = parser.parse_args()
    cores = core_count()
    if options.device is not None:
        sys.exit(0 if show_device(options.device, cores, options.batches) else 1)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        Console().print(plan(root, cores))
        if options.plot is not None:
            draw(root, options.plot, cores)
        flat = report_memory(memory(root, options.images, cores), options.images)
    sys.exit(0 if flat else 1)


if __name__ == "__main__":
    main()
