"""Which people of a run a report shows, with the numbers of every method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    import polars as pl

    from sefd_viewer.evaluation.runs.orders import WantedCase
    from sefd_viewer.evaluation.runs.store import RunStore

NUMBERS: dict[str, str] = {
    "mpjpe_mm": "MPJPE, mm",
    "pa_mpjpe_mm": "PA-MPJPE, mm",
    "mpvpe_mm": "MPVPE, mm",
    "mpjpe_other_person_mm": "MPJPE hidden by others, mm",
    "reprojection_px": "2D error, px",
}
"""What is written beside a case, with its unit."""


@dataclass(frozen=True)
class Case:
    """A person of a record; `numbers` by method and metric, None where there is none.

    `title` and `note` are a person's own words about it; without a title it is called by its record.
    """

    position: int
    record: str
    person: str
    hidden: float | None
    numbers: Mapping[str, Mapping[str, float | None]]
    title: str = ""
    note: str = ""


def worst_cases(store: RunStore, order: str, count: int) -> list[Case]:
    """The `count` people with the largest `order`: METHOD (its MPJPE) or METHOD-METHOD (the difference).

    Raises SefdError for an order that the run does not have.
    """
    import polars as pl

    table = store.table().filter(pl.col("person").is_not_null())
    ranked = _ranked(table, order, tuple(store.plan.methods)).head(count)
    return [_case(table, int(row[0]), str(row[1])) for row in ranked.iter_rows()]


def named_cases(store: RunStore, wanted: Sequence[WantedCase]) -> list[Case]:
    """The people who are wanted, in this order; SefdError for one whom the run does not have.

    Where all people of a record are wanted the first of them carries the note.
    """
    import polars as pl

    table = store.table().filter(pl.col("person").is_not_null())
    cases: list[Case] = []
    for one in wanted:
        rows = table.filter(pl.col("record") == one.record)
        people = rows["person"].unique(maintain_order=True).to_list()
        if one.person is not None:
            people = [person for person in people if person == one.person]
        if not people:
            who = "nobody" if one.person is None else f"no person {one.person}"
            remedy = "Evaluate all photos, or take this one off the list"
            raise SefdError(f"the run has {who} of {one.record}", where=store.folder, remedy=remedy)
        found = [_case(table, int(rows["position"][0]), person) for person in people]
        cases += [replace(case, title=one.title) for case in found]
        cases[-len(found)] = replace(cases[-len(found)], note=one.note)
    return cases


def _ranked(table: pl.DataFrame, order: str, methods: tuple[str, ...]) -> pl.DataFrame:
    import polars as pl

    splits = [(order[:at], order[at + 1 :]) for at, letter in enumerate(order) if letter == "-"]
    known = [pair for pair in ((order, ""), *splits) if {*pair} <= {*methods, ""}]
    first, second = known[0] if known else (*order.split("-", 1), "")[:2]
    for name in filter(None, (first, second)):
        if name not in methods:
            raise SefdError(f"the run has no method {name}", remedy=f"It has {', '.join(methods)}")
    keys = ["position", "person"]
    values = table.filter(pl.col("method") == first).select(*keys, pl.col("mpjpe_mm").alias("value"))
    if second:
        other = table.filter(pl.col("method") == second).select(*keys, pl.col("mpjpe_mm").alias("other"))
        both = values.join(other, on=keys)
        values = both.select(*keys, (pl.col("value") - pl.col("other")).alias("value"))
    return values.drop_nulls("value").sort("value", descending=True)


def _case(table: pl.DataFrame, position: int, person: str) -> Case:
    import polars as pl

    rows = table.filter((pl.col("position") == position) & (pl.col("person") == person))
    numbers = {
        str(row["method"]): {metric: row[metric] for metric in NUMBERS} for row in rows.iter_rows(named=True)
    }
    hidden = rows["hidden"].drop_nulls()
    share = float(hidden[0]) if len(hidden) else None
    return Case(position, str(rows["record"][0]), person, share, numbers)
