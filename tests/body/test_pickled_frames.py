"""pandas' tables read without pandas: AGORA's, in the layouts of its old and new versions."""

from __future__ import annotations

import copyreg
import os
import pickle
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sefd_viewer.body.catalog import BodyCatalog
from sefd_viewer.body.stored_values import read_stored
from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import BodyError, SefdError
from sefd_viewer.evaluation.runs.file_predictions import FilePredictions
from sefd_viewer.evaluation.runs.methods import parse_method
from sefd_viewer.evaluation.runs.photos import Photo
from sefd_viewer.recognition.kinds import look_at
from tests.owners_files import smpl_arrays, write_body

NAMES = {
    "DataFrame": "pandas.core.frame",
    "BlockManager": "pandas.core.internals.managers",
    "Index": "pandas.core.indexes.base",
    "RangeIndex": "pandas.core.indexes.range",
}


@contextmanager
def pandas_named() -> Iterator[dict[str, Any]]:
    """Classes and functions under pandas' names, which only a pickle's names refer to."""
    made: dict[str, Any] = {name: type(name, (), {"__module__": module}) for name, module in NAMES.items()}
    for name, module in (("_new_Index", NAMES["Index"]), ("_unpickle_block", "pandas._libs.internals")):
        made[name] = types.FunctionType((lambda: None).__code__, {}, name)
        made[name].__module__, made[name].__qualname__ = module, name
    modules = {one.__module__: types.ModuleType(one.__module__) for one in made.values()}
    for name, one in made.items():
        setattr(modules[one.__module__], name, one)
    parents = {module.rpartition(".")[0] for module in modules} | {"pandas", "pandas.core"}
    before = {name: sys.modules.get(name) for name in (*parents, *modules)}
    sys.modules |= {name: types.ModuleType(name) for name in parents} | modules
    try:
        yield made
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


class Call:
    """Pickled as a call, as pandas' blocks and indexes are."""

    def __init__(self, called: Any, *given: Any) -> None:
        self.called, self.given = called, given

    def __reduce__(self) -> tuple[Any, ...]:
        return self.called, self.given


def objects(values: list[Any]) -> np.ndarray:
    made = np.empty(len(values), object)
    made[:] = values
    return made


def frame(columns: dict[str, list[Any]], path: Path, *, old: bool) -> Path:
    """Numbers in one block, all else in another, as pandas lays them; before 1.3 it did so in a state."""
    numbers = {name: one for name, one in columns.items() if isinstance(one[0], float)}
    others = {name: one for name, one in columns.items() if name not in numbers}
    order = [*others, *numbers]
    with pandas_named() as made:
        words = Call(made["_new_Index"], made["Index"], {"data": objects(order), "name": None})
        count = len(next(iter(columns.values())))
        about = {"name": None, "start": 0, "stop": count, "step": 1}
        rows = Call(made["_new_Index"], made["RangeIndex"], about)
        things = np.array([objects(one) for one in others.values()], dtype=object)
        floats = np.array(list(numbers.values()))
        split = slice(0, len(others), 1), slice(len(others), len(order), 1)
        found = made["DataFrame"].__new__(made["DataFrame"])
        if old:
            blocks = [{"values": v, "mgr_locs": p} for v, p in zip((things, floats), split, strict=True)]
            manager = made["BlockManager"]()
            state = (
                [words, rows],
                [things, floats],
                [],
                {"0.14.1": {"axes": [words, rows], "blocks": blocks}},
            )
            made["BlockManager"].__reduce__ = lambda own: (copyreg.__newobj__, (type(own),), state)
        else:
            blocks = [
                Call(made["_unpickle_block"], v, p, 2) for v, p in zip((things, floats), split, strict=True)
            ]
            manager = Call(made["BlockManager"], tuple(blocks), [words, rows])
        found.__dict__ |= {"_data" if old else "_mgr": manager, "_typ": "dataframe", "attrs": {}}
        path.write_bytes(pickle.dumps(found, protocol=2 if old else 4))
    return path


@pytest.mark.parametrize("old", [True, False])
def test_columns_come_as_arrays(tmp_path: Path, old: bool) -> None:
    columns = {
        "imgPath": ["a.png", "b.png"],
        "X": [[1.0, 2.0], [3.0]],
        "camX": [0.5, 1.5],
        "camY": [2.0, 4.0],
    }
    found = read_stored(frame(columns, tmp_path / "t.pkl", old=old))
    assert {name: list(one) for name, one in found.items()} == columns


SIZE = 1280, 720
FOCAL = 3840 * 50 / 36


@pytest.mark.parametrize("old", [True, False])
def test_people_of_agora_land_on_its_smaller_pictures(tmp_path: Path, old: bool) -> None:
    """Its 2D joints are those of pictures of 3840 x 2160, its pictures those of 1280 x 720."""
    rng = np.random.default_rng(2)
    vertices = [
        rng.normal(size=(6890, 3)) * 0.4 + place for place in ((0.5, 0.1, 6), (-0.6, 0.2, 8), (0, 0, 9))
    ]
    joints = [one[::300][:24] for one in vertices]
    pixels = [one[:, :2] / one[:, 2:] * FOCAL + (1920, 1080) for one in joints]
    columns = {
        "imgPath": ["ag_trainset_3dpeople_5_15_00000.png", "ag_other.png"],
        "camX": [1.0, 2.0],
        "gender": [["male", "female"], ["male"]],
        "isValid": [[True, False], [True]],
        "gt_joints_2d": [pixels[:2], pixels[2:]],
        "gt_joints_3d": [joints[:2], joints[2:]],
        "gt_verts": [vertices[:2], vertices[2:]],
    }
    path = frame(columns, tmp_path / "train_0_withjv.pkl", old=old)
    write_body(tmp_path / "SMPL_NEUTRAL.pkl", smpl_arrays(1))
    name = "ag_trainset_3dpeople_5_15_00000_1280x720.png"
    there = Dataset("agora", tmp_path, "images", [Record(name, name, tmp_path / name, size=SIZE)])
    read = FilePredictions(parse_method(f"truth={path}"), BodyCatalog([tmp_path]).get, there)
    (one,) = read.of(Photo(0, there.records[0])).bodies.values()
    expected = vertices[0][:, :2] / vertices[0][:, 2:] * FOCAL / 3 + np.array(SIZE) / 2
    assert one.camera is not None
    assert np.abs(one.camera.project_camera(one.vertices_camera) - expected).max() < 1
    assert any("1 people whom AGORA marks as invalid" in words for words in read.notes)
    assert look_at(path).told[0].what == "bodies of AGORA's tables"


def test_a_table_without_vertices_says_which_has_them(tmp_path: Path) -> None:
    columns = {"imgPath": ["a.png"], "gt_joints_2d": [[1.0]], "gt_joints_3d": [[1.0]], "camX": [1.0]}
    path = frame(columns, tmp_path / "train_0.pkl", old=False)
    with pytest.raises(SefdError, match="Choose the one with vertices"):
        FilePredictions(parse_method(f"t={path}"), BodyCatalog().get, Dataset("x", tmp_path, "images", []))


def hostile(kind: str, path: Path) -> Path:
    with pandas_named() as made:
        words = Call(made["_new_Index"], made["Index"], {"data": objects(["a"]), "name": None})
        place = slice(0, 10**12 if kind == "endless" else 9 if kind == "elsewhere" else 1, 1)
        values = np.zeros((1, 2)) if kind != "elsewhere" else np.zeros((9, 2))
        block = Call(made["_unpickle_block"], values, place, 2)
        found = made["DataFrame"].__new__(made["DataFrame"])
        manager = Call(made["BlockManager"], () if kind == "empty" else (block,), [words, words])
        found.__dict__ |= {"_mgr": 5 if kind == "none" else manager}
        if kind == "command":
            found.__dict__ |= {"_mgr": Call(os.system, "true")}
        path.write_bytes(pickle.dumps(found))
    return path


@pytest.mark.parametrize("kind", ["endless", "elsewhere", "empty", "none", "command"])
def test_damaged_and_hostile_tables_are_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(BodyError, match="cannot be read|asks to run"):
        read_stored(hostile(kind, tmp_path / "t.pkl"))
