"""Tables as files: what is unknown is empty, and what cannot be written is told."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from sefd_viewer.csv_cells import csv_of_rows, write_table
from sefd_viewer.errors import SefdError

ROWS = [{"name": "a, b", "mm": 1.25}, {"name": "c", "mm": float("nan")}]


@pytest.mark.parametrize(("name", "read"), [("t.csv", pl.read_csv), ("T.PARQUET", pl.read_parquet)])
def test_rows_come_back_and_unknown_numbers_are_empty(tmp_path: Path, name: str, read: object):
    assert write_table(tmp_path / name, ROWS) == 2
    assert read(tmp_path / name).rows() == [("a, b", 1.25), ("c", None)]  # type: ignore[operator]
    assert [file.name for file in tmp_path.iterdir()] == [name]


FORMULAS = ["=1+1", "+1+cmd|' /C calc'!A0", "-1+2", "@SUM(A1)", "\t=1", "＝1", " =1"]
WORDS = ["a=1", "-0.25", "+3e-5", "-.5", "val2017/1.jpg"]


def test_words_that_spreadsheets_take_for_formulas_get_an_apostrophe(tmp_path: Path):
    path = tmp_path / "t.csv"
    rows = [{"=name": word, "kind": word, "mm": -1.5} for word in (*FORMULAS, *WORDS)]
    write_table(path, pl.DataFrame(rows).with_columns(pl.col("kind").cast(pl.Categorical)))
    expected = [*(f"'{word}" for word in FORMULAS), *WORDS]
    written = pl.read_csv(path)
    assert written["'=name"].to_list() == written["kind"].to_list() == expected
    assert written["mm"].to_list() == [-1.5] * len(rows)
    by_rows = csv_of_rows(["=name", "kind", "mm"], (row.values() for row in rows)).decode()
    assert pl.read_csv(by_rows.encode()).equals(written)


@pytest.mark.parametrize(
    ("name", "rows", "words"),
    [("t.txt", ROWS, "CSV or Parquet"), ("t.csv", [], "nothing"), ("no/t.csv", ROWS, "cannot be written")],
)
def test_what_cannot_be_written_is_told(tmp_path: Path, name: str, rows: list, words: str):
    with pytest.raises(SefdError, match=words):
        write_table(tmp_path / name, rows)
    assert not list(tmp_path.iterdir())
