"""Finding a command by what people call it: its title, everyday words that mean the same, its letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from sefd_viewer.app.command import Command

SAME: tuple[str, ...] = (
    "evaluate evaluation measure measured measuring benchmark score metrics errors results compare",
    "export save write download share report",
    "settings preferences options configure configuration setup",
    "dark light theme colours colors look appearance night mode",
    "quit exit close leave end",
    "photo photos picture pictures image images record frame",
    "film video movie animation clip",
    "figure plot paper publication",
    "screenshot grab capture picture",
    "open load import read browse",
    "sample demo example tutorial",
    "start welcome home begin first",
    "body bodies mesh meshes smpl model",
    "truth ground gt reference annotation annotations",
    "2d pose poses keypoints skeleton joints",
    "camera cameras extrinsics intrinsics calibration",
    "edge edges canny hed outline outlines contour",
    "verdict good bad unsure judge label",
    "findings scan check verify validate audit suspicious",
    "undo revert back",
    "redo again",
    "keys shortcuts keyboard hotkeys bindings help",
    "plugin plugins extension extensions addon add-on",
    "weights checkpoint checkpoints network networks",
    "device gpu cpu cuda nvidia processor mps",
    "run predict infer inference compute restart",
    "stop cancel abort interrupt",
    "play playback animate",
    "present presentation slides slideshow talk story show",
    "vote blind study test",
    "zoom fit centre center reset",
    "full screen fullscreen maximise maximize",
    "command terminal cli shell line",
    "python script code notebook api",
    "session workspace project",
    "doctor about computer version diagnose system",
    "find search go palette",
    "tag tags group mark",
    "people person persons gallery table",
    "explain why saliency heat occlusion occluder",
    "depth order front behind",
    "copy clipboard",
)
"""Words that people use for one another, a group a line."""
NOT_FOUND = 9


def matching(wanted: str, commands: Sequence[Command]) -> list[Command]:
    """The commands that `wanted` may mean, the best first; all of them where it is empty."""
    words = wanted.lower().split()
    if not words:
        return list(commands)
    scored = [(_score(words, command), place) for place, command in enumerate(commands)]
    return [commands[place] for score, place in sorted(scored) if score < NOT_FOUND]


def _score(words: Sequence[str], command: Command) -> int:
    """How far a command is from what was typed: 0 its title begins so, 5 its letters stand in that order."""
    title, text = command.title.lower(), " ".join(words)
    if title.startswith(text):
        return 0
    if all(any(part.startswith(word) for part in _parts(title)) for word in words):
        return 1
    if all(word in title for word in words):
        return 2
    tip = command.tip.lower()
    if all(_means(word, title) for word in words):
        return 3
    if all(word in title or word in tip or _means(word, f"{title} {tip}") for word in words):
        return 4
    letters = iter(title)
    return 5 if all(letter in letters for letter in text if letter != " ") else NOT_FOUND


def _means(word: str, text: str) -> bool:
    """Whether the text says the word, or one that means the same."""
    parts = set(_parts(text))
    return any(part.startswith(word) for part in parts) or any(not parts.isdisjoint(g) for g in _groups(word))


def _parts(text: str) -> Iterator[str]:
    return (part.strip(".,:;…()&") for part in text.split())


@cache
def _groups(word: str) -> tuple[frozenset[str], ...]:
    """The groups with a word that begins like this one; short beginnings mean too much."""
    groups = (frozenset(line.split()) for line in SAME)
    return tuple(
        group
        for group in groups
        if word in group or (len(word) > 3 and any(w.startswith(word) for w in group))
    )
