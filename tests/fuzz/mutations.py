"""Damage to files: cut, flipped, repeated bytes; and in JSON values of other kinds, depths and sizes."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator
from typing import Any

_STRANGE: tuple[Any, ...] = (
    *(None, True, "", "x" * 5000, "../../etc/passwd", "\u0000", "１", [], {}, [[]], [None], {"": None}),
    *(0, -1, 1e308, -1e308, 10**30, 0.5, math.nan, math.inf, -math.inf, [1e308] * 3, [math.nan] * 3),
)
"""What stands in the place of a value."""


def damaged(data: bytes, rng: random.Random) -> bytes:
    """The bytes of a file after one accident or two."""
    for _ in range(rng.choice((1, 1, 2))):
        data = rng.choice((_cut, _flip, _repeat, _zero, _without, _other_numbers))(data, rng)
    return data


def _place(data: bytes, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(start + rng.choice((1, 4, 16, 200)), len(data))


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _flip(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 3, 20)) if changed else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _repeat(data: bytes, rng: random.Random) -> bytes:
    start, end = _place(data, rng)
    return data[:end] + data[start:end] * rng.choice((1, 2, 50)) + data[end:]


def _zero(data: bytes, rng: random.Random) -> bytes:
    start, end = _place(data, rng)
    return data[:start] + rng.choice((b"\0", b"\xff")) * (end - start) + data[end:]


def _without(data: bytes, rng: random.Random) -> bytes:
    start, end = _place(data, rng)
    return data[:start] + data[end:]


def _other_numbers(data: bytes, rng: random.Random) -> bytes:
    """A digit becomes many: counts and sizes in text and headers."""
    places = [place for place, byte in enumerate(data[:4000]) if 48 <= byte <= 57]
    if not places:
        return data
    place = rng.choice(places)
    return data[:place] + rng.choice((b"9" * 3, b"9" * 18, b"-1", b"0")) + data[place + 1 :]


def strange_json(data: bytes, rng: random.Random) -> bytes:
    """A JSON document in which one value or two are of another kind, gone, there twice, or far too deep."""
    try:
        document = json.loads(data)
    except ValueError:  # a document in every line
        return damaged(data, rng)
    for _ in range(rng.choice((1, 1, 2))):
        holders = list(_holders(document))
        if not holders:
            break
        holder = rng.choice(holders)
        keys: list[Any] = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            continue
        key = rng.choice(keys)
        match rng.randrange(6):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[rng.choice(keys)] = holder[key]
            case 2 if isinstance(holder, list):
                holder.extend(holder[:1000])
            case 3:
                holder[key] = _deep(rng.choice((50, 3000)))
            case _:
                holder[key] = rng.choice(_STRANGE)
    return _dumped(document).encode("utf-8", "surrogatepass")


def _dumped(document: Any) -> str:
    try:
        return json.dumps(document)
    except (ValueError, RecursionError):  # deeper than Python writes, or in a circle
        return "[" * 100_000


def _deep(levels: int) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return found


def _holders(document: Any, depth: int = 0) -> Iterator[Any]:
    """All lists and dictionaries that are not too many."""
    if isinstance(document, list | dict) and depth < 12:
        yield document
        values = document.values() if isinstance(document, dict) else document
        for value in list(values)[:60]:
            yield from _holders(value, depth + 1)
