"""Everybody in a data set as one table: errors of the run in view, findings, verdicts, tags, annotation.

The rows are the people of the data set, in the order of the photos, and after them whoever a run found where
nobody is annotated. Each kind of knowledge is joined by `with_...`, which gives another table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import count
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

from sefd_viewer.app.photo_titles import key_title
from sefd_viewer.app.run_table import COMMON, PER_METHOD, RunTable, column_names
from sefd_viewer.app.slices import Whole

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from sefd_viewer.app.findings import FindingColumns, Measured
    from sefd_viewer.judgements import Verdict
    from sefd_viewer.judgements.tags import Tags

Case = tuple[str, str | None]
"""The keys of a photo and of a person in it."""
Kind = Literal["number", "flag", "choice", "text", "list", "verdict", "finding"]
"""What a column holds: of a `choice` all values are known, a `list` is text of several words."""

VERDICTS = ("unreviewed", "good", "bad", "unsure", "fixed")
KEYS = ("record", "person")
BETWEEN = ", "
_MOST_CHOICES = 400
"""Different texts of a column up to which it counts as a choice."""


@dataclass(frozen=True)
class PeopleColumn:
    """A column: `id` is written in filters and in files, `names` are other words for it.

    `method` is whose number it is, `detector` whose measurement. Of an `empty` one nothing is known here.
    """

    id: str
    title: str
    kind: Kind = "number"
    unit: str = ""
    tip: str = ""
    names: tuple[str, ...] = ()
    method: str | None = None
    detector: str | None = None
    empty: bool = False

    @property
    def heading(self) -> str:
        """Title and unit."""
        return f"{self.title}, {self.unit}" if self.unit else self.title


_ANNOTATION: tuple[PeopleColumn, ...] = (
    PeopleColumn("position", "Photo number", tip="Where the photo is in the data set, from 0"),
    PeopleColumn("record", "Photo", "text", tip="The photo's key", names=("photo",)),
    PeopleColumn("person", "Person", "choice", tip="The person's key in the photo"),
    PeopleColumn("camera", "Camera", "choice", tip="Which camera saw it", names=("view", "cam")),
    PeopleColumn("frame", "Frame", tip="The number of the moment, as the data set counts"),
    PeopleColumn("moment", "Moment", "text", tip="What photos of one instant have in common"),
    PeopleColumn("subject", "Subject", "choice", tip="Who is seen"),
    PeopleColumn("action", "Action", "choice", tip="What is done"),
    PeopleColumn("keypoints", "2D joints", tip="How many 2D joints are labelled", names=("joints",)),
    PeopleColumn("smpl", "Body", "flag", tip="Whether there is an annotated body", names=("body", "gt")),
    PeopleColumn("score", "Score", tip="The score of the annotation"),
    PeopleColumn("fit_error", "Fit error", tip="How badly the body fits its 2D joints", names=("fit",)),
    PeopleColumn("box_w", "Box width", unit="px", names=("box_width",)),
    PeopleColumn("box_h", "Box height", unit="px", names=("box_height",)),
    PeopleColumn("box_area", "Box", unit="px²", tip="Area of the person's box", names=("box",)),
    PeopleColumn("problem", "Problem", "text", tip="What is wrong with the photo or the person"),
)
_RUN: tuple[PeopleColumn, ...] = (
    PeopleColumn("hidden", "Hidden", tip="Share of the body that others, things or the edge hide (0 to 1)"),
    PeopleColumn("truth", "Truth", "flag", tip="Whether there is a truth to measure against"),
    PeopleColumn(
        "poses", "2D poses", "choice", tip="Where the run's 2D poses are from", names=("pose_source",)
    ),
    PeopleColumn("not_measured", "Not measured", "text", tip="Why there are no numbers"),
)
_VERDICT: tuple[PeopleColumn, ...] = (
    PeopleColumn("verdict", "Verdict", "verdict", tip="What was decided about the annotation"),
    PeopleColumn("issues", "Reasons", "list", tip="What is wrong", names=("issue", "reason", "reasons")),
    PeopleColumn("note", "Note", "text", tip="The note of the verdict"),
    PeopleColumn("reviewer", "Reviewer", "choice", tip="Who decided"),
    PeopleColumn("disagree", "Reviewers disagree", "flag", tip="Reviewers decided differently"),
)
_TAGS = PeopleColumn("tags", "Tags", "list", tip="Words that somebody gave to the person", names=("tag",))
_FINDINGS: tuple[PeopleColumn, ...] = (
    PeopleColumn("finding", "Finding", "finding", tip="What the detectors found"),
    PeopleColumn("findings", "Findings", tip="How many detectors found something"),
    PeopleColumn("worst", "Worst finding", "choice", tip="The finding furthest beyond its limit"),
)
_OTHER_NAMES = {
    "mpjpe_mm": ("", "mpjpe"),
    "pa_mpjpe_mm": ("pa", "pa_mpjpe"),
    "mpvpe_mm": ("mpvpe", "pve"),
    "reprojection_px": ("reprojection", "2d"),
}


@dataclass(frozen=True, eq=False)
class PeopleTable(Whole):
    """One row per (photo, person); `frame` is a polars frame whose numbers are null where there are none.

    `columns` describe what can be shown, filtered and plotted; the frame holds more (`position`, `text`: what
    words are searched in, `found ID`: whether a detector found something). `run` is whose numbers these are,
    its row for each of these rows is in the column `run_row`; `detectors` are ids and titles of all known.
    """

    frame: pl.DataFrame
    columns: tuple[PeopleColumn, ...]
    run: RunTable | None = None
    detectors: tuple[tuple[str, str], ...] = ()
    measured: bool = False
    _numbers: dict[str, Any] = field(default_factory=dict, repr=False)
    _values: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return self.frame.height

    # ---- people

    @cached_property
    def positions(self) -> NDArray[np.int32]:
        """Where each row's photo is in the data set, (N,)."""
        import polars as pl

        return self.frame["position"].cast(pl.Int32).to_numpy().copy()

    @cached_property
    def cells(self) -> Callable[[int], Mapping[str, Any]]:
        """Gives a row's values by column, None where there is none; a screenful of rows is remembered."""
        frame = self.frame  # a function that holds this table would be held by it, and so by itself
        return lru_cache(1024)(lambda row: frame.row(row, named=True))

    def case(self, row: int) -> Case:
        """Photo and person of a row."""
        cells = self.cells(int(row))
        return cells["record"], cells["person"]

    def cases(self, rows: NDArray[np.int32] | Sequence[int]) -> list[Case]:
        """Photo and person of several rows."""
        part = self.frame.select(KEYS)[rows]
        return list(zip(part["record"], part["person"], strict=True))

    @cached_property
    def _rows(self) -> dict[Case, int]:
        return dict(zip(zip(*(self.frame[key].to_list() for key in KEYS), strict=True), count()))

    def row(self, record: str | None, person: str | None) -> int | None:
        """The row of exactly this person of this photo, None where there is none."""
        return None if record is None else self._rows.get((record, person))

    @cached_property
    def rows_of(self) -> Callable[[str], list[int]]:
        """Finds the rows of everybody in a photo."""
        records = self.frame["record"]
        return lru_cache(512)(lambda key: (records == key).arg_true().to_list())

    def box(self, row: int) -> tuple[float, float, float, float] | None:
        """The person's box x y w h in pixels of the photo, None without one."""
        x, y, width, height = itemgetter("box_x", "box_y", "box_w", "box_h")(self.cells(int(row)))
        known = None not in (x, y, width, height) and min(width, height) > 0
        return (x, y, width, height) if known else None

    def place(self, row: int) -> str:
        """What the photo of a row is called: "Camera 3 · frame 40", "Photo 45"."""
        cells = self.cells(int(row))
        camera = cells["camera"]
        return key_title(cells["record"], camera, cells["frame"], self.values("camera") if camera else ())

    # ---- columns

    @cached_property
    def by_id(self) -> dict[str, PeopleColumn]:
        """The columns by what they are called in filters, old names included."""
        known: dict[str, PeopleColumn] = {}
        for column in self.columns:
            for name in (column.id, *column.names):
                known.setdefault(name.lower(), column)
        return known

    @cached_property
    def filled(self) -> tuple[PeopleColumn, ...]:
        """The columns that hold anything."""
        return tuple(column for column in self.columns if not column.empty)

    def column(self, name: str) -> PeopleColumn | None:
        """The column of this name, None for an unknown one."""
        return self.by_id.get(name.lower())

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods of the run in view."""
        return self.run.methods if self.run is not None else ()

    def error(self, method: str, metric: str = "mpjpe_mm") -> str:
        """The id of a method's number."""
        return f"{column_names(self.methods)[method]}_{metric}"

    def numbers(self, id: str) -> NDArray[np.float64]:
        """A column of numbers or flags (N,), nan where there is none; do not change it."""
        import numpy as np
        import polars as pl

        if id not in self._numbers:
            self._numbers[id] = self.frame[id].cast(pl.Float64).fill_null(np.nan).to_numpy()
        found: NDArray[np.float64] = self._numbers[id]
        return found

    def values(self, id: str) -> tuple[str, ...]:
        """The different texts of a column, of lists the words in them."""
        if id in self._values:
            return self._values[id]
        texts = self.frame[id].drop_nulls().unique(maintain_order=True).to_list()
        if (column := self.column(id)) is not None and column.kind == "list":
            texts = list(dict.fromkeys(word for text in texts for word in text.split(BETWEEN)))
        self._values[id] = tuple(sorted(filter(None, texts), key=_natural))
        return self._values[id]

    # ---- what is joined

    def with_run(self, run: RunTable, poses: str, place: Callable[[str], int | None]) -> PeopleTable:
        """The table with a run's numbers, those found unannotated last, in photos with a `place` here."""
        import polars as pl

        own_columns = _columns_of(run)
        names = [*KEYS, "has_truth", *(one.id for one in own_columns if one.id in run.frame.columns)]
        own = run.frame.with_row_index("run_row").with_columns(pl.col("problem").alias("not_measured"))
        own = own.select("run_row", "not_measured", *names).rename({"has_truth": "truth"})
        joined = self.frame.join(own, on=KEYS, how="left", nulls_equal=True, maintain_order="left")
        strangers = own.join(self.frame.select(KEYS), on=KEYS, how="anti", nulls_equal=True)
        places = pl.Series("position", list(map(place, strangers["record"])), pl.Int32)
        strangers = strangers.with_columns(places, smpl=pl.lit(value=False)).drop_nulls(
            ["person", "position"]
        )
        joined = pl.concat([joined, strangers], how="diagonal")
        joined = joined.with_columns(
            pl.when(pl.col("run_row").is_not_null()).then(pl.lit(poses)).alias("poses"),
            pl.col(pl.Float64, pl.Float32).fill_nan(None),
        )
        return _made(joined, (*self.columns, *own_columns), replace(self, run=run))

    def with_findings(
        self, found: FindingColumns, measured: Measured | None, detectors: Iterable[tuple[str, str]] = ()
    ) -> PeopleTable:
        """The table with what each detector measured (the gravest where several) and found."""
        import numpy as np
        import polars as pl

        series, columns = [], list(_FINDINGS)
        for place, one in enumerate(found.detectors):
            hit = (found.found >> np.uint64(place)) & np.uint64(1)
            series.append(pl.Series(f"found {one.id}", hit.astype(bool)))
            values = measured.values.get(one.id) if measured is not None else None
            if values is not None:
                best, start = (np.fmax, -np.inf) if one.above else (np.fmin, np.inf)
                gravest = np.full(len(self), start, np.float32)
                best.at(gravest, values.rows, values.values)
                gravest[~np.isfinite(gravest)] = np.nan
                series.append(pl.Series(one.id, gravest).fill_nan(None))
                columns.append(
                    PeopleColumn(one.id, one.title, unit=one.unit, tip=one.description, detector=one.id)
                )
        titles = [one.title for one in found.detectors]
        worst = [titles[place] if place >= 0 else None for place in found.worst.tolist()]
        frame = self.frame.with_columns(
            *series,
            findings=pl.Series(found.counts),
            worst=pl.Series(worst, dtype=pl.String),
            excess=pl.Series(found.excess),
        )
        known = tuple(detectors) or tuple((one.id, one.title) for one in found.detectors)
        made = replace(self, detectors=known, measured=measured is not None)
        return _made(frame, (*self.columns, *columns), made)

    def with_verdicts(
        self,
        verdicts: Iterable[Verdict],
        *,
        old: Collection[Case] = (),
        others: Mapping[Case, Sequence[Verdict]] | None = None,
    ) -> PeopleTable:
        """The table with the verdicts that hold; `old` ones are about another annotation.

        `others` has the last word of each reviewer where they differ.
        """
        import polars as pl

        from sefd_viewer.judgements import ISSUE_KINDS

        rows = [
            {
                "record": one.record,
                "person": one.person,
                "verdict": one.state,
                "issues": BETWEEN.join(ISSUE_KINDS.get(kind, kind) for kind in one.issues) or None,
                "note": one.note or None,
                "reviewer": one.reviewer or None,
                "verdict_old": one.case in old,
                "disagree": one.case in (others or {}),
            }
            for one in verdicts
        ]
        frame = self._joined(rows, _VERDICT_SCHEMA).with_columns(
            pl.col("verdict").fill_null("unreviewed"),
            pl.col("verdict_old", "disagree").fill_null(value=False),
        )
        return _made(frame, (*self.columns, *_VERDICT), self)

    def with_tags(self, tags: Tags) -> PeopleTable:
        """The table with everybody's tags."""
        rows = [
            {"record": record, "person": person, "tags": BETWEEN.join(words)}
            for (record, person), words in tags.people.items()
        ]
        return _made(self._joined(rows, ("tags",)), (*self.columns, _TAGS), self)

    def _joined(self, rows: list[dict[str, Any]], names: Sequence[str]) -> pl.DataFrame:
        import polars as pl

        flags = {name: pl.Boolean for name in names if name in ("verdict_old", "disagree")}
        schema = {name: flags.get(name, pl.String) for name in (*KEYS, *names)}
        fresh = self.frame.drop([name for name in names if name in self.frame.columns])
        part = pl.DataFrame(rows, schema=schema)
        return fresh.join(part, on=KEYS, how="left", nulls_equal=True, maintain_order="left")


_VERDICT_SCHEMA = ("verdict", "issues", "note", "reviewer", "verdict_old", "disagree")


def table_of(index: pl.DataFrame) -> PeopleTable:
    """The table of an index's rows (`datasets.index.people_table`); columns may be missing."""
    import polars as pl

    frame = index.drop("camera", strict=False).rename({"view": "camera"}, strict=False)
    for column in _ANNOTATION:
        if column.id not in frame.columns and column.id not in ("frame", "box_area"):
            kind = {"number": pl.Float32, "flag": pl.Boolean}.get(column.kind, pl.String)
            frame = frame.with_columns(pl.lit(None, kind).alias(column.id))
    for side in ("box_x", "box_y"):
        if side not in frame.columns:
            frame = frame.with_columns(pl.lit(None, pl.Float32).alias(side))
    frame = frame.with_columns(
        pl.col("moment").str.extract(r"(\d+)\D*$").cast(pl.Int64, strict=False).alias("frame"),
        (pl.col("box_w") * pl.col("box_h")).alias("box_area"),
        pl.col(pl.String).replace("", None),
        pl.col(pl.Float64, pl.Float32).fill_nan(None),
    )
    parts = (*KEYS, "camera", "subject", "action", "problem")
    texts = [pl.col(name).cast(pl.String).fill_null("") for name in parts]
    frame = frame.with_columns(pl.concat_str(texts, separator="\n").str.to_lowercase().alias("text"))
    return _made(frame, _ANNOTATION)


def _made(
    frame: pl.DataFrame, columns: Sequence[PeopleColumn], like: PeopleTable | None = None
) -> PeopleTable:
    """A table of these columns; texts of many values are no choices."""
    kept = []
    for one in {column.id: column for column in columns}.values():
        values = frame["findings" if one.kind == "finding" else one.id]
        many = one.kind == "choice" and values.n_unique() > _MOST_CHOICES
        empty = values.null_count() == frame.height
        kept.append(replace(one, kind="text" if many else one.kind, empty=empty))
    return replace(like or PeopleTable(frame, ()), frame=frame, columns=tuple(kept), _numbers={}, _values={})


def _columns_of(run: RunTable) -> list[PeopleColumn]:
    """A run's columns, with short names for those of a method."""
    names, columns = column_names(run.methods), list(_RUN)
    for one in run.columns:
        if one.method is None or one.id in COMMON:
            continue
        metric = one.id.removeprefix(f"{names[one.method]}_")
        if metric in PER_METHOD:
            plain = re.sub("_+", "_", names[one.method]).strip("_")
            short = _OTHER_NAMES.get(metric, (metric.removesuffix("_mm"),))
            words = tuple(f"{plain}_{word}" if word else plain for word in (*short, metric))
            columns.append(PeopleColumn(one.id, one.title, unit=one.unit, names=words, method=one.method))
    return columns


def _natural(text: str) -> list[tuple[bool, int, str]]:
    """Orders texts with numbers in them as people do: 2 before 10."""
    parts = re.split(r"(\d+)", text.lower())
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts if part]
