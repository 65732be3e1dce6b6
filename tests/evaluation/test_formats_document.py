"""docs/formats.md lists what the registries read, no more and no less."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sefd_viewer.body.smpl_layout import FAMILIES
from sefd_viewer.datasets.body_files.reading import FORMATS
from sefd_viewer.pose2d.files import FORMATS as POSE_FORMATS

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"


def table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def predictions() -> str:
    head = ("format", "written by", "files", "body", "pictures named by", "camera")
    rows = ((one.name, one.programs, one.files, one.body, one.pictures, one.camera) for one in FORMATS)
    return table(head, rows)


def poses() -> str:
    head = ("format", "written by", "files", "order of joints known by", "pictures named by")
    rows = ((one.name, one.programs, one.files, one.joints, one.pictures) for one in POSE_FORMATS)
    return table(head, rows)


def bodies() -> str:
    head = ("body", "vertices", "joints", "ids", "from")
    rows = (
        (one.name, str(one.vertices), str(one.joint_set.count), f"`{one.key}-GENDER`", one.site)
        for one in FAMILIES
    )
    return table(head, rows)


@pytest.mark.parametrize("made", [predictions, poses, bodies])
def test_the_page_has_the_table_of_the_registry(made) -> None:  # type: ignore[no-untyped-def]
    sign = f"<!-- made from the registry: {made.__name__} -->\n"
    found = re.search(re.escape(sign) + r"((?:\|.*\n)+)", PAGE.read_text())
    assert found is not None
    assert found[1].strip() == made()
