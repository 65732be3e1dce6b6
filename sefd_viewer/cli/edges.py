"""`sefd-viewer edges`: mesh edge maps of a whole data set as files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table

from sefd_viewer.cli.opening import (
    BodyOption,
    ExcludeOption,
    body_places,
    leave_out,
    open_and_tell,
    read_exclusion,
    record_bar,
)
from sefd_viewer.edge_maps.auditing import AuditReport, Verdict
from sefd_viewer.edge_maps.making import Failure, MakingReport
from sefd_viewer.edge_maps.verifying import VerifyReport
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sefd_viewer.edge_maps.auditing import AuditReport
    from sefd_viewer.edge_maps.jobs import Drawer, FactorySettings, Selection
    from sefd_viewer.edge_maps.making import MakingReport
    from sefd_viewer.edge_maps.verifying import VerifyReport

    Work = Callable[..., MakingReport | VerifyReport | AuditReport]


def edges(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="Folder of the data set.")],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder for the maps of all sets; each set gets a folder in it (MSCOCO, 3dpw, ...).",
        ),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Format of the data set, such as human36m or mscoco. Default: recognised."
        ),
    ] = None,
    kind: Annotated[
        Literal["single", "all", "overlap", "occluded"], typer.Option(help="Which edges to draw.")
    ] = "overlap",
    dilation: Annotated[
        str, typer.Option(help="adaptive (by the person's size), fixed:K or none.")
    ] = "adaptive",
    camera_mode: Annotated[
        Literal["exact", "paper", "raw"],
        typer.Option(
            help="How bodies are moved from world to camera coordinates: exactly, as in the "
            "paper, or not at all (raw)."
        ),
    ] = "exact",
    jpeg: Annotated[
        bool, typer.Option("--jpeg", help="Write JPEG files with the photos' names instead of PNG.")
    ] = False,
    body: BodyOption = None,
    device: Annotated[
        Literal["auto", "cpu", "cuda"],
        typer.Option(help="Where to draw; auto: on an NVIDIA graphics card if torch finds one."),
    ] = "auto",
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, help="Number of processes (threads, with a graphics card). Default: one per core."
        ),
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Address of a Dask scheduler whose workers do the work."),
    ] = None,
    packed: Annotated[
        bool, typer.Option("--packed", help="Write one ZIP file in DIR instead of one file per map.")
    ] = False,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Do only part I of N, to share the work among machines.")
    ] = "1/1",
    exclude: ExcludeOption = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Use at most this many photos.")] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Make nothing; check that every map exists and is intact.")
    ] = False,
    audit: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Make nothing; list what is wrong with the maps below DIR."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Make the edge maps that are missing, or check them. Exit status 1 if something is wrong."""
    from sefd_viewer.datasets.annotations import ReadOptions
    from sefd_viewer.jobs.pool import core_count

    if device == "cuda" and (verify or audit is not None or dask is not None):
        raise typer.BadParameter(
            "--device cuda makes maps in this process, not with --verify, --audit, --dask"
        )
    title, folder, work = _task(out, audit, verify=verify)
    settings, selection = _settings(kind, dilation, camera_mode, jpeg), read_selection(shard, limit)
    bodies = body_places(body)
    if audit is None and not verify:
        drawer = None if dask is not None else _drawer(device, settings, bodies)
        work = partial(work, packed=packed, drawer=drawer)
        title += "" if drawer is None else f", {drawer.name}"
    options = ReadOptions(extrinsics=camera_mode, bodies=bodies)
    dataset = leave_out(open_and_tell(root, format=format, options=options), read_exclusion(exclude))
    with record_bar(title, unit="photos") as progress:
        report = work(
            dataset,
            folder,
            settings,
            selection=selection,
            bodies=bodies,
            workers=workers or core_count(),
            cluster=dask,
            progress=progress,
        )
    if as_json:
        print(json.dumps(report.to_dict(), indent=1))
    else:
        show(report)
    raise typer.Exit(1 if report.failed else 0)


def _task(out: Path | None, audit: Path | None, *, verify: bool) -> tuple[str, Path, Work]:
    """What to do, in a word, where, and the function."""
    from sefd_viewer.edge_maps.auditing import audit_maps
    from sefd_viewer.edge_maps.making import make_maps
    from sefd_viewer.edge_maps.verifying import verify_maps

    if audit is not None:
        if out is not None or verify:
            raise typer.BadParameter("--audit stands alone, without --out and --verify")
        return "Comparing", _folder(audit), audit_maps
    if out is None:
        raise typer.BadParameter("--out DIR is needed, or --audit DIR")
    if verify:
        return "Checking", _folder(out), verify_maps
    return "Edge maps", out, make_maps


def _drawer(
    device: Literal["auto", "cpu", "cuda"], settings: FactorySettings, bodies: tuple[str, ...]
) -> Drawer | None:
    """What draws on a graphics card; None where the CPU draws."""
    if device == "cpu":
        return None
    from sefd_viewer.inference.device import choose_device, device_problem

    problem = device_problem("cuda")
    if problem is not None and device == "cuda":
        remedy = "Leave --device out to draw on the processor; sefd-viewer doctor says what torch finds"
        raise SefdError(f"the device cuda {problem}", remedy=remedy)
    if problem is not None:
        return None
    from sefd_viewer.gpu_edges.drawer import TorchDrawer

    return TorchDrawer(settings, choose_device("cuda"), bodies)


def _folder(path: Path) -> Path:
    if not path.is_dir():
        raise SefdError("there is no such folder of maps", where=path, remedy="Check the name")
    return path


def _settings(
    kind: Literal["single", "all", "overlap", "occluded"],
    dilation: str,
    camera_mode: Literal["exact", "paper", "raw"],
    jpeg: bool,
) -> FactorySettings:
    from sefd_viewer.edge_maps.jobs import FactorySettings, dilation_settings

    try:
        edge_settings = dilation_settings(dilation)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    return FactorySettings(kind, edge_settings, camera_mode, "jpeg" if jpeg else "png")


def read_selection(shard: str, limit: int | None) -> Selection:
    """What `--shard I/N` and `--limit` select; raises BadParameter for other words."""
    from sefd_viewer.edge_maps.jobs import Selection

    match = re.fullmatch(r"(\d+)/(\d+)", shard)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise typer.BadParameter(f"--shard takes I/N with I from 1 to N, for example 2/8, not {shard}")
    return Selection(int(match[1]), int(match[2]), limit)


_SHOWN = 10


def show(report: MakingReport | VerifyReport | AuditReport) -> None:
    """Print a report."""
    if isinstance(report, AuditReport):
        _show_audit(report)
    else:
        print("\n".join(_made(report) if isinstance(report, MakingReport) else _verified(report)))


def _made(report: MakingReport) -> Iterator[str]:
    seconds = f"{report.seconds:.1f} s"
    yield f"Made {report.maps} maps of {report.made} photos in {seconds}, kept those of {report.kept}"
    if report.people:
        boxes = f"{report.people_by_annotated_box} of {report.people}"
        yield f"{boxes} people have an annotated box, by which adaptive dilation goes"
    if report.without_bodies:
        yield f"{report.without_bodies} photos have nobody with a body"
    if report.people_without_body:
        yield f"{report.people_without_body} people are annotated without a body and not drawn"
    yield from _listed("could not be drawn (all are in the manifest)", report.failures)


def _verified(report: VerifyReport) -> Iterator[str]:
    yield "Complete" if report.complete else "Not complete"
    yield f"{report.sound} maps are there, whole and of the photo's size, for {report.records} photos"
    if report.without_bodies:
        yield f"{report.without_bodies} photos have nobody with a body, and need no map"
    yield from report.problems
    yield from _listed("have no sound map", report.faults)
    yield from _listed("could not be drawn, as the manifest says", report.left_out)


def _show_audit(report: AuditReport) -> None:
    """A line for each verdict, with an example, and the maps that are not as expected."""
    table = Table(title="Stored maps against maps drawn anew")
    table.add_column("verdict")
    for title in ("maps", "share"):
        table.add_column(title, justify="right")
    total = report.counts.total()
    for verdict in (verdict for verdict in Verdict if report.counts[verdict]):
        count = report.counts[verdict]
        table.add_row(verdict.value, str(count), f"{count / total:.1%}")
    Console(markup=False).print(table)
    print("\n".join(_audited(report)))


def _audited(report: AuditReport) -> Iterator[str]:
    if report.median_agreement is not None:
        yield f"Median agreement {report.median_agreement:.3f}"
    if report.counts.total() and report.counts[Verdict.MISSING] == report.counts.total():
        yield "Not one map was found: --audit takes the folder that was --out, with the --kind of the making"
    for one in report.findings[:_SHOWN]:
        words = ": ".join(filter(None, (one.path or one.record, one.verdict.value, one.detail)))
        score = "" if one.agreement is None else f"; agreement with the expected map {one.agreement:.2f}"
        yield words + score
    if len(report.findings) > _SHOWN:
        yield f"and {len(report.findings) - _SHOWN} more; --json lists all"


def _listed(what: str, records: Sequence[Failure]) -> Iterator[str]:
    if records:
        yield f"{len(records)} photo{'s' * (len(records) != 1)} {what}:"
        yield from (f"  {one.record}: {one.reason}" for one in records[:_SHOWN])
    if len(records) > _SHOWN:
        yield f"  and {len(records) - _SHOWN} more"
