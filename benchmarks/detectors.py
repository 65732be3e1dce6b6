"""What the detectors of bad annotations find: recall on injected faults, false alarms on clean records.

usage: python benchmarks/detectors.py [--scenes 120] [--seed 0]

Synthetic crowd scenes get the noise of careful annotations and good fits (`annotation_faults.noisy`). Each
fault is put into one person per scene, and the scan at default thresholds must flag that person. The clean
copies of the same scenes count as false alarms when they are flagged. Precision is for a set in which one
person in ten has the fault: 0.1 recall / (0.1 recall + 0.9 false alarms).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from rich.console import Console
from rich.table import Table

from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.datasets.synthetic import SceneSettings, generate_scene
from sefd_viewer.review.annotation_faults import FAULTS, Fault, noisy
from sefd_viewer.review.detectors import Measurements, scan

PREVALENCE = 0.1
SETTINGS = SceneSettings(size=(448, 448), people=(1, 4), spacing=(0.75, 1.4), things=1)
CROWD = SceneSettings(size=(448, 448), people=(3, 5), spacing=(0.5, 0.8), things=1)
"""For faults that need people who hide each other."""


@dataclass(frozen=True)
class Result:
    """One fault under one detector: cases, those found, false alarms per clean case."""

    fault: str
    detector: str
    cases: int
    recall: float
    false_alarms: float

    @property
    def precision(self) -> float:
        """Among findings, the share of faults, where one case in ten has the fault."""
        right, wrong = PREVALENCE * self.recall, (1 - PREVALENCE) * self.false_alarms
        return right / (right + wrong) if right + wrong else float("nan")


def clean_records(count: int, seed: int, settings: SceneSettings = SETTINGS) -> list[Record]:
    """Noisy but right records with their pictures."""
    rng = np.random.default_rng([seed, 1])
    return [noisy(generate_scene(seed, i, settings).record(f"scene {i}"), rng) for i in range(count)]


def with_fault(records: Sequence[Record], fault: Fault, seed: int) -> Iterator[tuple[Record, str]]:
    """Records with one faulty person each, and that person's key."""
    rng = np.random.default_rng([seed, 2])
    for record in records:
        for person in rng.permutation(len(record.people)):
            wrong = fault.apply(record, int(person), rng)
            if wrong is not None:
                yield wrong, record.people[person].key
                break


def rate(measurements: Measurements, id: str) -> float:
    """Findings per measured case."""
    return measurements.counts()[id] / max(len(measurements.values(id)), 1)


def results(records: Sequence[Record], seed: int) -> list[Result]:
    """Every fault under every detector made for it."""
    clean = scan(Dataset("clean", None, "", records))
    found = []
    for fault in FAULTS:
        cases = list(with_fault(records, fault, seed))
        wrong = [replace(record, key=f"{fault.id} {i}") for i, (record, _) in enumerate(cases)]
        flagged = {
            (one.detector, one.record, one.person) for one in scan(Dataset("", None, "", wrong)).findings()
        }
        for id in fault.detectors:
            hits = [(id, one.key, person) in flagged for one, (_, person) in zip(wrong, cases, strict=True)]
            found.append(Result(fault.id, id, len(cases), float(np.mean(hits)), rate(clean, id)))
    return found


def main() -> None:
    """Print the table as Markdown rows and as a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    records = clean_records(options.scenes, options.seed)
    table = Table("fault", "detector", "cases", "recall", "false alarms", "precision")
    for one in results(records, options.seed):
        table.add_row(
            one.fault,
            one.detector,
            str(one.cases),
            f"{one.recall:.2f}",
            f"{one.false_alarms:.3f}",
            f"{one.precision:.2f}",
        )
    people = sum(len(record.people) for record in records)
    Console(width=110).print(f"{options.scenes} scenes, {people} people", table)


if __name__ == "__main__":
    main()
