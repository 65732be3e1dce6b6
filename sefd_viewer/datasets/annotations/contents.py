"""What a JSON file seems to hold, by the words at its beginning and end: quick, and for files of any name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

Kind = Literal["people", "boxes", "bodies", "list", ""]
"""People with keypoints or boxes alone in COCO's shape, SMPL parameters, a list of people; nothing known."""

_HEAD_BYTES, _TAIL_BYTES = 1 << 20, 1 << 18
_WORDS = (
    "images",
    "file_name",
    "annotations",
    "image_id",
    "keypoints",
    "smpl_param",
    "smplx_param",
    "joints_vis",
)


def kind_of(file: Path) -> Kind:
    """What a JSON file seems to hold; a file that cannot be read holds nothing known.

    Of large files only the ends are looked at: there stand the keys of COCO's lists, or of their entries.
    """
    text = _ends(file)
    has = {word: f'"{word}"'.encode() in text for word in _WORDS}
    if (has["images"] or has["file_name"]) and (has["annotations"] or has["image_id"]):
        return "people" if has["keypoints"] else "boxes"
    return "bodies" if has["smpl_param"] or has["smplx_param"] else "list" if has["joints_vis"] else ""


def _ends(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
            size = os.fstat(stream.fileno()).st_size
            stream.seek(max(size - _TAIL_BYTES, len(head)))
            return head + stream.read(_TAIL_BYTES)
    except (OSError, ValueError):
        return b""
