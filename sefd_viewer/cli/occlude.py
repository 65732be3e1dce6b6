"""`sefd-viewer occlude ROOT --method ...`: how errors grow when more and more of people is hidden."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sefd_viewer.cli.opening import BodyOption, body_places, find_body, read_options, record_bar
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.evaluation.hiding_curves import Point
    from sefd_viewer.evaluation.occluding import OccludedRecords


def occlude(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="Data set with true bodies and cameras.")],
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Folder for the run, its curves (SVG, JSON) and example pictures."),
    ],
    method: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METHOD",
            help="Method to run: baseline, student, NAME=ROLE:WEIGHTS, NAME='COMMAND {images} {out}', or a "
            "plugin's method by its id; may be repeated.",
        ),
    ] = None,
    kind: Annotated[
        Literal["person", "object", "truncation"],
        typer.Option(help="What hides the person: another person, an object, or the picture's edge."),
    ] = "object",
    levels: Annotated[
        str, typer.Option(metavar="FROM:TO:STEP", help="Shares of a person to hide.")
    ] = "0:0.6:0.1",
    people: Annotated[
        int, typer.Option(min=1, help="Number of people, drawn at random from those fully visible.")
    ] = 50,
    metric: Annotated[
        str, typer.Option(metavar="NAME", help="What is measured: mpjpe, pa_mpjpe, mpvpe, pck3d and others.")
    ] = "mpjpe",
    poses: Annotated[
        str, typer.Option(metavar="SOURCE", help="2D poses for the networks: detector or annotation.")
    ] = "detector",
    seed: Annotated[int, typer.Option(help="Seed of the choice of people and of what hides them.")] = 0,
    command_limit: Annotated[
        float | None, typer.Option(metavar="SECONDS", min=1, help="Time limit for a method's command.")
    ] = None,
    device: Annotated[
        str, typer.Option(help="Device of the networks: auto, cpu, cuda, cuda:1 or mps.")
    ] = "auto",
    body: BodyOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the curves as JSON.")] = False,
) -> None:
    """Hide exact shares of people, run the methods on these pictures, and plot error against hidden share.

    The same people are measured at every level. A run that was stopped is resumed.
    """
    from sefd_viewer.cli.evaluate import carried_out
    from sefd_viewer.cli.opening import open_and_tell
    from sefd_viewer.evaluation.hiding_curves import curves
    from sefd_viewer.evaluation.occluding import OccludedRecords, occluded, suitable
    from sefd_viewer.evaluation.runs.gating import metric_named
    from sefd_viewer.evaluation.runs.methods import check_names, parse_method
    from sefd_viewer.evaluation.runs.running import Runner, RunOptions, settings_of
    from sefd_viewer.evaluation.runs.store import RunPlan, RunStore

    shares, name = parse_levels(levels), metric_named(metric)
    methods = tuple(parse_method(words) for words in method or ["baseline", "student"])
    check_names(methods)
    for one in methods:
        if one.predictions is not None:
            words = f"{one.name} is a file, which says nothing of pictures that are made now"
            raise SefdError(words, remedy="Name a network, or a command that makes such files")
    bodies = body_places(body)
    find = find_body(tuple(body or ()))
    dataset = open_and_tell(root, options=read_options(body or ()))
    records = OccludedRecords(
        dataset, suitable(dataset, find, people, seed=seed), shares, kind, find, seed=seed
    )
    changed, options = occluded(dataset, records, kind), RunOptions(poses=poses, device=device, bodies=bodies)
    hiding = {"hidden_by": kind, "levels": list(shares), "seed": seed}
    plan = RunPlan.of(changed, methods, settings_of(options) | hiding)
    positions = range(len(records))
    ready = carried_out(methods, changed, positions, out, options, command_limit)
    runner, store = Runner(changed, ready, options), RunStore(out, plan)
    with record_bar("Pictures") as progress:
        runner.run(store, positions, progress=progress)
    found, resampled = curves(store.table(), records, shares, name)
    _write(out, found, records, kind, name)
    _tell(found, records, kind, name, out, resampled, as_json=as_json)


def parse_levels(words: str) -> tuple[float, ...]:
    """0:0.6:0.1 as seven shares; raises BadParameter for others than rising ones from 0 to below 1."""
    import numpy as np

    try:
        first, last, step = (float(part) for part in words.split(":"))
    except ValueError as error:
        raise typer.BadParameter(
            f"--levels takes FROM:TO:STEP, for example 0:0.6:0.1, not {words}"
        ) from error
    if not 0 <= first <= last < 1 or step <= 0:
        raise typer.BadParameter("--levels rise by a STEP above 0 and lie from 0 to below 1")
    return tuple(np.round(np.arange(first, last + step / 2, step), 4).tolist())


def _write(
    out: Path, found: dict[str, list[Point]], records: OccludedRecords, kind: str, metric: str
) -> None:
    """The curves, and the pictures of the first case at all levels."""
    import cv2

    from sefd_viewer.atomic import write_file
    from sefd_viewer.evaluation.hiding_curves import drawn

    unit = "mm" if metric.endswith("_mm") else "px" if metric.endswith("_px") else "share"
    write_file(out / "curves.svg", drawn(found, f"{metric} of people hidden by {kind}", unit).encode())
    content = {name: [point.to_dict() for point in line] for name, line in found.items()}
    write_file(out / "curves.json", json.dumps(content, indent=1).encode())
    folder = out / "pictures"
    folder.mkdir(exist_ok=True)
    for index in range(min(len(next(iter(found.values()), [])), len(records))):
        _, level = records.case_of(index)
        data = cv2.imencode(".jpg", records[index].load()[..., ::-1])[1]
        write_file(folder / f"hidden_{round(100 * level):02d}.jpg", data.tobytes())


def _tell(
    found: dict[str, list[Point]],
    records: OccludedRecords,
    kind: str,
    metric: str,
    out: Path,
    resampled: str,
    *,
    as_json: bool,
) -> None:
    if as_json:
        print((out / "curves.json").read_text())
        return
    from rich.console import Console
    from rich.table import Table

    print(f"{metric} of people hidden by {kind}, means with 95 % intervals (resampling {resampled})")
    table = Table("hidden", *found)
    for place, level in enumerate(_levels(found)):
        cells = [_cell(line[place]) for line in found.values()]
        table.add_row(f"{level:.0%}", *cells)
    Console(markup=False).print(table)
    shares = [records.hidden(index) for index in range(min(len(records), 5 * len(_levels(found))))]
    off = max((abs(one.share - one.level) for one in shares), default=0.0)
    print(f"{len(records) // max(len(_levels(found)), 1)} people; shares are met within {off:.1%}")
    print(f"Curves, pictures and the run are in {out}")


def _levels(found: dict[str, list[Point]]) -> Sequence[float]:
    return [point.level for point in next(iter(found.values()), [])]


def _cell(point: Point) -> str:
    form = ".1f" if point.mean.mean > 2 else ".3f"
    lost = f", {point.unpredicted} not found" if point.unpredicted else ""
    if not point.mean.count:
        return f"nobody found ({point.unpredicted})"
    return f"{point.mean.mean:{form}} ({point.mean.between(form)}{lost})"
