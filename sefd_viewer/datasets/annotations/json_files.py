"""JSON annotation files, read with patience: the words say what is wrong and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson

from sefd_viewer.datasets.annotations.problems import Problems, shown
from sefd_viewer.errors import DatasetError

_AGAIN = "Copy or download it again; if it is still being written, open it when that is done"


def read_json_object(path: Path, problems: Problems) -> dict[str, Any]:
    """The named values in a JSON file; raises DatasetError that names the file and the place.

    NaN, infinities and names that are not UTF-8 are no JSON but common: they are read and noted.
    """
    data = _read_bytes(path)
    try:
        content = orjson.loads(data)
    except orjson.JSONDecodeError:
        content = _read_leniently(data, path)
        problems.add(path, "this holds NaN, infinities or names that are not UTF-8, which is not valid JSON")
    if not isinstance(content, dict):
        raise DatasetError("this holds no named values", where=shown(str(path)), remedy=_AGAIN)
    return content


def read_json_or_note(path: Path, problems: Problems) -> dict[str, Any] | None:
    """The same for a file that the data set can do without: None, and a problem, when it is unusable."""
    try:
        return read_json_object(path, problems)
    except DatasetError as error:
        problems.add_sentence(str(error))
        return None


def _read_bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatasetError(
            f"this cannot be read ({error.strerror})",
            where=shown(str(path)),
            remedy="Choose a file you may read",
        ) from error
    if not data.strip():
        raise DatasetError(f"this is empty ({len(data)} bytes)", where=shown(str(path)), remedy=_AGAIN)
    return data


def _read_leniently(data: bytes, path: Path) -> Any:
    text = data.decode("utf-8-sig", "surrogateescape")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        ends = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        what = "this file ends in the middle" if ends else "this is not valid JSON"
        place = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise DatasetError(f"{what} ({place})", where=shown(str(path)), remedy=_AGAIN) from error
    except RecursionError as error:
        raise DatasetError("this is nested too deeply", where=shown(str(path)), remedy=_AGAIN) from error
