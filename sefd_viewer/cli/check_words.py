"""What `sefd-viewer check` prints and writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.atomic import write_file
from sefd_viewer.checks.pictures import MISSING
from sefd_viewer.csv_cells import csv_of_rows

Places = Callable[[Sequence[int]], str]

if TYPE_CHECKING:
    from sefd_viewer.checks import Detector, Measurements
    from sefd_viewer.checks.measurements import Thresholds
    from sefd_viewer.datasets.records import Dataset


def show_detectors(detectors: Sequence[Detector], problems: Sequence[str]) -> None:
    """One line per detector: its id, default threshold, and what it measures."""
    from rich.console import Console
    from rich.table import Table

    console = Console(markup=False)
    table = Table("id", "finding", "reads", "what is measured")
    for one in detectors:
        table.add_row(one.id, _limit(one, one.threshold), one.reads, one.description)
    console.print(table)
    _lines(console, [f"Note: {words}" for words in problems])


def pictures_apart(measurements: Measurements) -> tuple[Measurements, list[str]]:
    """The measurements, and a doubt where none of the pictures is here: that is no fault of each record."""
    missing = next((one for one in measurements.detectors if one.id == MISSING.id), None)
    values = () if missing is None else measurements.values(missing.id)
    others = [one for one in measurements.detectors if one is not missing]
    if missing is None or not others or not len(values) or not all(map(missing.beyond, values)):
        return measurements, []
    words = f"none of the {len(values)} pictures is here, so nothing looked at pictures"
    return measurements.only(others), [words]


def doubts(measurements: Measurements, problems: Sequence[str]) -> list[str]:
    """Why no finding would be no all-clear; `problems` are those of the data set. Empty: it is one."""
    words = []
    idle = [one for one in measurements.detectors if one.needs_bodies]
    if idle and not any(len(measurements.values(one.id)) for one in idle):
        count = "the detector that needs" if len(idle) == 1 else f"the {len(idle)} detectors that need"
        words.append(f"nobody has a body that could be measured, so {count} bodies looked at nothing")
    told = len(problems) + len(measurements.problems)
    if told:
        words.append(f"{told} problem{'s' * (told > 1)} told above kept something from being looked at")
    return words


def show(
    measurements: Measurements,
    thresholds: Thresholds,
    *,
    worst: int,
    notes: Sequence[str],
    doubts: Sequence[str] = (),
    places: Places | None = None,
) -> None:
    """A table of the detectors, the worst findings of each in words, and what could not be measured.

    `places` says where records are: what was found of many whole records is told once for all of them.
    """
    from rich.console import Console

    console = Console(markup=False)
    console.print(_table(measurements, thresholds))
    count, rows = 0, set(measurements.flagged(thresholds).tolist())
    told_once = {
        one.id for one in measurements.detectors if places and _of_whole_records(measurements, one, rows)
    }
    # what is wrong with whole sequences explains much of what is said of single people: it comes first
    for detector in sorted(measurements.detectors, key=lambda one: one.id not in told_once):
        found = [row for row in measurements.worst(detector.id, worst) if row in rows]
        if found:
            console.print(f"\n{detector.title} ({detector.id})", style="bold", highlight=False)
        if found and places is not None and detector.id in told_once:
            lines = rolled_lines(measurements, detector, thresholds, places)
            count += len(lines)
            _lines(console, [f"  {words}" for words in lines])
            continue
        count += measurements.counts(thresholds)[detector.id]
        for finding in (measurements.finding(row, thresholds) for row in found):
            who = finding.record if finding.person is None else f"{finding.record}, person {finding.person}"
            _lines(console, [f"  {who}: {finding.sentence}"])
    _lines(console, [f"Note: {words}" for words in (*notes, *measurements.problems)])
    if not len(measurements):
        _lines(console, ["Nothing could be checked: there are no annotations that a detector can use."])
    else:
        findings = "1 finding" if count == 1 else f"{count or 'No'} findings"
        photos = "1 photo" if measurements.scanned == 1 else f"{measurements.scanned} photos"
        sure = "" if count or not doubts else f" That is not an all-clear: {'; '.join(doubts)}."
        _lines(console, [f"\n{findings} in {photos}.{sure}"])


_MANY = 3


def _of_whole_records(measurements: Measurements, detector: Detector, flagged: set[int]) -> bool:
    """Whether findings are told by places: those of whole sets, and many alike of whole records."""
    if detector.share is not None:
        return True
    code = measurements.detectors.index(detector)
    rows = [row for row in flagged if measurements.code[row] == code]
    said = {measurements.detail[row] for row in rows}
    return len(rows) > _MANY * len(said) and all(measurements.person[row] is None for row in rows)


def rolled_lines(
    measurements: Measurements, detector: Detector, thresholds: Thresholds, places: Places
) -> list[str]:
    """The findings of a detector that are told by places, each fault once with all of them."""
    groups: dict[str, list[int]] = {}
    code = measurements.detectors.index(detector)
    for row in measurements.flagged(thresholds).tolist():
        if measurements.code[row] == code:
            groups.setdefault(str(measurements.detail[row]), []).append(int(measurements.position[row]))
    other = f"{detector.title.lower()}, for no reason that is known"
    said = {words: words or other for words in groups}
    if detector.share is None:
        said = {words: detector.say(0.0, words).removesuffix(".") for words in groups}
    return [f"{places(positions)}: {said[words]}" for words, positions in groups.items()]


def folders_of(dataset: Dataset, positions: Sequence[int]) -> str:
    """How many records of which folders of pictures these are, in words."""
    counts: dict[str, int] = {}
    for position in positions:
        path = dataset.image_path(position)
        folder = "no folder" if path is None else path.parent.name
        counts[folder] = counts.get(folder, 0) + 1
    told = [f"{count} pictures of {folder}" for folder, count in counts.items()]
    return ", ".join(told[:_MANY]) + (
        f" and of {len(told) - _MANY} more folders" if len(told) > _MANY else ""
    )


def write(
    measurements: Measurements,
    thresholds: Thresholds,
    *,
    json: Path | None,
    csv: Path | None,
    ids: Path | None,
    doubts: Sequence[str] = (),
) -> None:
    """Findings as JSON, measurements as CSV, a list of what was found, where files are named; SefdError."""
    if ids is not None:
        from sefd_viewer.datasets.exclude_list import exclude_list_text

        found = dict.fromkeys((one.record, one.person) for one in measurements.findings(thresholds))
        write_file(ids, exclude_list_text(found).encode("utf-8", "surrogateescape"))
    if json is not None:
        import orjson

        content = to_dict(measurements, thresholds, doubts)
        write_file(json, orjson.dumps(content, option=orjson.OPT_INDENT_2))
    if csv is not None:
        flagged = set(measurements.flagged(thresholds).tolist())
        heading = ["record", "person", "detector", "value", "unit", "finding", "sentence"]
        rows = (_csv_row(measurements, row, row in flagged) for row in range(len(measurements)))
        write_file(csv, csv_of_rows(heading, rows))


def to_dict(measurements: Measurements, thresholds: Thresholds, doubts: Sequence[str] = ()) -> dict[str, Any]:
    """Plain values: every detector with its numbers, every finding, what could not be measured.

    `all_clear` is whether nothing was found and everything looked at; `doubts` say what was not.
    """
    counts = measurements.counts(thresholds)
    return {
        "records": measurements.scanned,
        "detectors": [
            {
                "id": one.id,
                "title": one.title,
                "unit": one.unit,
                "direction": one.direction,
                "threshold": thresholds.get(one.id, one.threshold),
                "measured": len(measurements.values(one.id)),
                "findings": counts[one.id],
            }
            for one in measurements.detectors
        ],
        "findings": [vars(finding) for finding in measurements.findings(thresholds)],
        "problems": list(measurements.problems),
        "all_clear": bool(len(measurements)) and not sum(counts.values()) and not doubts,
        "doubts": list(doubts),
    }


def _table(measurements: Measurements, thresholds: Thresholds) -> Any:
    from rich.table import Table

    table = Table("detector", "finding if", "values", "found", "share", "median", "worst")
    for column in table.columns:
        column.no_wrap = True
    for column in table.columns[2:]:
        column.justify = "right"
    counts = measurements.counts(thresholds)
    for one in measurements.detectors:
        limit = _limit(one, thresholds.get(one.id, one.threshold))
        table.add_row(one.id, limit, *_numbers(measurements, one, counts[one.id]))
    return table


def _numbers(measurements: Measurements, detector: Detector, found: int) -> tuple[str, ...]:
    import numpy as np

    values = measurements.values(detector.id)
    if not len(values):
        return "0", "-", "-", "-", "-"
    worst = values.min() if detector.direction == "below" else values.max()
    middle = float(np.median(values))
    return str(len(values)), str(found), f"{found / len(values):.1%}", f"{middle:.3g}", f"{worst:.3g}"


def _limit(detector: Detector, threshold: float) -> str:
    sign = ">" if detector.direction == "above" else "<"
    return f"{sign} {threshold:g} {detector.unit}".rstrip()


def _csv_row(measurements: Measurements, row: int, flagged: bool) -> list[str]:
    detector, value = measurements.detectors[measurements.code[row]], float(measurements.value[row])
    words = detector.say(value, measurements.detail[row]) if flagged else ""
    person = measurements.person[row] or ""
    return [
        measurements.record[row],
        person,
        detector.id,
        f"{value:.6g}",
        detector.unit,
        str(int(flagged)),
        words,
    ]


def _lines(console: Any, lines: Sequence[str]) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
