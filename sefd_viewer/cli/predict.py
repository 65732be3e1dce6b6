"""`sefd-viewer predict INPUT... --out DIR`: bodies, joints, meshes and overlays as files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sefd_viewer.cli.opening import (
    BodyOption,
    ExcludeOption,
    JointsOption,
    body_places,
    read_exclusion,
    read_pose_file,
)
from sefd_viewer.errors import SefdError
from sefd_viewer.plain_files import is_file

if TYPE_CHECKING:
    from rich.progress import Progress

    from sefd_viewer.body.model import BodyModel
    from sefd_viewer.datasets.exclude_list import ExcludeList
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.edges.settings import EdgeSettings
    from sefd_viewer.inference.batch import Outcome, Photo, PhotoJob
    from sefd_viewer.inference.messages import Role
    from sefd_viewer.inference.predictor import Predictor
    from sefd_viewer.pose2d.pose_file import PoseFile

_EDGES = "Edges of the student"
_NOBODY = "no person was found; say where they are with --poses"


def predict(
    inputs: Annotated[
        list[Path], typer.Argument(metavar="INPUT...", help="Photos, folders, videos or data sets.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the results; created if missing.")],
    poses: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="File of 2D poses, such as COCO or OpenPose JSON. Default: people are detected.",
        ),
    ] = None,
    joints: JointsOption = None,
    roles: Annotated[
        str, typer.Option(help="Networks to run, separated by commas: baseline, student, teacher.")
    ] = "baseline,student,teacher",
    device: Annotated[
        str, typer.Option(help="Device of the networks: auto, cpu, cuda, cuda:1 or mps.")
    ] = "auto",
    mesh: Annotated[Literal["obj", "glb", "none"], typer.Option(help="Format of the mesh files.")] = "obj",
    weights: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROLE=FILE", help="Weights to use instead of the included ones; may be repeated."
        ),
    ] = None,
    body: BodyOption = None,
    exclude: ExcludeOption = None,
    edges: Annotated[
        Literal["soft", "binary"], typer.Option(help="Kind of Canny.", rich_help_panel=_EDGES)
    ] = "soft",
    low: Annotated[
        float, typer.Option(help="Lower threshold of binary edges.", rich_help_panel=_EDGES)
    ] = 0.1,
    high: Annotated[
        float, typer.Option(help="Upper threshold of binary edges.", rich_help_panel=_EDGES)
    ] = 0.2,
    sigma: Annotated[
        float, typer.Option(help="Blur before edge detection, in pixels.", rich_help_panel=_EDGES)
    ] = 1.0,
    dilation: Annotated[
        Literal["fixed", "adaptive", "none"],
        typer.Option(
            help="fixed: --kernel for everybody; adaptive: by the area of each person's box.",
            rich_help_panel=_EDGES,
        ),
    ] = "fixed",
    kernel: Annotated[
        int,
        typer.Option(
            help="Side of the fixed dilation's square kernel: odd, 1 to 15.", rich_help_panel=_EDGES
        ),
    ] = 5,
) -> None:
    """Estimate the bodies in each photo, and write a JSON file, meshes and an overlay picture.

    Exit status 1 if a photo or a person failed, or if nobody was found in any photo.
    """
    from sefd_viewer.edges.settings import EdgeSettings

    try:
        settings = EdgeSettings(
            variant=edges, low=low, high=high, sigma=sigma, dilation=dilation, kernel=kernel
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    failures = run(
        inputs,
        out,
        poses=read_pose_file(poses, joints),
        roles=_roles(roles),
        device=device,
        mesh=None if mesh == "none" else mesh,
        weights=_weights(weights or []),
        bodies=body_places(body),
        edges=settings,
        exclude=read_exclusion(exclude),
    )
    raise typer.Exit(1 if failures else 0)


def run(
    inputs: Sequence[Path],
    out: Path,
    *,
    poses: PoseFile | None,
    roles: tuple[Role, ...],
    device: str,
    mesh: Literal["obj", "glb"] | None,
    weights: Mapping[str, str],
    bodies: tuple[str, ...],
    edges: EdgeSettings,
    exclude: ExcludeList | None = None,
) -> int:
    """Predict and write everything, with progress and problems on stderr; returns how many inputs failed.

    Raises SefdError when nothing can be done: an output folder or a pose file that cannot be used.
    """
    from sefd_viewer.atomic import writable_folder
    from sefd_viewer.datasets.attaching import in_set
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.inference.batch import BatchOptions, predict_files

    folder = writable_folder(out)
    with _progress() as progress:
        records, failures = _records(inputs, progress)
        records = _kept(records, exclude, progress)
        _refuse_overwriting(folder, records)
        poses = None if poses is None else in_set(poses, Dataset("inputs", None, "inputs", records))
        for problem in () if poses is None else poses.problems:
            _say(progress, problem)
            failures += 1
        bar = progress.add_task("Loading the networks", total=len(records))
        predictor = _predictor(device, weights, bodies, progress)
        predictor.require_bodies(roles)
        for note in predictor.bodies.notes:
            _say(progress, note)
        options = BatchOptions(lambda body_id: predictor.bodies.get(body_id), roles, edges, mesh)
        jobs = _jobs(records, poses, options.find_body, exclude)
        people = 0
        for outcome in predict_files(jobs, predictor, folder, options):
            people += outcome.people
            progress.update(bar, advance=1, description=outcome.name)
            _tell(outcome, progress)
            failures += outcome.failed
        if records and not people and exclude is None:
            _say(progress, "Nobody was predicted in any picture")
            failures += 1
    if people:
        who = "1 person" if people == 1 else f"{people} people"
        where = "1 picture" if len(records) == 1 else f"{len(records)} pictures"
        typer.echo(f"{who} in {where}: results are in {folder}")
    return failures


def _roles(words: str) -> tuple[Role, ...]:
    from sefd_viewer.inference.messages import ROLES

    wanted = {word.strip() for word in words.split(",") if word.strip()}
    unknown = wanted - set(ROLES)
    if unknown or not wanted:
        raise typer.BadParameter(f"--roles takes {', '.join(ROLES)}, not {', '.join(unknown) or 'nothing'}")
    return tuple(role for role in ROLES if role in wanted)


def _weights(words: Sequence[str]) -> dict[str, str]:
    from sefd_viewer.inference.messages import ROLES

    pairs = [word.partition("=") for word in words]
    for role, _, file in pairs:
        if role not in ROLES or not file:
            raise typer.BadParameter(f"--weights takes ROLE=FILE with a role of {', '.join(ROLES)}")
        if not is_file(Path(file)):
            raise SefdError("there is no such weights file", where=file, remedy="Check the name")
    return {role: file for role, _, file in pairs}


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _say(progress: Progress, line: str) -> None:
    progress.console.print(line, markup=False, highlight=False, soft_wrap=True)


def _tell(outcome: Outcome, progress: Progress) -> None:
    for line in outcome.lines:
        _say(progress, line)


def _records(inputs: Sequence[Path], progress: Progress) -> tuple[list[Record], int]:
    """The records of every input, and how many inputs or parts of them could not be opened."""
    from sefd_viewer.datasets.opening import open_dataset
    from sefd_viewer.datasets.progress import Hint

    records: list[Record] = []
    failures = 0
    for path in inputs:
        try:
            dataset = open_dataset(path)
        except SefdError as error:
            problems: Sequence[str] = [str(error)]
        else:
            records.extend(dataset.records)
            problems = dataset.problems
        for problem in problems:
            _say(progress, problem)
        failures += sum(not isinstance(problem, Hint) for problem in problems)
    return records, failures


def _kept(records: list[Record], exclude: ExcludeList | None, progress: Progress) -> list[Record]:
    from sefd_viewer.datasets.exclude_list import say_unknown

    if exclude is None:
        return records
    for line in say_unknown((record.key for record in records), exclude):
        _say(progress, line)
    return [record for record in records if not exclude.leaves_out(record.key)]


def _refuse_overwriting(folder: Path, records: Sequence[Record]) -> None:
    """See that no file beside the pictures would be replaced: it may be somebody's own; raises SefdError."""
    beside = {record.image_path.parent.resolve() for record in records if record.image_path}
    if folder.resolve() not in beside:
        return
    for stem in _stems(records):
        if (file := folder / f"{stem}.json").exists():
            raise SefdError(
                "this file exists already, among the pictures", where=file, remedy="Name another folder"
            )


def _stems(records: Sequence[Record]) -> list[str]:
    """What the files of each record's results are called, without ending."""
    from sefd_viewer.inference.batch import unique_stem

    taken: set[str] = set()
    return [unique_stem(_without_ending(record.key), taken) for record in records]


def _predictor(
    device: str, weights: Mapping[str, str], bodies: tuple[str, ...], progress: Progress
) -> Predictor:
    from sefd_viewer.inference.predictor import Predictor

    predictor = Predictor(device, weights=weights, bodies=bodies)
    ready = predictor.ready()
    if ready.note:
        _say(progress, ready.note)
    return predictor


def _jobs(
    records: Sequence[Record],
    poses: PoseFile | None,
    find_body: Callable[[str], BodyModel],
    exclude: ExcludeList | None,
) -> Iterator[PhotoJob]:
    from sefd_viewer.inference.batch import PhotoJob

    for record, stem in zip(records, _stems(records), strict=True):
        source = str(record.image_path or record.key)
        yield PhotoJob(source, source, stem, partial(_photo, record, poses, find_body, exclude))


def _without_ending(key: str) -> str:
    """The key of a record without the ending of a picture's file name."""
    from sefd_viewer.datasets.images import IMAGE_SUFFIXES

    path = PurePosixPath(key)
    return str(path.with_suffix("")) if path.suffix.lower() in IMAGE_SUFFIXES else key


def _photo(
    record: Record,
    poses: PoseFile | None,
    find_body: Callable[[str], BodyModel],
    exclude: ExcludeList | None,
) -> Photo:
    from sefd_viewer.app.scene import NOBODY, load_scene
    from sefd_viewer.inference.batch import Photo
    from sefd_viewer.pose2d.detector import detect_people

    scene = load_scene(0, record, detect=detect_people, find_body=find_body, poses=poses)
    note = _NOBODY if scene.note == NOBODY else scene.note
    people = tuple(
        person for person in scene.people if exclude is None or not exclude.leaves_out(record.key, person.key)
    )
    return Photo(scene.image, people, record.camera, note, record.painted_in_front)
