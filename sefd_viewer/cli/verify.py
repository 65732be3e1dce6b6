"""`sefd-viewer verify`: are the cameras and bodies of a set right?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sefd_viewer.cli.opening import (
    BodyOption,
    ExcludeOption,
    bodies_for,
    check_outputs,
    find_body,
    leave_out,
    load_bodies,
    open_and_tell,
    read_exclusion,
    read_options,
)
from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from sefd_viewer.cameras.diagnosis.record_evidence import Found
    from sefd_viewer.cameras.sequences.findings import SetVerdict
    from sefd_viewer.cameras.sequences.repairing import FindBody
    from sefd_viewer.cameras.set_report import SetReport, Table
    from sefd_viewer.datasets.records import Dataset, Record


_WITHOUT_PICTURES = 12
"""How many moments of a subject are compared with boxes alone."""

_SAMPLE = 200
_WIDE = 160
"""Columns of a table that goes to a file."""


def verify(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="Data set or capture.")],
    sample: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Compare at most this many photos, evenly spread over all sequences. Default: "
            "all of Human3.6M, "
            "200 of other sets.",
        ),
    ] = None,
    moments: Annotated[
        int,
        typer.Option(
            min=0,
            help="Moments at which to look for people in the pictures: per subject seen by "
            "several cameras, in "
            "Human3.6M per sequence. 0: trust the boxes instead.",
        ),
    ] = 5,
    format: Annotated[
        str | None, typer.Option(help="Format of the data set, if it is not recognised.")
    ] = None,
    body: BodyOption = None,
    calibration: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Check this calibration instead of the set's own cameras."),
    ] = None,
    exclude: ExcludeOption = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report as JSON.")] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report as an HTML page.")
    ] = None,
    ids: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the photos with findings as a list for --exclude."),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the sequences with findings as a CSV table; --exclude reads it, too."
        ),
    ] = None,
    fix: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT", help="Write a copy of a Human3.6M set with all certain errors corrected."
        ),
    ] = None,
    confirm: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WORDS",
            help="With --fix: also correct findings that contain these words; may be repeated.",
        ),
    ] = None,
) -> None:
    """Compare bodies with annotated joints, and cameras with each other; Human3.6M sequence by sequence.

    Exit status 0: all is well; 1: something was found; 2: nothing could be checked; 3: nothing was found,
    but not everything could be compared.
    """
    from rich.console import Console
    from rich.progress import Progress

    if fix is not None and sample is not None:
        raise typer.BadParameter("--fix corrects what was compared: it needs all photos, not a --sample")
    bodies = bodies_for(root, body)
    whole = open_and_tell(root, format=format, options=read_options(bodies))
    dataset = leave_out(whole, read_exclusion(exclude))
    check_outputs((json, html, ids, csv), dataset)
    if calibration is None and (verdict := _by_sequence(whole, dataset, bodies, sample, moments)) is not None:
        status = tell_verdict(verdict, dataset.name, json, html)
        write_lists(whole, verdict, ids, csv)
        if fix is not None:
            again = partial(_checked_again, bodies=bodies, sample=sample, moments=moments)
            write_fixed(whole, verdict, fix, confirm or (), find_body(bodies), again)
        raise typer.Exit(status)
    if fix is not None or ids is not None or csv is not None:
        raise SefdError(
            "--fix, --ids and --csv need findings by sequence, which only sets in Human3.6M's format have",
            where=root,
            remedy="Leave these options out, or name a Human3.6M folder",
        )
    with Progress(console=Console(stderr=True), transient=True) as progress:
        if calibration is not None:
            report = _calibration(dataset, calibration, moments, progress)
        else:
            annotations = _annotations(dataset, bodies, sample or _SAMPLE, progress)
            report = _cameras(dataset, bodies, moments, progress).joined(annotations)
    _print(report)
    _write(report, dataset.name, json, html)
    raise typer.Exit(report.status)


def _by_sequence(
    whole: Dataset, kept: Dataset, bodies: tuple[Path, ...], sample: int | None, moments: int
) -> SetVerdict | None:
    """The verdict on a set that has sequences, on what is `kept` of it; None for other sets."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    from sefd_viewer.cameras.sequences.verdict import check_set, has_sequences

    if not has_sequences(whole):
        return None
    with Progress(console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("Bodies and joints", total=None)

        def show(stage: str, done: int, total: int) -> None:
            bars.update(bar, description=escape(stage), completed=done, total=total)

        return check_set(
            whole,
            find_body(bodies),
            kept=None if kept is whole else frozenset(kept.keys),
            sample=sample,
            moments=moments,
            progress=show,
        )


def _checked_again(root: Path, *, bodies: tuple[Path, ...], sample: int | None, moments: int) -> SetVerdict:
    """The verdict on the corrected copy."""
    from sefd_viewer.datasets.opening import open_dataset

    copy = open_dataset(root, options=read_options(bodies))
    verdict = _by_sequence(copy, copy, bodies, sample, moments)
    assert verdict is not None
    return verdict


def _annotations(dataset: Dataset, bodies: tuple[Path, ...], sample: int, progress: Progress) -> SetReport:
    from sefd_viewer.cameras.people_check import check_annotations

    bar = progress.add_task("Bodies and joints", total=None)
    return check_annotations(
        dataset,
        find_body(bodies),
        sample=sample,
        progress=lambda done, total: progress.update(bar, completed=done, total=total),
    )


def _cameras(dataset: Dataset, files: tuple[Path, ...], moments: int, progress: Progress) -> SetReport:
    from sefd_viewer.cameras.set_report import SetReport
    from sefd_viewer.cameras.views_check import check_people, check_subject, moments_of, records_of

    bodies = load_bodies(files)
    chosen = moments_of(dataset, count=moments or _WITHOUT_PICTURES)
    if not chosen:
        return check_people(dataset, bodies)
    report = SetReport()
    for subject, found in chosen.items():
        poses = _poses(records_of(found), subject, progress) if moments else {}
        report = report.joined(check_subject(subject, dataset, chosen, bodies, poses))
    return report


def _calibration(dataset: Dataset, file: Path, moments: int, progress: Progress) -> SetReport:
    """The cameras of a file, matched to the views of every subject as the window does it."""
    from sefd_viewer.cameras.calibrations.by_view import read_calibration
    from sefd_viewer.cameras.diagnosis.record_diagnosis import poses_by_view
    from sefd_viewer.cameras.set_report import SetReport
    from sefd_viewer.cameras.views_check import check_stated, moments_of, records_of, sizes_of

    chosen = moments_of(dataset, count=moments or _WITHOUT_PICTURES, calibrated=False)
    if not chosen:
        raise SefdError(
            "a calibration can be checked only where several cameras saw the same moments",
            where=dataset.root,
            remedy="Leave --calibration out",
        )
    report = SetReport()
    for subject, found in chosen.items():
        records = records_of(found)
        sizes = sizes_of(records)
        calibration = read_calibration(str(file), sizes)
        cameras = calibration.cameras
        if len(cameras) < 2:
            what = f"only the camera of {', '.join(cameras)} is here, and one alone cannot be checked"
            raise SefdError(what, where=file, remedy="Choose the calibration of this capture")
        poses = _poses(records, subject, progress) if moments else {}
        report = report.joined(check_stated(subject, cameras, poses_by_view(records, poses), sizes))
        report = report.joined(SetReport(notes=calibration.notes))
        if missing := [view for view in sizes if view not in cameras]:
            why = f"{file.name} has no camera of that name or number"
            report = report.joined(SetReport(notes=[f"{subject}: {', '.join(missing)} unchecked: {why}"]))
    return report


def _poses(records: Sequence[Record], subject: str, progress: Progress) -> Found:
    """People found in the pictures, which know nothing of the cameras."""
    from rich.markup import escape

    from sefd_viewer.cameras.diagnosis.record_diagnosis import detect_in
    from sefd_viewer.pose2d.detector import detect_people

    bar = progress.add_task(f"People in several views of {escape(subject)}", total=None)
    found = detect_in(
        records,
        detect_people,
        progress=lambda done, total: progress.update(bar, completed=done, total=total),
    )
    progress.remove_task(bar)
    return found


def _printed(tables: Iterable[Table]) -> Console:
    """The console on which the tables now stand; lines are as long as they are where nobody looks at it."""
    from rich import table as rich_table
    from rich.console import Console

    console = Console(markup=False)
    if not console.is_terminal:
        console = Console(width=_WIDE, markup=False)
    for table in tables:
        shown = rich_table.Table(*table.heading)
        for line in table.lines:
            shown.add_row(*line)
        console.print(shown)
    return console


def _print(report: SetReport) -> None:
    from sefd_viewer.cameras.set_report import tables

    console = _printed(tables(report))
    for record in report.worst:
        console.print(f"{record.title} ({record.key}): {record.error}", markup=False, highlight=False)
    for line in report.notes:
        console.print(f"Note: {line}", markup=False, highlight=False)
    for line in report.findings or [report.verdict]:
        console.print(line, markup=False, highlight=False)


def _write(report: SetReport, name: str, json: Path | None, html: Path | None) -> None:
    import orjson

    from sefd_viewer.atomic import write_file
    from sefd_viewer.cameras.set_report import report_html

    if json is not None:
        write_file(json, orjson.dumps(report.to_dict(), option=orjson.OPT_INDENT_2))
    if html is not None:
        write_file(html, report_html(report, f"Check of {name}").encode("utf-8", "surrogateescape"))


def tell_verdict(verdict: SetVerdict, name: str, json: Path | None, html: Path | None) -> int:
    """Print the verdict, write it where files are named, and give the exit status."""
    import orjson

    from sefd_viewer.atomic import write_file
    from sefd_viewer.cameras.sequences.findings import (
        conclusion,
        status_of,
        verdict_dict,
        verdict_html,
        verdict_tables,
    )

    console = _printed(verdict_tables(verdict))
    lines = [finding.sentence for finding in verdict.findings]
    for line in (*(f"Note: {note}" for note in verdict.notes), *lines, conclusion(verdict)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if json is not None:
        write_file(json, orjson.dumps(verdict_dict(verdict), option=orjson.OPT_INDENT_2))
    if html is not None:
        write_file(html, verdict_html(verdict, f"Check of {name}").encode("utf-8", "surrogateescape"))
    return status_of(verdict)


def write_lists(dataset: Dataset, verdict: SetVerdict, ids: Path | None, csv: Path | None) -> None:
    """Write the records and the sequences that findings concern, where files are named."""
    from sefd_viewer.atomic import write_file
    from sefd_viewer.cameras.sequences.corrected_copy import csv_of_verdict, ids_of_verdict

    if ids is not None:
        write_file(ids, ids_of_verdict(dataset, verdict).encode("utf-8", "surrogateescape"))
    if csv is not None:
        write_file(csv, csv_of_verdict(verdict))


def write_fixed(
    dataset: Dataset,
    verdict: SetVerdict,
    out: Path,
    confirmed: Sequence[str],
    find_body: FindBody,
    check_again: Callable[[Path], SetVerdict],
) -> None:
    """Write what is sure or confirmed to `out`, check the copy, and tell; SefdError as `write_corrected`."""
    from sefd_viewer.cameras.sequences.corrected_copy import correct
    from sefd_viewer.cameras.sequences.repairing import chosen_findings

    chosen = chosen_findings(verdict.findings, confirmed)
    if not chosen:
        why = (
            "no finding is both sure and of a kind that can be undone"
            if verdict.findings
            else "nothing was found"
        )
        typer.echo(f"Nothing was corrected: {why}.")
        _tell_open(verdict)
        return
    copy = correct(dataset, verdict, chosen, out, find_body, check_again)
    for line in copy.lines:
        typer.echo(line)
    _tell_open(verdict, done=chosen)
    typer.echo(copy.conclusion)


def _tell_open(verdict: SetVerdict, done: Sequence[object] = ()) -> None:
    for one in verdict.findings:
        if one.corrections and not one.sure and one not in done:
            typer.echo(f'Not sure, so left: {one.key}. To correct it: --confirm "{one.key}"')
