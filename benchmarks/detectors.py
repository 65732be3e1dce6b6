"""What the detectors of bad annotations find: recall on injected faults, false alarms on clean records.

usage: python -m benchmarks.detectors [--scenes 120] [--seed 0]

Synthetic crowd scenes and moving people get the noise of careful annotations and good fits
(`annotation_faults.noisy`). Each fault is put into one person per scene, and the scan at default thresholds
must flag that person. The clean scenes count as false alarms where they are flagged. Precision is for a set
in which one case in ten has the fault: 0.1 recall / (0.1 recall + 0.9 false alarms).
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from sefd_viewer.checks import Measurements, detectors_named, scan
from sefd_viewer.datasets import open_dataset
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.datasets.synthetic import SceneSettings, generate_scene
from sefd_viewer.datasets.synthetic.writers import WRITERS, Plan
from tests.checks.annotation_faults import FAULTS, Fault, noisy
from tests.checks.sequence_faults import clip_names, jumping, moving, out_of_step, reshaped

PREVALENCE = 0.1
SETTINGS = SceneSettings(size=(448, 448), people=(1, 4), spacing=(0.75, 1.4), things=1)
CROWD = SceneSettings(size=(448, 448), people=(3, 5), spacing=(0.5, 0.8), things=1)
"""For faults that need people who hide each other."""

CROWDED = frozenset(["behind a person whom it hides"])

Case = tuple[str, str | None]
"""Keys of the record and the person that a detector ought to flag."""


@dataclass(frozen=True)
class Result:
    """One fault under one detector: cases, the share found, false alarms per clean case."""

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


def compared(
    fault: str,
    ids: Sequence[str],
    wrong: Sequence[Record] | Dataset,
    cases: Collection[Case],
    clean: Measurements,
) -> Iterator[Result]:
    """A line per detector, and one for any of them where there are several."""
    dataset = wrong if isinstance(wrong, Dataset) else Dataset("wrong", None, "", wrong)
    found = scan(dataset, detectors=detectors_named(ids)).findings()
    flagged = {id: {(one.record, one.person) for one in found if one.detector == id} for id in ids}
    alarms = {id: {(one.record, one.person) for one in clean.findings() if one.detector == id} for id in ids}
    measured = {id: len(clean.values(id)) for id in ids}
    for id in ids:
        hits = len(flagged[id] & set(cases))
        yield Result(fault, id, len(cases), hits / len(cases), len(alarms[id]) / max(measured[id], 1))
    if len(ids) > 1:
        hits = len(set().union(*flagged.values()) & set(cases))
        false = len(set().union(*alarms.values())) / max(max(measured.values()), 1)
        yield Result(fault, "any of them", len(cases), hits / len(cases), false)


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


def of_pictures(count: int, seed: int) -> Iterator[Result]:
    """Faults of single pictures."""
    for settings, crowded in ((SETTINGS, False), (CROWD, True)):
        records = clean_records(count, seed, settings)
        clean = scan(Dataset("clean", None, "", records))
        for fault in (one for one in FAULTS if (one.id in CROWDED) == crowded):
            pairs = list(with_fault(records, fault, seed))
            cases = {(record.key, person) for record, person in pairs}
            yield from compared(fault.id, fault.detectors, [record for record, _ in pairs], cases, clean)


def of_masks(count: int, seed: int) -> Iterator[Result]:
    """Bodies that leave their masks, in a set in MSCOCO's layout."""
    rng = np.random.default_rng([seed, 5])
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(SETTINGS, size=(320, 320))
        WRITERS["mscoco"](Path(folder), Plan(count, seed, settings, lambda _: None))
        dataset = open_dataset(folder)
        right = [noisy(record, rng) for record in dataset.records]
        clean = scan(replace(dataset, records=right), detectors=detectors_named(["mask"]))
        for fault in (one for one in FAULTS if "outline" in one.detectors):
            pairs = list(with_fault(right, fault, seed))
            wrong = replace(dataset, records=[record for record, _ in pairs])
            cases = {(record.key, person) for record, person in pairs}
            yield from compared(fault.id, ["mask"], wrong, cases, clean)


def of_sequences(seed: int) -> Iterator[Result]:
    """Bodies out of step, jumping bodies, and a person filmed by other cameras than stated."""
    rng = np.random.default_rng([seed, 3])
    right = [[noisy(one, rng) for one in moving(clip, turn=0.3)] for clip in clip_names()]
    clean = scan(Dataset("clean", None, "", [one for clip in right for one in clip]))
    for frames in (1, 2, 4):
        wrong = [one for clip in right for one in out_of_step(clip, frames)]
        cases = {(one.key, one.people[0].key) for one in wrong}
        yield from compared(f"body {frames} frames early", ["frame_offset"], wrong, cases, clean)
    changed = [jumping(clip, rng) for clip in right]
    cases = {(clip[i].key, clip[i].people[0].key) for clip, places in changed for i in places}
    yield from compared(
        "jump for one frame", ["jump"], [one for clip, _ in changed for one in clip], cases, clean
    )
    changed = [reshaped(clip, rng) for clip in right]
    cases = {(clip[i].key, clip[i].people[0].key) for clip, places in changed for i in places}
    yield from compared(
        "somebody else's shape for one frame",
        ["changing_size"],
        [one for clip, _ in changed for one in clip],
        cases,
        clean,
    )


def of_views(seed: int) -> Iterator[Result]:
    """A person whom one of four cameras sees 20 pixels (about 8 % of the size) beside where the others do."""
    rng = np.random.default_rng([seed, 4])
    right = [
        noisy(one, rng)
        for clip in clip_names()
        for number, turn in enumerate((0.0, 1.5, 3.1, 4.6))
        for one in moving(clip, view=f"camera {number}", turn=turn, most=20)
    ]
    wrong = [_aside(one) if one.view == "camera 1" else one for one in right]
    clean = scan(Dataset("clean", None, "", right), detectors=detectors_named(["views"]))
    cases = {(one.key, one.people[0].key) for one in wrong}
    yield from compared("one of four views 20 px aside", ["views"], wrong, cases, clean)


def _aside(record: Record) -> Record:
    pose = record.people[0].pose2d
    assert pose is not None
    keypoints = pose.keypoints + np.array([20, 0, 0], np.float32)
    return replace(record, people=(replace(record.people[0], pose2d=replace(pose, keypoints=keypoints)),))


def of_files(count: int, seed: int) -> Iterator[Result]:
    """Pictures that are missing, of another size, sideways, or turned by EXIF."""
    ids = {
        "picture missing": "picture_missing",
        "picture of another size": "picture_size",
        "picture sideways": "picture_turned",
        "EXIF orientation": "picture_turned",
    }
    with tempfile.TemporaryDirectory() as folder:
        right = [_on_disk(record, Path(folder)) for record in clean_records(count, seed)]
        clean = scan(Dataset("clean", None, "", right), detectors=detectors_named(sorted(set(ids.values()))))
        for fault, id in ids.items():
            wrong = [_wrong_file(record, fault, Path(folder)) for record in right]
            yield from compared(fault, [id], wrong, {(one.key, None) for one in wrong}, clean)


def _on_disk(record: Record, folder: Path) -> Record:
    """The record with its picture as a file, a little wider than high."""
    assert record.image is not None
    path = folder / f"{record.key}.jpg"
    cv2.imwrite(str(path), record.image[:400, :, ::-1])
    return replace(record, image=None, image_path=path, size=(record.image.shape[1], 400))


def _wrong_file(record: Record, fault: str, folder: Path) -> Record:
    assert record.image_path is not None
    assert record.size is not None
    if fault == "picture missing":
        return replace(record, image_path=folder / f"no {record.key}.jpg")
    if fault == "picture of another size":
        return replace(record, size=(2 * record.size[0], 2 * record.size[1]))
    if fault == "picture sideways":
        return replace(record, size=record.size[::-1])
    path = folder / f"turned {record.key}.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(record.image_path).save(path, exif=exif)
    return replace(record, image_path=path)


def main() -> None:
    """Print the table, Markdown that goes into docs/checks.md."""
    warnings.simplefilter("error")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    table = Table("fault", "detector", "cases", "recall", "false alarms", "precision")
    lines = ["| fault | detector | cases | recall | false alarms | precision |", "|---|---|---|---|---|---|"]
    results = (
        *of_pictures(options.scenes, options.seed),
        *of_masks(options.scenes // 2, options.seed),
        *of_sequences(options.seed),
        *of_views(options.seed),
        *of_files(10, options.seed),
    )
    for one in results:
        numbers = f"{one.recall:.2f}", f"{one.false_alarms:.3f}", f"{one.precision:.2f}"
        table.add_row(one.fault, one.detector, str(one.cases), *numbers)
        lines.append(f"| {one.fault} | `{one.detector}` | {one.cases} | {' | '.join(numbers)} |")
    Console(width=110).print(table)
    print("\n".join(lines).replace("`any of them`", "any of them"))


if __name__ == "__main__":
    main()
