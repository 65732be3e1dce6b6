"""Runs of strangers, older versions and broken disks: words, and what is whole is used."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest

from sefd_viewer.datasets.records import Dataset, Record
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.report.writing import runner_of
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, open_run

STUDENT = Method("student", "student")
ROW = {"position": 0, "record": "a", "person": "1", "method": "student", "mpjpe_mm": 50.0}


@pytest.fixture
def run(tmp_path: Path) -> RunStore:
    found = Dataset("one", None, "sample", [Record("a", "a")])
    store = RunStore(tmp_path / "run", RunPlan.of(found, (STUDENT,), {"edges": {}}))
    store.add([ROW])
    return store


def written(run: RunStore, **changes: Any) -> Path:
    path = run.folder / "run.json"
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes()) | changes))
    return run.folder


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dataset": 1}, "dataset is not text"),
        ({"root": None}, "root is not text"),
        ({"records": "many"}, "records is not a whole number"),
        ({"records": True}, "records is not a whole number"),
        ({"methods": ["student"]}, "methods is not an object"),
        ({"settings": []}, "settings is not an object"),
        ({"definitions": [1]}, "definitions is not an object"),
        ({"definitions": {"student": 1}}, "method student is not described"),
        ({"definitions": {"student": {"name": "student", "foo": 1}}}, "method student is not described"),
        ({"definitions": {"student": {"name": "student", "role": 1}}}, "method student is not described"),
        ({"definitions": {"student": {"name": "student", "later": "0"}}}, "method student is not described"),
        ({"definitions": {"student": {"name": "student", "each": True}}}, "method student is not described"),
        ({"definitions": {"student": {"role": "student"}}}, "method student is not described"),
    ],
)
def test_a_run_whose_description_has_wrong_types_is_refused(
    run: RunStore, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(SefdError, match=rf"run\.json: this run's {words}"):
        open_run(written(run, **changes))
    with pytest.raises(SefdError, match=words):
        RunStore(run.folder, run.plan)


@pytest.mark.parametrize("content", [b"", b"[]", b"3", b"[" * 5000, b'{"dataset": "one"}', b"\xff"])
def test_what_is_no_description_is_refused(run: RunStore, content: bytes) -> None:
    (run.folder / "run.json").write_bytes(content)
    with pytest.raises(SefdError, match=r"run\.json"):
        open_run(run.folder)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"edges": 3},
        {"edges": {"sigma": "wide"}},
        {"edges": {"area_kernels": ["a"]}},
        {"edges": {}, "bodies": 5},
    ],
)
def test_settings_that_cannot_be_used_are_told(tmp_path: Path, settings: dict[str, Any]) -> None:
    plan = RunPlan("one", "sample", "", 1, {"student": "x"}, settings, {"student": dict(vars(STUDENT))})
    with pytest.raises(SefdError, match="the settings of this run cannot be used"):
        runner_of(RunStore(tmp_path / "run", plan))


def test_parts_of_other_types_are_left_out_and_others_read(run: RunStore) -> None:
    pl.DataFrame({"position": ["x"], "record": ["b"]}).write_parquet(run.folder / "part-000002-a.parquet")
    pl.DataFrame({"strange": [1]}).write_parquet(run.folder / "part-000003-a.parquet")
    (run.folder / "part-000004-a.parquet").write_bytes(b"PAR1")
    older = pl.DataFrame([ROW | {"position": 1}]).cast({"position": pl.Int64, "mpjpe_mm": pl.Float64})
    older.write_parquet(run.folder / "part-000005-a.parquet")
    table = run.table().drop_nulls("record")
    assert table.select("position", "mpjpe_mm").rows() == [(0, 50.0), (1, 50.0)]


def test_a_run_that_an_earlier_version_described_opens(run: RunStore) -> None:
    """As it stood in files before frames could be unsaid: a zero where there is None today."""
    described: dict[str, Any] = {
        "name": "student",
        "role": "student",
        "weights": None,
        "pictures": None,
        "later": 0,
        "each": 1,
    }
    described |= {"within": "", "called": "", "near": 0.25, "overlap": 0.5}
    (opened,) = open_run(written(run, definitions={"student": described})).plan.runnable()
    assert (opened.name, opened.role, opened.later) == ("student", "student", 0)


def test_a_run_opens_again_whatever_its_methods_say(tmp_path: Path) -> None:
    said: dict[str, Any] = {field.name: field.default for field in fields(Method)}
    said |= {name: "x" for name, value in said.items() if value in (None, "")}
    every = Method(**said | {"name": "b", "pictures": (3, 4), "later": 2, "each": 4, "near": 0.5})
    definitions = {method.name: dict(vars(method)) for method in (STUDENT, every)}
    plan = RunPlan("one", "sample", "", 1, dict.fromkeys(definitions, "x"), {"edges": {}}, definitions)
    RunStore(tmp_path / "run", plan)
    RunStore(tmp_path / "run", plan)  # it is gone on with
    opened = open_run(tmp_path / "run").plan.runnable()
    assert [replace(one, pictures=one.pictures and tuple(one.pictures)) for one in opened] == [STUDENT, every]
