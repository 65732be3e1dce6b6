"""How annotation and pose files call pictures: ids of any type, and names from other machines."""

from __future__ import annotations

import re
from pathlib import PurePosixPath


def as_id(value: object) -> int | str | None:
    """An id as it is compared: 7, "7", 7.0 and "7.0" are the same one; None for what is no id."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and (number := re.fullmatch(r"(0|-?[1-9][0-9]{0,17})(\.0+)?", value)):
        return int(number[1])
    return value if isinstance(value, int | str) else None


def plain_name(name: str) -> str:
    """A picture's path with forward slashes, without drive, `file:` and steps out of its folder."""
    slashed = re.sub(r"^(file:/*|[A-Za-z]:)", "", name.replace("\\", "/"))
    return "/".join(part for part in slashed.split("/") if part not in ("", ".", ".."))


def endings(name: str) -> list[str]:
    """The path and what remains of it without its first folders, the longest first."""
    parts = PurePosixPath(plain_name(name)).parts
    return ["/".join(parts[start:]) for start in range(len(parts))]
