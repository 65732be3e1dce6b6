"""`sefd-viewer edges`: mesh edge maps of a whole data set as files."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sefd_viewer.cli.bodies import BodyOption, body_places
from sefd_viewer.cli.opening import ExcludeOption, leave_out, open_and_tell, read_exclusion
from sefd_viewer.cli.outputs import record_bar
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sefd_viewer.edge_maps.auditing import AuditReport
    from sefd_viewer.edge_maps.drawing import Drawer
    from sefd_viewer.edge_maps.jobs import FactorySettings, Selection
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
    from sefd_viewer.cli.edges_words import show
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
    with record_bar(title, unit="images") as progress:
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
