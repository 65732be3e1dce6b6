"""The same bodies as others export them: in JSON, packed, with a batch of one, under Windows' names ..."""

from __future__ import annotations

import gzip
import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.datasets.body_files.reading import recognised, stored_content
from sefd_viewer.datasets.records import Dataset
from tests.evaluation.prediction_files import Bodies
from tests.evaluation.test_predictions import WRITERS, bodies, catalog, dataset, models, photos, read

__all__ = ["bodies", "catalog", "dataset", "models"]

_PICTURE = re.compile(r".*\.(jpg|png)")


def everywhere(content: Any, change: Callable[[Any], Any]) -> Any:
    """The content with every value changed, and every key that names a picture."""
    if isinstance(content, dict):
        return {
            change(key) if isinstance(key, str) and _PICTURE.fullmatch(key) else key: everywhere(
                value, change
            )
            for key, value in content.items()
        }
    if isinstance(content, list | tuple):
        return [everywhere(one, change) for one in content]
    if isinstance(content, np.ndarray) and content.dtype.kind == "U" and content.ndim:
        return [change(str(one)) for one in content]
    return change(content)


def as_json(value: Any) -> Any:
    """Lists for arrays; pictures as Windows names them."""
    if isinstance(value, str) and _PICTURE.fullmatch(value):
        return "D:\\my set\\" + value.replace("/", "\\")
    plain = value.tolist() if isinstance(value, np.ndarray | np.generic) else value
    return plain.decode() if isinstance(plain, bytes) else plain


def batched(value: Any) -> Any:
    """Single precision in a batch of one; pictures without ending."""
    if isinstance(value, str) and _PICTURE.fullmatch(value):
        return value.rpartition(".")[0]
    numbers = isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.ndim
    return value.astype(np.float32)[None] if numbers else value


def turned_round(content: Any) -> Any:
    """Keys in the other order; more keys beside those of parameters."""
    if not isinstance(content, dict):
        return content
    found = {key: turned_round(value) for key, value in reversed(content.items())}
    named = all(isinstance(key, str) and key.isidentifier() for key in found)
    return found | {"exported_by": "somebody", "version_9": np.zeros(3)} if named else found


def packed_json(content: Any, path: Path) -> Path:
    text = json.dumps(everywhere(content, as_json))
    packed = path.with_suffix(".json.gz")
    packed.write_bytes(gzip.compress(b"\xef\xbb\xbf" + text.encode()))
    return packed


def other_pickle(content: Any, path: Path) -> Path:
    pickled = path.with_suffix(".pkl")
    pickled.write_bytes(pickle.dumps(turned_round(everywhere(content, batched)), protocol=2))
    return pickled


FOLDERS = ("TRAM", "SMPLer-X", "meshes of 4D-Humans")


@pytest.mark.parametrize("export", [packed_json, other_pickle])
@pytest.mark.parametrize("case", [case for case in WRITERS if case not in FOLDERS])
def test_bodies_land_where_they_are_known_to_be(
    tmp_path: Path,
    dataset: Dataset,
    catalog: BodyCatalog,
    bodies: Bodies,
    case: str,
    export: Callable[[Any, Path], Path],
) -> None:
    name, write = WRITERS[case]
    written, expected = write(tmp_path, bodies)
    content = stored_content(written)
    written.unlink()
    path = export(content, written)
    kind = recognised(stored_content(path), path)
    assert kind is not None
    assert kind.name == name
    predictions = read(path, catalog, dataset)
    seen = [
        (photo.position, one.camera.project_camera(one.vertices_camera))
        for photo in photos(dataset)
        for one in predictions.of(photo).bodies.values()
        if one.camera is not None
    ]
    assert [position for position, _ in seen] == [position for position, _ in expected]
    for (_, pixels), (_, known) in zip(seen, expected, strict=True):
        assert np.abs(pixels - known).max() < 1


@pytest.mark.parametrize("case", ["RICH", "SMPLify-X", "PromptHMR", "Hand4Whole"])
def test_a_folder_of_frames_or_pictures_is_read_whole(
    tmp_path: Path, dataset: Dataset, catalog: BodyCatalog, bodies: Bodies, case: str
) -> None:
    """A folder for each frame or picture, in it a file for each person."""
    path, expected = WRITERS[case][1](tmp_path, bodies)
    another = path.parent.with_name("000000") / path.name
    another.parent.mkdir()
    another.write_bytes(path.read_bytes())
    predictions = read(path.parent.parent, catalog, dataset)
    people = {photo.position: predictions.of(photo).bodies for photo in photos(dataset)}
    assert [position for position, found in people.items() if found] == [
        0,
        *({p for p, _ in expected} or {1}),
    ]
    for position, pixels in expected:
        (one,) = people[position].values()
        assert one.camera is not None
        assert np.abs(one.camera.project_camera(one.vertices_camera) - pixels).max() < 1
