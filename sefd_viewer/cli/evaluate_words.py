"""What `sefd-viewer evaluate` measured, in tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from sefd_viewer.evaluation.mupots import OWN, VARIANTS
from sefd_viewer.evaluation.runs.intervals import Mean
from sefd_viewer.evaluation.runs.summary import METRICS, MethodSummary, body_words, joint_words, paired

if TYPE_CHECKING:
    import polars as pl

_STATES = {
    "visible": "visible",
    "self_occluded": "hidden by the own body",
    "other_person": "hidden by another person",
    "object": "hidden by an object",
    "outside": "outside the picture",
}
_TITLES = {
    "mpjpe_mm": "MPJPE",
    "pa_mpjpe_mm": "PA-MPJPE",
    "mpvpe_mm": "MPVPE",
    "pck3d": "3DPCK 150 mm, predicted people",
    "pck3d_all": "3DPCK 150 mm, everyone",
    "auc3d": "AUC, predicted people",
    "auc3d_all": "AUC, everyone",
    **{
        f"{metric}_{state}_mm": f"{metric.upper()}, {words}"
        for metric in ("mpjpe", "mpvpe")
        for state, words in _STATES.items()
    },
    "reprojection_px": "2D reprojection",
    "reprojection_share": "2D reprojection / diagonal of the box",
    "pckh": "PCKh@0.6, predicted people",
    "mpjpe_measured_mm": "MPJPE, measured joints",
    "pa_mpjpe_measured_mm": "PA-MPJPE, measured joints",
    "limbs_mm": "Joints of arms and legs, between different bodies",
    "surface_mm": "Surface, between different bodies (no MPVPE)",
}
_PROBLEMS = 5


def show(table: pl.DataFrame, summaries: Sequence[MethodSummary], *, poses: str) -> None:
    """Print means with intervals, splits, differences between methods, and what is missing.

    `poses` is where the networks' 2D poses are from.
    """
    console = Console(markup=False)
    if not all(summary.is_empty for summary in summaries):
        console.print(_means(summaries, poses))
    if any(summary.average_precision for summary in summaries):
        console.print(_precision(summaries))
    if summaries[0].mupots:
        console.print(_mupots(summaries))
    if any(mean.count for _, _, mean in summaries[0].by_hidden):
        console.print(_hidden(summaries))
    for line in (
        *joint_words(table),
        *body_words(table),
        *_matched(table, summaries),
        *_differences(table, summaries),
        *_missing(table, summaries),
    ):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def show_protocol(numbers: Mapping[str, Any]) -> None:
    """Print what was measured beside what the papers print."""
    console = Console(markup=False)
    found = Table(title=f"{numbers['title']}, beside the papers' numbers")
    found.add_column("measure")
    columns = {
        **numbers["measured"],
        **{f"{name} (printed)": row for name, row in numbers["printed"].items()},
    }
    for name in columns:
        found.add_column(name, justify="right")
    for place, measure in enumerate(numbers["measures"]):
        cells = (row[place] for row in columns.values())
        found.add_row(measure, *("–" if value is None else f"{value:.1f}" for value in cells))
    console.print(found)
    if numbers["note"]:
        console.print(numbers["note"], highlight=False, soft_wrap=True)


def _means(summaries: Sequence[MethodSummary], poses: str) -> Table:
    title = f"Means over people, with 95 % intervals (resampling {summaries[0].resampled}); 2D poses: {poses}"
    found = Table(title=title)
    found.add_column("measure")
    for summary in summaries:
        found.add_column(summary.method, justify="right")
    for metric, title in _TITLES.items():
        means = [summary.metrics[metric] for summary in summaries]
        if any(mean.count for mean in means):
            found.add_row(title, *(_text(mean, METRICS.get(metric, "share")) for mean in means))
    for part in summaries[0].parts:
        values = [summary.parts[part] for summary in summaries]
        if any(value == value for value in values):
            found.add_row(f"MPJPE, {part}", *(f"{value:.1f} mm" for value in values))
    return found


def _precision(summaries: Sequence[MethodSummary]) -> Table:
    strangers = (
        f"; {summaries[0].strangers} predicted where nobody is annotated" if summaries[0].strangers else ""
    )
    found = Table(title=f"Average precision of the projected joints (as pycocotools{strangers})")
    found.add_column("joints")
    for summary in summaries:
        found.add_column(summary.method, justify="right")
    for name in summaries[0].average_precision:
        found.add_row(name, *(f"{summary.average_precision.get(name, 0.0):.3f}" for summary in summaries))
    return found


def _mupots(summaries: Sequence[MethodSummary]) -> Table:
    """A line for each sequence, and the means: over everybody / over those matched to a prediction."""
    found = Table(title=f"MuPoTS-3D, 3DPCK at 150 mm, all / matched people ({OWN})")
    found.add_column("sequence")
    scores = [summary.mupots[OWN] for summary in summaries]
    for summary, own in zip(summaries, scores, strict=True):
        matched = f"{own.matched_people} of {own.people} people matched"
        found.add_column(f"{summary.method}\n{matched}", justify="right")
    for sequence in scores[0].all:
        found.add_row(sequence, *(_shares(own.all[sequence], own.matched[sequence]) for own in scores))
    for variant in VARIANTS:
        means = (summary.mupots[variant] for summary in summaries)
        title = "mean" if variant == OWN else f"mean, {variant}"
        found.add_row(title, *(_shares(own.mean_all.mean, own.mean_matched.mean) for own in means))
    found.add_row("mean of all with its 95 % interval", *(_text(own.mean_all, "share") for own in scores))
    return found


def _shares(every: float, matched: float) -> str:
    return " / ".join(f"{100 * share:.1f}" if share == share else "–" for share in (every, matched))


def _people(count: int) -> str:
    return f"{count} {'person' if count == 1 else 'people'}"


def _hidden(summaries: Sequence[MethodSummary]) -> Table:
    found = Table(title="MPJPE by the share of the body that other people hide")
    found.add_column("hidden")
    for summary in summaries:
        found.add_column(summary.method, justify="right")
    for place, (low, high, mean) in enumerate(summaries[0].by_hidden):
        if mean.count:
            cells = (_text(summary.by_hidden[place][2], "mm") for summary in summaries)
            found.add_row(f"{low:.0%} to {high:.0%} ({_people(mean.count)})", *cells)
    return found


def _differences(table: pl.DataFrame, summaries: Sequence[MethodSummary]) -> list[str]:
    lines = []
    for first, second in combinations([summary.method for summary in summaries], 2):
        mean = paired(table, first, second)
        if mean.count:
            lines.append(
                f"MPJPE of {first} minus {second}: {mean.mean:+.1f} mm (95 %: {mean.between('+.1f')}, "
                f"resampling {summaries[0].resampled}) over {_people(mean.count)}, {mean.in_words}"
            )
    return lines


def _matched(table: pl.DataFrame, summaries: Sequence[MethodSummary]) -> list[str]:
    """Whose bodies found nobody, where some did not."""
    lines = []
    for summary in summaries:
        if summary.strangers:
            rows = table.filter(table["method"] == summary.method)
            nearby = rows.filter((rows["kind"] == "annotated") & rows["body"].is_not_null()).height
            lines.append(
                f"{summary.method}: {nearby} bodies are somebody's, {summary.strangers} nobody's: they count "
                "in average precision alone. What is near is said so: FILE#near=0.4,overlap=0.2"
            )
    return lines


def _missing(table: pl.DataFrame, summaries: Sequence[MethodSummary]) -> list[str]:
    lines = []
    for summary in summaries:
        without = summary.metrics["mpjpe_mm"].missing if not summary.mupots else 0
        if summary.unpredicted or without:
            lines.append(
                f"{summary.method}: {_people(summary.people)}, {summary.unpredicted} of them without a "
                f"usable prediction, {without} without 3D errors (not counted in the means)"
            )
        if summary.is_empty:
            lines.append(f"{summary.method}: nothing could be measured")
        of_heads = summary.metrics["pckh"]
        if of_heads.count and of_heads.missing:
            lines.append(
                f"{summary.method}: PCKh over {of_heads.count} of {summary.people} people; the others "
                "have no annotated head top and neck, or are not predicted"
            )
    if "joints" in table["truth"]:
        count = table.filter(table["truth"] == "joints")["person"].len() // len(summaries)
        has = "has" if count == 1 else "have"
        lines.append(f"{_people(count)} {has} no body: their errors are those against measured joints")
    if not table["has_truth"].any() and not summaries[0].mupots:
        lines.append("Nobody here has a body to compare with: there are no errors in 3D")
    known = table.filter(table["kind"].fill_null("") != "left out")
    left_out = (table.height - known.height) // len(summaries)
    if left_out:
        lines.append(f"Left out by the set: {left_out} (crowds, nobody labelled ...); nobody is judged there")
    with_problem = known.filter(known["problem"].is_not_null())
    problems = Counter(with_problem["problem"].to_list())
    for words, count in problems.most_common(_PROBLEMS):
        first = with_problem.filter(with_problem["problem"] == words).row(0, named=True)
        whose = f", person {first['person']}" if first["person"] is not None else ""
        more = f" (and {count - 1} more)" if count > 1 else ""
        lines.append(f"{first['method']}, {first['record']}{whose}: {words}{more}")
    if len(problems) > _PROBLEMS:
        lines.append(f"and {len(problems) - _PROBLEMS} other problems; --csv and --parquet list all")
    return lines


def _text(mean: Mean, unit: str) -> str:
    if not mean.count:
        return "–"
    if unit == "share":
        return f"{mean.mean:.1%}  ({mean.between('.1%')})"
    return f"{mean.mean:.1f} {unit}  ({mean.between()})"
