"""Sequences, cameras and frames in words: what belongs together is said once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sefd_viewer.datasets.records import Dataset

Runs = tuple[tuple[int, int], ...]
"""Frames as runs of numbers: first and last of each."""
_NAMED = 4


@dataclass(frozen=True, order=True)
class SequenceId:
    """Subject, action and subaction as the files number them."""

    subject: str
    action: str
    subaction: str


@dataclass(frozen=True)
class Part:
    """Where something holds: `frames` of one sequence before some `cameras`, so many `records`.

    `name` is the sequence in words ("S8 Smoking 1").
    """

    sequence: SequenceId
    name: str
    cameras: tuple[str, ...]
    frames: Runs
    records: int


def runs_of(frames: Sequence[int], step: int = 1) -> Runs:
    """Rising frame numbers as runs: neighbours are at most `step` apart."""
    runs: list[tuple[int, int]] = []
    for frame in frames:
        if runs and frame - runs[-1][1] <= step:
            runs[-1] = (runs[-1][0], frame)
        else:
            runs.append((frame, frame))
    return tuple(runs)


def place_words(parts: Sequence[Part], scope: str = "") -> str:
    """For example "S8 Smoking 1, cameras 1-4, frames 0-999"; `scope` in place of the sequences' names."""
    if not parts:
        return scope or "The set"
    names = list(dict.fromkeys(part.name for part in parts))
    cameras = list(dict.fromkeys(camera for part in parts for camera in part.cameras))
    words = [scope or _named(names), camera_words(cameras)]
    frames = {part.frames for part in parts}
    if len(frames) == 1:
        words.append(frame_words(parts[0].frames))
    else:
        words.append(f"{sum(part.records for part in parts):,} photos")
    return ", ".join(word for word in words if word)


def rolled_up(dataset: Dataset, positions: Iterable[int]) -> str:
    """The sequences, cameras and frames of records in words; "" where the set has none."""
    from sefd_viewer.datasets.annotations.human36m import instant_of

    frames: dict[tuple[SequenceId, str], dict[int, int]] = {}
    for position in positions:
        moment, view = dataset.instant(position)
        instant = None if moment is None else instant_of(moment)
        if instant is not None and view is not None:
            key = (SequenceId(*instant[:3]), view)
            frames.setdefault(key, {})[int(instant[3])] = position
    names: dict[SequenceId, str] = {}
    for (sequence, _), found in frames.items():
        if sequence not in names:
            title = dataset.records[next(iter(found.values()))].title
            names[sequence] = " ".join(title.split(" · ")[:2])
    parts = [
        Part(sequence, names[sequence], (view,), runs_of(sorted(found)), len(found))
        for (sequence, view), found in frames.items()
    ]
    return place_words(merged(parts)) if parts else ""


def merged(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The same places, frames of the same cameras together and then cameras of the same frames."""
    seen: dict[tuple[SequenceId, tuple[str, ...]], list[Part]] = {}
    for part in parts:
        seen.setdefault((part.sequence, part.cameras), []).append(part)
    groups: dict[tuple[SequenceId, Runs], list[Part]] = {}
    for same in seen.values():
        part = same[0] if len(same) == 1 else replace(_joined(same), frames=_together(same))
        groups.setdefault((part.sequence, part.frames), []).append(part)
    return tuple(_joined(group) for group in groups.values())


def _together(parts: Sequence[Part]) -> Runs:
    """All their frames; runs that touch are one."""
    runs: list[tuple[int, int]] = []
    for first, last in sorted(run for part in parts for run in part.frames):
        if runs and first <= runs[-1][1] + 1:
            runs[-1] = runs[-1][0], max(last, runs[-1][1])
        else:
            runs.append((first, last))
    return tuple(runs)


def _joined(group: Sequence[Part]) -> Part:
    cameras = tuple(sorted({camera for part in group for camera in part.cameras}))
    return replace(group[0], cameras=cameras, records=sum(part.records for part in group))


def scope_words(parts: Sequence[Part], all_of: Mapping[str, int]) -> str:
    """Whole subjects in words, where these are all of their sequences (so many `all_of` each); else ""."""
    sequences = {part.sequence for part in parts}
    subjects = list(dict.fromkeys(part.sequence.subject for part in parts))
    total = sum(all_of[subject] for subject in subjects)
    if len(sequences) < total or total == len(subjects):
        return ""
    return f"{_and([f'S{subject}' for subject in subjects])} (all {total} sequences)"


def camera_words(cameras: Sequence[str]) -> str:
    """Cameras in words: "camera 2", "cameras 1-4", "cameras 1 and 3"."""
    numbers = [name.removeprefix("camera ") for name in cameras]
    if not numbers:
        return ""
    if len(numbers) == 1:
        return f"camera {numbers[0]}"
    if all(number.isdigit() for number in numbers):
        runs = runs_of(sorted(map(int, numbers)))
        return f"cameras {_and([_run(*run) for run in runs])}"
    return f"cameras {_and(numbers)}"


def frame_words(runs: Runs, most: int = 3) -> str:
    """Frames in words: "frames 0-999", "frame 10", "frames 3, 8-12 and 2 more runs"."""
    if not runs:
        return ""
    if len(runs) == 1 and runs[0][0] == runs[0][1]:
        return f"frame {runs[0][0]}"
    told = [_run(*run) for run in runs[:most]]
    if len(runs) > most:
        return f"frames {', '.join(told)} and {len(runs) - most} more runs"
    return f"frames {_and(told)}"


def _named(names: Sequence[str]) -> str:
    if len(names) <= _NAMED:
        return _and(names)
    subjects: dict[str, list[str]] = {}
    for name in names:
        subjects.setdefault(name.split(" ")[0], []).append(name)
    if len(subjects) > _NAMED:
        return f"{len(names)} sequences of {len(subjects)} subjects"
    return _and([f"{_some(found)}" for found in subjects.values()])


def _some(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    subject, rest = names[0].split(" ", 1) if " " in names[0] else (names[0], "")
    return f"{len(names)} sequences of {subject} ({rest}, ...)"


def _run(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
