"""`sefd-viewer evaluate ROOT --method ...`: methods measured over a whole data set."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sefd_viewer.cli.opening import (
    BodyOption,
    ExcludeOption,
    JointsOption,
    body_places,
    check_outputs,
    leave_out,
    open_and_tell,
    read_exclusion,
    read_options,
    record_bar,
    tell_problems,
)
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.evaluation.protocols import Protocol
    from sefd_viewer.evaluation.runs.methods import Method
    from sefd_viewer.evaluation.runs.running import RunOptions
    from sefd_viewer.evaluation.runs.store import RunStore


def evaluate(
    root: Annotated[
        Path | None, typer.Argument(metavar="ROOT", help="Data set. Default: the sample.")
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METHOD",
            help="Method to measure: baseline, student, teacher, see, sesd, NAME=ROLE:WEIGHTS, "
            "NAME=PREDICTIONS\\[#ROLE|#BODY] (or #MAPPING), NAME='COMMAND {images} {out}', or the id of a "
            "plugin's method; may be repeated.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for the run. Default: one in your data folder.")
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Format of the data set, such as human36m or mscoco. Default: recognised."
        ),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Measure as a paper did: its split, subset and 2D poses, with its numbers "
            "alongside. `list` names all.",
        ),
    ] = None,
    poses: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="2D poses for the networks: annotation (or the protocol's), detector, "
            "estimated (true joints with a detector's errors, stored beside the set), openpose, "
            "higherhrnet (if the set contains them) or a FILE.",
        ),
    ] = None,
    joints: JointsOption = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Measure at most this many photos.")] = None,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Do only part I of N, to share the work among machines.")
    ] = "1/1",
    dask: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Address of a Dask scheduler whose workers run the methods."),
    ] = None,
    command_limit: Annotated[
        float | None, typer.Option(metavar="SECONDS", min=1, help="Time limit for a method's command.")
    ] = None,
    exclude: ExcludeOption = None,
    device: Annotated[
        str, typer.Option(help="Device of the networks: auto, cpu, cuda, cuda:1 or mps.")
    ] = "auto",
    body: BodyOption = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the table of people as CSV.")
    ] = None,
    parquet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the table of people as Parquet.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Run the methods, or resume a run that was stopped, and print what was measured.

    Exit status 1 if nothing could be measured: no truth to compare with, or no usable predictions.
    """
    from sefd_viewer.evaluation.protocols import find_protocol, split_file
    from sefd_viewer.evaluation.runs.cluster_work import ClusterWork
    from sefd_viewer.evaluation.runs.methods import check_names, parse_method
    from sefd_viewer.evaluation.runs.running import Runner, RunOptions, go_on, settings_of
    from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, default_folder
    from sefd_viewer.judgements import VerdictStore
    from sefd_viewer.judgements.tags import read_tags, with_tags

    methods = tuple(parse_method(words) for words in method or ["baseline", "student", "teacher"])
    check_names(methods)
    reading, excluded = read_options(body or ()), read_exclusion(exclude)
    if protocol == "list":
        _list_protocols()
        return
    chosen = None if protocol is None else find_protocol(protocol)
    place = root if chosen is None or root is None else split_file(chosen, root)
    dataset = leave_out(open_and_tell(place, format=format, options=reading), excluded)
    bodies = body_places(body)
    records = _records(chosen, dataset, bodies)
    positions = _positions(records, shard, limit)
    check_outputs((csv, parquet), dataset)
    options = RunOptions(poses=_source(poses, chosen), joints=joints, device=device, bodies=bodies)
    settings = settings_of(options) | ({} if protocol is None else {"protocol": protocol})
    plan = RunPlan.of(dataset, methods, settings)
    methods = carried_out(methods, dataset, positions, out or default_folder(plan), options, command_limit)
    runner = Runner(dataset, methods, options)  # before a folder is made: files that cannot be used
    tell_problems(runner.pose_problems)
    for words in runner.notes:
        typer.echo(words, err=True)
    store = RunStore(out or default_folder(plan), plan)
    with record_bar("Evaluating") as progress:
        if dask is None:
            runner.run(store, positions, progress=progress)
        else:
            work = ClusterWork.of(plan, methods, options, root=place, format=format, exclude=excluded)
            go_on(store, positions, partial(work.over_cluster, dask, dataset), progress=progress)
    table = store.table()
    if (before := table["position"].n_unique() - len(positions)) > 0:
        noun = "photo was" if before == 1 else "photos were"
        words = f"{before} more {noun} measured in this run before, and count{'s' * (before == 1)} too"
        typer.echo(f"{words}; --out FOLDER begins another run", err=True)
    with VerdictStore.beside(dataset) as judged:
        tags = judged.tags().joined(read_tags(store.folder))
    _write(with_tags(table, tags), csv, parquet)
    _report(table, store, protocol, as_json=as_json)


def carried_out(
    methods: tuple[Method, ...],
    dataset: Dataset,
    positions: Sequence[int],
    folder: Path,
    options: RunOptions,
    limit: float | None,
) -> tuple[Method, ...]:
    """The methods with what their commands wrote; their output is shown on the error stream."""
    from sefd_viewer.evaluation.runs.external import Commands
    from sefd_viewer.evaluation.runs.pose_sources import pose_finder

    if not any(method.command for method in methods):
        return methods
    poses = pose_finder(options.poses, dataset, joints=options.joints)
    tell = partial(typer.echo, err=True)
    commands = Commands(dataset, list(positions), folder, poses, tell=tell, limit_s=limit)
    return tuple(commands.carried_out(method) for method in methods)


def _list_protocols() -> None:
    from sefd_viewer.evaluation.protocols import PROTOCOLS

    width = max(map(len, PROTOCOLS))
    typer.echo("\n".join(f"{name:<{width}}  {one.title}" for name, one in PROTOCOLS.items()))


def _source(poses: str | None, protocol: Protocol | None) -> str:
    """Where 2D poses come from: what was asked for, else the protocol's; SefdError where a file is needed."""
    if poses is not None:
        return poses
    if protocol is None:
        return "annotation"
    if not protocol.poses:
        raise SefdError(
            "this protocol takes a detector's 2D poses, which the set does not hold",
            remedy="Give a file with --poses FILE, or --poses detector for the shipped one",
        )
    return protocol.poses


def _records(protocol: Protocol | None, dataset: Dataset, bodies: tuple[str, ...]) -> Sequence[int]:
    from sefd_viewer.evaluation.protocols import positions, refuse_what_lacks

    if protocol is None:
        return range(len(dataset.records))
    chosen = positions(protocol, dataset)
    refuse_what_lacks(protocol, dataset, chosen, bodies)
    return chosen


def _positions(records: Sequence[int], shard: str, limit: int | None) -> Sequence[int]:
    part, _, parts = shard.partition("/")
    if not (part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts)):
        raise typer.BadParameter(f"--shard takes I/N with I from 1 to N, for example 2/8, not {shard}")
    return records[int(part) - 1 :: int(parts)][:limit]


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


def _report(table: pl.DataFrame, store: RunStore, protocol: str | None, *, as_json: bool) -> None:
    from sefd_viewer.evaluation.protocols import protocol_numbers
    from sefd_viewer.evaluation.runs.summary import summarise

    summaries, poses = summarise(table), str(store.plan.settings["poses"])
    if not summaries:
        raise SefdError("nothing was measured", where=store.folder, remedy="The data set has no photos")
    if as_json:
        methods = [summary.to_dict() for summary in summaries]
        content: dict[str, object] = {
            "run": str(store.folder),
            "poses": poses,
            "joints_from": store.joints_from(),
            "methods": methods,
        }
        if protocol is not None:
            content["protocol"] = protocol_numbers(protocol, summaries)
        print(json.dumps(content, indent=1))
    else:
        from sefd_viewer.cli.evaluate_words import show, show_protocol

        show(table, summaries, poses=poses)
        if protocol is not None:
            show_protocol(protocol_numbers(protocol, summaries))
        print(f"The run is kept in {store.folder}")
    if all(summary.is_empty for summary in summaries):
        typer.echo("Nothing could be measured", err=True)
        raise typer.Exit(1)
