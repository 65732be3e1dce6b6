"""What `sefd-viewer edges` found, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sefd_viewer.factory.making import Failure, MakingReport
from sefd_viewer.factory.verifying import VerifyReport

_SHOWN = 10


def report_lines(report: MakingReport | VerifyReport) -> Iterator[str]:
    """A report line by line."""
    return _made(report) if isinstance(report, MakingReport) else _verified(report)


def _made(report: MakingReport) -> Iterator[str]:
    seconds = f"{report.seconds:.1f} s"
    yield f"Made {report.maps} maps of {report.made} records in {seconds}, kept those of {report.kept}"
    if report.without_bodies:
        yield f"{report.without_bodies} records have nobody with a body"
    if report.people_without_body:
        yield f"{report.people_without_body} people are annotated without a body and not drawn"
    yield from _listed("could not be drawn (all are in the manifest)", report.failures)


def _verified(report: VerifyReport) -> Iterator[str]:
    yield "Complete" if report.complete else "Not complete"
    yield f"{report.sound} maps are there, whole and of the photo's size, for {report.records} records"
    if report.without_bodies:
        yield f"{report.without_bodies} records have nobody with a body, and need no map"
    yield from report.problems
    yield from _listed("have no sound map", report.faults)
    yield from _listed("could not be drawn, as the manifest says", report.left_out)


def _listed(what: str, records: Sequence[Failure]) -> Iterator[str]:
    if records:
        yield f"{len(records)} records {what}:"
        yield from (f"  {one.record}: {one.reason}" for one in records[:_SHOWN])
    if len(records) > _SHOWN:
        yield f"  and {len(records) - _SHOWN} more"
