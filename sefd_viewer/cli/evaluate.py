"""`sefd-viewer evaluate ROOT --method ...`: methods measured over a whole data set."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sefd_viewer.cli.bodies import BodyOption, body_places, read_options
from sefd_viewer.cli.excluding import ExcludeOption, leave_out, read_exclusion
from sefd_viewer.cli.opening import JointsOption
from sefd_viewer.cli.outputs import check_outputs
from sefd_viewer.cli.record_bar import record_bar
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    import polars as pl

    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.evaluation.runs.store import RunStore


def evaluate(
    root: Annotated[Path | None, typer.Argument(metavar="ROOT", help="A data set; else the sample.")] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METHOD",
            help="baseline, student, teacher, NAME=ROLE:WEIGHTS or NAME=PREDICTIONS\\[#ROLE|#BODY]; "
            "may be repeated.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The run's folder; else one in your data folder.")
    ] = None,
    format: Annotated[str | None, typer.Option(metavar="NAME", help="mscoco ...; else found out.")] = None,
    poses: Annotated[
        str,
        typer.Option(
            metavar="SOURCE",
            help="Which 2D poses the networks get: annotation, detector, estimated (true joints with a "
            "detector's errors, kept beside the set), openpose, "
            "higherhrnet (both held by the set) or a FILE.",
        ),
    ] = "annotation",
    joints: JointsOption = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many records.")] = None,
    shard: Annotated[str, typer.Option(metavar="I/N", help="Part I of N, for several machines.")] = "1/1",
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler, whose workers run the methods.")
    ] = None,
    exclude: ExcludeOption = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
    body: BodyOption = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the table of people as CSV.")
    ] = None,
    parquet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the table of people as Parquet.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Run the methods, or go on with a run that was stopped, and print what was measured.

    Exit status 1 when nothing could be measured: nothing to compare with, or no usable predictions.
    """
    from sefd_viewer.cli.opening import open_and_tell, tell_problems
    from sefd_viewer.evaluation.runs.cluster_work import ClusterWork
    from sefd_viewer.evaluation.runs.methods import check_names, parse_method
    from sefd_viewer.evaluation.runs.running import Runner, RunOptions, go_on, settings_of
    from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, default_folder
    from sefd_viewer.judgements import VerdictStore
    from sefd_viewer.judgements.tags import read_tags, with_tags

    methods = tuple(parse_method(words) for words in method or ["baseline", "student", "teacher"])
    check_names(methods)
    reading, excluded = read_options(body or ()), read_exclusion(exclude)
    dataset = leave_out(open_and_tell(root, format=format, options=reading), excluded)
    positions = _positions(dataset, shard, limit)
    check_outputs((csv, parquet), dataset)
    bodies = body_places(body)
    options = RunOptions(poses=poses, joints=joints, device=device, bodies=bodies)
    plan = RunPlan.of(dataset, methods, settings_of(options))
    runner = Runner(dataset, methods, options)  # before a folder is made: files that cannot be used
    tell_problems(runner.pose_problems)
    for words in runner.notes:
        typer.echo(words, err=True)
    store = RunStore(out or default_folder(plan), plan)
    with record_bar("Evaluating") as progress:
        if dask is None:
            runner.run(store, positions, progress=progress)
        else:
            work = ClusterWork.of(plan, methods, options, root=root, format=format, exclude=excluded)
            go_on(store, positions, partial(work.over_cluster, dask, dataset), progress=progress)
    table = store.table()
    with VerdictStore.beside(dataset) as judged:
        tags = judged.tags().joined(read_tags(store.folder))
    _write(with_tags(table, tags), csv, parquet)
    _report(table, store, as_json=as_json)


def _positions(dataset: Dataset, shard: str, limit: int | None) -> range:
    part, _, parts = shard.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise typer.BadParameter(f"--shard takes I/N with I from 1 to N, for example 2/8, not {shard}")
    return range(int(part) - 1, len(dataset.records), int(parts))[:limit]


def _write(table: pl.DataFrame, csv: Path | None, parquet: Path | None) -> None:
    from io import BytesIO

    import polars as pl

    from sefd_viewer.atomic import write_file
    from sefd_viewer.csv_cells import csv_of_frame

    if parquet is not None:
        content = BytesIO()
        table.write_parquet(content)
        write_file(parquet, content.getvalue())
    if csv is not None:
        lists = [name for name, kind in table.schema.items() if kind == pl.List]
        joined = [pl.col(name).list.eval(pl.element().cast(pl.String)).list.join(" ") for name in lists]
        write_file(csv, csv_of_frame(table.with_columns(joined)))


def _report(table: pl.DataFrame, store: RunStore, *, as_json: bool) -> None:
    from sefd_viewer.evaluation.runs.summary import summarise

    summaries, poses = summarise(table), str(store.plan.settings["poses"])
    if not summaries:
        raise SefdError("nothing was measured", where=store.folder, remedy="The data set has no records")
    if as_json:
        methods = [summary.to_dict() for summary in summaries]
        content = {
            "run": str(store.folder),
            "poses": poses,
            "joints_from": store.joints_from(),
            "methods": methods,
        }
        print(json.dumps(content, indent=1))
    else:
        from sefd_viewer.cli.evaluate_words import show

        show(table, summaries, poses=poses)
        print(f"The run is kept in {store.folder}")
    if all(summary.is_empty for summary in summaries):
        typer.echo("Nothing could be measured", err=True)
        raise typer.Exit(1)
