"""The store of a run: a folder with what was asked, and Parquet parts that are whole or not there."""

from __future__ import annotations

import hashlib
import io
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import uuid4

import orjson

from sefd_viewer import __version__
from sefd_viewer.atomic import writable_folder, write_file
from sefd_viewer.datasets.inputs import inputs_of
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import SefdError, shown
from sefd_viewer.evaluation.case_measures import COLUMNS
from sefd_viewer.evaluation.runs.methods import Method
from sefd_viewer.evaluation.runs.pose_sources import ANNOTATION, files_of_source

if TYPE_CHECKING:
    import polars as pl

Row = Mapping[str, Any]

ABOUT = "run.json"
_KINDS: dict[str, tuple[type, str]] = {
    "dataset": (str, "text"),
    "format": (str, "text"),
    "root": (str, "text"),
    "records": (int, "a whole number"),
    "methods": (dict, "an object"),
    "settings": (dict, "an object"),
    "definitions": (dict, "an object"),
}
_LISTS = ("joint_errors_mm", "joint_states", "keypoints", "true_keypoints")
_MUPOTS = ("mupots_errors_mm", "mupots_stretched_errors_mm")


@dataclass(frozen=True)
class RunPlan:
    """What is evaluated: the data set's name, format, root and size, the methods, and the settings used.

    `methods` says for each name what tells its results from others'; `definitions` how to run it again.
    """

    dataset: str
    format: str
    root: str
    records: int
    methods: Mapping[str, str]
    settings: Mapping[str, Any]
    definitions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, dataset: Dataset, methods: Sequence[Method], settings: Mapping[str, Any]) -> RunPlan:
        """The plan of running `methods` over a data set.

        Among the settings is what its annotations, pictures and bodies (`settings["bodies"]`) are now: what
        was measured before one of them changed is another run's.
        """
        also = files_of_source(settings.get("poses", ANNOTATION), dataset)
        inputs = inputs_of(dataset, settings.get("bodies", ()), also=also)
        settings = {**settings, "inputs": inputs}
        names = {method.name: method.identity() for method in methods}
        root = "" if dataset.root is None else shown(str(dataset.root.resolve()))
        definitions = {method.name: dict(vars(method)) for method in methods}
        return cls(dataset.name, dataset.format, root, len(dataset.records), names, settings, definitions)

    def runnable(self) -> tuple[Method, ...]:
        """The methods, ready to be run again."""
        return tuple(Method(**definition) for definition in self.definitions.values())

    def key(self) -> str:
        """What tells this run from others, as a part of a folder's name."""
        decisive = {name: value for name, value in vars(self).items() if name != "definitions"}
        content = orjson.dumps(decisive, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(content).hexdigest()[:16]


def runs_folder() -> Path:
    """Where runs are kept: `SEFD_VIEWER_RUNS`, else in the user's data folder."""
    import platformdirs

    chosen = os.environ.get("SEFD_VIEWER_RUNS")
    return Path(chosen) if chosen else platformdirs.user_data_path("sefd-viewer") / "runs"


def default_folder(plan: RunPlan) -> Path:
    """Where a run is kept if nobody says."""
    return runs_folder() / f"{plan.dataset}-{plan.key()}"


class RunStore:
    """Results of a run. A run that was stopped goes on where it was; one of another plan is refused."""

    def __init__(self, folder: Path, plan: RunPlan, *, to_read: bool = False) -> None:
        """Open or make the store; raises SefdError when the folder cannot be used or holds another run.

        One that is opened `to_read` may lie where nothing can be written.
        """
        self.folder, self.plan = folder, plan
        if to_read:
            return
        writable_folder(folder)
        about = self.folder / ABOUT
        if about.exists():
            _check(about, plan)
        else:
            content = {"program": f"sefd-viewer {__version__}", "key": plan.key(), **vars(plan)}
            write_file(about, orjson.dumps(content, option=orjson.OPT_INDENT_2))

    def add(self, rows: Iterable[Row]) -> None:
        """Write rows as one more part; they are on disk when this returns.

        The part's name is its own: shards may write into the same folder at once.
        """
        import polars as pl

        frame = pl.DataFrame(list(rows), schema=schema(), orient="row")
        if frame.height:
            buffer = io.BytesIO()
            frame.write_parquet(buffer)
            number = len(self._parts()) + 1
            name = f"part-{number:06d}-{uuid4().hex[:8]}.parquet"
            write_file(self.folder / name, buffer.getvalue())

    def table(self) -> pl.DataFrame:
        """Everything that was measured, in the order of records; a broken part is left out.

        What an older version did not measure yet is empty.
        """
        import polars as pl

        parts = [part for part in map(_readable, self._parts()) if part is not None]
        whole = pl.concat([pl.DataFrame(schema=schema()), *parts], how="diagonal").select(*schema())
        unique = whole.unique(subset=["position", "person", "method"], keep="last", maintain_order=True)
        return unique.sort("position", "method", maintain_order=True)

    def joints_from(self) -> list[str]:
        """What makes the joints that errors are measured on, in words, commonest first."""
        return [words for words, _ in Counter(self.table()["joints_from"].drop_nulls()).most_common()]

    def done(self) -> set[int]:
        """The positions of the records that every method of the plan has answered."""
        import polars as pl

        counts = self.table().group_by("position").agg(pl.col("method").n_unique())
        whole = counts.filter(pl.col("method") >= len(self.plan.methods))
        return set(whole["position"].to_list())

    def _parts(self) -> list[Path]:
        return parts_of(self.folder)


def parts_of(folder: Path) -> list[Path]:
    """The files of a run's parts, in their order; a part that is there never changes."""
    return sorted(folder.glob("part-*.parquet"))


def open_run(folder: Path) -> RunStore:
    """The store of a run that was made earlier, to be read; raises SefdError when there is none."""
    content = _about(folder / ABOUT)
    names = [name for name in RunPlan.__dataclass_fields__ if name != "definitions"]
    try:
        plan = RunPlan(**{name: content[name] for name in names}, definitions=content.get("definitions", {}))
    except KeyError as error:
        raise SefdError(
            f"this run does not say its {error}",
            where=folder / ABOUT,
            remedy="Run the evaluation again into another folder",
        ) from error
    return RunStore(folder, plan, to_read=True)


def schema() -> dict[str, Any]:
    """The columns of a run's table and their types."""
    import polars as pl

    columns: dict[str, Any] = {
        "position": pl.Int32,
        "record": pl.String,
        "person": pl.String,
        "method": pl.String,
        "problem": pl.String,
        "has_truth": pl.Boolean,
        "box_area": pl.Float32,
        "score": pl.Float32,
        "joint_set": pl.String,
        "true_keypoints": pl.List(pl.Float32),
        "joints_from": pl.String,
        "body": pl.String,
        "kind": pl.String,
        "reason": pl.String,
        "truth": pl.String,
        "sequence": pl.String,
        "moment": pl.Int32,
        "crowd_index": pl.Float64,
        "area": pl.Float32,
        "true_box": pl.List(pl.Float32),
        "mupots": pl.Boolean,
        **{name: pl.List(pl.Float32) for name in _MUPOTS},
    }
    return columns | {name: pl.List(pl.Float32) if name in _LISTS else pl.Float32 for name in COLUMNS}


def _check(about: Path, plan: RunPlan) -> None:
    found = _about(about)
    if found.get("key") == plan.key():
        return
    decisive = [name for name in vars(plan) if name != "definitions"]
    differences = [name for name in decisive if found.get(name) != getattr(plan, name)]
    settings = found.get("settings", {})
    if {name for name in plan.settings if settings.get(name) != plan.settings[name]} == {"inputs"}:
        differences = ["its annotations, pictures or bodies, which changed since"]
    raise SefdError(
        f"this folder holds another run (it differs in {', '.join(differences) or 'its version'})",
        where=about.parent,
        remedy="Name another folder, or give the same data set, methods and settings to continue",
    )


def _about(path: Path) -> dict[str, Any]:
    try:
        content = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SefdError("there is no run here", where=path, remedy="Name the folder of a run") from error
    if not isinstance(content, dict):
        raise SefdError("this is not a run", where=path, remedy="Name the folder of a run")
    for name, (kind, words) in _KINDS.items():
        if name in content and type(content[name]) is not kind:
            raise SefdError(f"this run's {name} is not {words}", where=path, remedy="Evaluate again")
    for name, definition in content.get("definitions", {}).items():
        _check_definition(name, definition, path)
    return content


def _check_definition(name: str, definition: object, path: Path) -> None:
    """Raise SefdError unless a method can be made of this."""
    known = {field.name for field in fields(Method)}
    values = definition if isinstance(definition, dict) else {"": definition}
    usable = all(_fits(key, value) for key, value in values.items())
    if not usable or values.keys() - known or values.get("name") != name:
        words = f"this run's method {name} is not described as this version does it"
        raise SefdError(words, where=path, remedy="Evaluate again, or use the version that wrote it")


def _fits(key: str, value: object) -> bool:
    """Whether a field of a method may be this, as JSON has it."""
    hint = get_type_hints(Method).get(key)
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return any(_is(value, kind) for kind in kinds)


def _is(value: object, kind: Any) -> bool:
    if get_origin(kind) is tuple:
        return isinstance(value, list) and all(type(one) is int for one in value)
    return type(value) is (str if get_origin(kind) is Literal else kind)


def _readable(path: Path) -> pl.DataFrame | None:
    """A part with the columns and types that this version knows, None for a broken one."""
    import polars as pl

    try:
        frame = pl.read_parquet(path)
        kinds = schema()
        return frame.select(pl.col(name).cast(kinds[name]) for name in frame.columns if name in kinds)
    except (OSError, pl.exceptions.PolarsError):
        return None
