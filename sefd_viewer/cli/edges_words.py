"""What `sefd-viewer edges` found, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table

from sefd_viewer.edge_maps.auditing import AuditReport
from sefd_viewer.edge_maps.explaining import Verdict
from sefd_viewer.edge_maps.making import Failure, MakingReport
from sefd_viewer.edge_maps.verifying import VerifyReport

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
