"""Files in batches: together they are what the file holds, and what cannot be cut is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sefd_viewer.datasets.annotations.json_batches import (
    UnusualError,
    listed_batches,
    named_batches,
    nested_batches,
)

WORDS = st.text(max_size=6) | st.sampled_from(['},{"id":1', '"', "\\", "]}", 'a": {', "é", "\u2028"])
SCALARS = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
ENTRIES = st.dictionaries(WORDS, VALUES, min_size=1, max_size=3)
quick = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def ignore(_steps: int) -> None:
    """Progress that nobody asks for."""


def annotation(number: int) -> dict[str, Any]:
    return {"id": number, "bbox": [1, 2, 3, number], "inner": [{"id": 7}, {"id": 8}], "note": '},{"id":'}


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("batch_bytes", [700, 3000, 1 << 20])
def test_lists_of_a_published_shape_come_in_batches(
    tmp_path: Path, indent: int | None, batch_bytes: int
) -> None:
    images = [{"id": number, "file_name": f"é{number}.jpg"} for number in range(50)]
    content = {
        "info": {"year": 2017, "url": "http://x/[{"},
        "licenses": [],
        "images": images,
        "version": 1.5,
        "annotations": [annotation(number) for number in range(200)],
    }
    file = tmp_path / "file.json"
    file.write_text(json.dumps(content, indent=indent, ensure_ascii=False), "utf-8")
    found: dict[str, list[Any]] = {"images": [], "annotations": []}
    count = 0
    read: list[int] = []
    for key, batch in listed_batches(file, read.append, batch_bytes=batch_bytes):
        if key in found:
            found[key] += batch
            count += 1
    assert found == {"images": images, "annotations": content["annotations"]}
    assert count > 10 or batch_bytes > 700
    assert sum(read) == file.stat().st_size


@quick
@given(content=st.dictionaries(WORDS, ENTRIES, min_size=1, max_size=12), size=st.integers(20, 400))
def test_named_values_are_all_there_or_refused(tmp_path: Path, content: dict[str, Any], size: int) -> None:
    file = tmp_path / "file.json"
    file.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    found: dict[str, Any] = {}
    try:
        for batch in named_batches(file, ignore, batch_bytes=size):
            assert not batch.keys() & found.keys()
            found |= batch
    except UnusualError:
        assert all(found[key] == content[key] for key in found)
    else:
        assert found == content


def test_values_below_two_names_come_with_them(tmp_path: Path) -> None:
    content = {a: {b: {str(f): {"pose": [f] * 9} for f in range(40)} for b in "12"} for a in ("2", "é")}
    file = tmp_path / "file.json"
    file.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    found: dict[str, dict[str, dict[str, Any]]] = {}
    batches = 0
    for (a, b), batch in nested_batches(file, ignore, depth=2, batch_bytes=600):
        found.setdefault(a, {}).setdefault(b, {}).update(batch)
        batches += 1
    assert found == content
    assert batches > 8


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        '{"a": [1, 2',
        '{"a": [1, 2]} {"b": []}',
        '{"a": [NaN]}',
        '{"a": 1, "a": 2}',
        '{"a" [1]}',
        '{"a": nope}',
        '{"a": {"b": 1]}',
    ],
)
def test_what_is_not_sound_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "file.json"
    file.write_text(text)
    with pytest.raises(UnusualError):
        list(listed_batches(file, ignore, batch_bytes=1000))


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    file.write_bytes(b'{"a": [{"name": "caf\xe9"}]}')
    with pytest.raises(UnusualError):
        list(listed_batches(file, ignore, batch_bytes=1000))
