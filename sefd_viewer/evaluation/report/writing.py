"""A run as one page: numbers, pictures of cases; its methods opened again as they were; as a job."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sefd_viewer import __version__
from sefd_viewer.atomic import write_file
from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.opening import FORMATS, crowd_folder, open_dataset
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import DAMAGED, SefdError
from sefd_viewer.evaluation.case_measures import PredictedBody
from sefd_viewer.evaluation.photo_truth import TrueBody
from sefd_viewer.evaluation.report.cases import NUMBERS, Case, Color, Drawn, Figures, figures, named_cases
from sefd_viewer.evaluation.runs.external import kept
from sefd_viewer.evaluation.runs.intervals import Mean
from sefd_viewer.evaluation.runs.methods import ReportOrder, RunReport
from sefd_viewer.evaluation.runs.photos import Photo
from sefd_viewer.evaluation.runs.pose_sources import ANNOTATION
from sefd_viewer.evaluation.runs.running import Runner, RunOptions
from sefd_viewer.evaluation.runs.store import RunPlan, RunStore, open_run
from sefd_viewer.evaluation.runs.summary import body_words, paired, summarise
from sefd_viewer.geometry.cameras import PinholeCamera
from sefd_viewer.geometry.image_plane import is_another_plane
from sefd_viewer.inference.export import ROLE_COLORS
from sefd_viewer.jobs.background import Task

TRUTH = "ground truth"
PHOTO = "photo alone"
_TRUTH_COLOR: Color = (140, 140, 140)
_OTHER_COLORS: tuple[Color, ...] = ((204, 121, 167), (213, 94, 0), (240, 228, 66))
_SUMMARY = {"mpjpe_mm": "MPJPE, mm", "pa_mpjpe_mm": "PA-MPJPE, mm", "mpvpe_mm": "MPVPE, mm"}
_FOLDER = Path(__file__).parent


def write_report(
    path: Path,
    store: RunStore,
    runner: Runner,
    cases: Sequence[Case],
    *,
    title: str,
    notes: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> list[str]:
    """Write the page about `cases` of a run to `path`; returns words about cases that could not be drawn.

    Raises SefdError when the page cannot be written, or nothing can be drawn.
    """
    shown: list[dict[str, Any]] = []
    problems: list[str] = []
    for done, case in enumerate(cases, start=1):
        try:
            photo = runner.load(case.position)
            shown.append(_section(case, len(shown), photo, runner))
        except SefdError as error:
            problems.append(f"{case.record}, person {case.person}: {error}")
        if progress is not None:
            progress(done, len(cases))
    if not shown:
        raise SefdError(
            "no case could be drawn", where=path, remedy="; ".join(problems) or "Choose some cases"
        )
    write_file(path, _page(store, shown, title, notes).encode())
    return problems


def _section(case: Case, number: int, photo: Photo, runner: Runner) -> dict[str, Any]:
    """What the page says about a case."""
    if photo.image is None:
        raise SefdError(
            photo.problem or "there is no picture", remedy="Choose other cases, or put the picture back"
        )
    truth = photo.truth.get(case.person)
    predicted = runner.predictions([photo])[0]
    bodies = {name: people[case.person] for name, people in predicted.items() if case.person in people}
    possible = [_drawn(name, body, truth, color_of(name, predicted)) for name, body in bodies.items()]
    drawn = [one for one in possible if one is not None]
    if truth is not None:
        drawn.append(Drawn(TRUTH, _TRUTH_COLOR, truth.vertices_camera, truth.body, truth.camera))
    if not drawn:
        raise SefdError(
            "no method predicts this person", remedy="Choose another case, or run a method over this photo"
        )
    made = figures(photo.image, _box(case, photo, drawn), drawn)
    return _described(case, number, made, drawn, _own_cameras(drawn, photo.camera))


def _described(
    case: Case, number: int, made: Figures, drawn: Sequence[Drawn], cameras: str
) -> dict[str, Any]:
    hidden = "" if case.hidden is None else f", {100 * case.hidden:.0f} % hidden by other people"
    where = f" of {case.record}" if case.title not in ("", case.record) else ""
    choices = [*made.pictures, PHOTO]
    return {
        "title": f"{number + 1}. {case.title or case.record}",
        "about": f"person {case.person}{where}{hidden}",
        "cameras": cameras,
        "note": case.note,
        "width": made.width,
        "choices": choices,
        "left": 0,
        "right": min(1, len(choices) - 1),
        "pictures": {**made.pictures, PHOTO: made.photo},
        "meshes": [
            {
                "id": f"mesh-{number}-{place}",
                "name": one.name,
                "color": _css(one.color),
                "glb": made.meshes[one.name],
            }
            for place, one in enumerate(drawn)
        ],
        "rows": [
            {"name": name, "cells": [_number(values.get(metric)) for metric in NUMBERS]}
            for name, values in case.numbers.items()
        ],
    }


def _own_cameras(drawn: Sequence[Drawn], of_photo: PinholeCamera | None) -> str:
    """Who is seen through a camera of their own, such as one of a virtual 5000 px."""
    truth = next((one.camera for one in drawn if one.name == TRUTH), of_photo)
    if truth is None:
        return ""
    alike: dict[str, list[str]] = {}
    for one in drawn:
        if is_another_plane(one.camera, truth):
            alike.setdefault(f"{one.camera.focal[0]:,.0f} px", []).append(one.name)
    own = [(", ".join(names), "its" if len(names) == 1 else "their", px) for px, names in alike.items()]
    told = "; ".join(f"{names} by {whose} own camera, {px}" for names, whose, px in own)
    return f"On the photo {told}; to turn, each body stands about its own middle." if own else ""


def _drawn(name: str, body: PredictedBody, truth: TrueBody | None, color: Color) -> Drawn | None:
    if body.camera is None:
        return None
    errors = None
    if truth is not None and truth.body.vertex_count == body.body.vertex_count:
        turn = np.eye(3) if body.turn is None else body.turn
        true = truth.vertices_camera @ turn.T
        regress = body.body.J_regressor[0]
        apart = (body.vertices_camera - regress @ body.vertices_camera) - (true - regress @ true)
        errors = np.linalg.norm(apart, axis=1) * 1000
    return Drawn(name, color, body.vertices_camera, body.body, body.camera, errors)


def color_of(name: str, names: Iterable[str]) -> Color:
    """A network's own colour; others get one by their place among the `names` of all others."""
    others = sorted(one for one in names if one not in ROLE_COLORS)
    place = others.index(name) if name in others else 0
    other = _OTHER_COLORS[place % len(_OTHER_COLORS)]
    return ROLE_COLORS.get(name, other)  # type: ignore[call-overload]  # a name may be that of a role


def _box(case: Case, photo: Photo, drawn: Sequence[Drawn]) -> np.ndarray:
    """The person's annotated box, else that of the first body drawn."""
    pose = photo.poses.get(case.person)
    if pose is not None:
        return np.asarray(pose.bbox_xywh)
    points = drawn[-1].camera.project_camera(drawn[-1].vertices_camera)
    low, high = np.nanmin(points, axis=0), np.nanmax(points, axis=0)
    return np.concatenate([low, high - low])


def _page(store: RunStore, sections: Sequence[dict[str, Any]], title: str, notes: str) -> str:
    from jinja2 import Environment, FileSystemLoader

    table = store.table()
    summaries = summarise(table)
    names = [summary.method for summary in summaries]
    template = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True).get_template("report.html.j2")
    return template.render(
        title=title,
        notes=notes,
        dataset=store.plan.dataset,
        poses=store.plan.settings.get("poses", ANNOTATION),
        people=max((summary.people for summary in summaries), default=0),
        cases=sections,
        date=datetime.date.today().isoformat(),
        version=__version__,
        summary_names=list(_SUMMARY.values()),
        summary=[
            {
                "name": summary.method,
                "color": _css(color_of(summary.method, names)),
                "cells": [_mean(summary.metrics[metric]) for metric in _SUMMARY],
            }
            for summary in summaries
        ],
        differences=[
            f"{first} minus {second}: {mean.mean:+.1f} mm (95 %: {mean.between('+.1f')}, "
            f"resampling {summaries[0].resampled}), {mean.in_words}"
            for at, first in enumerate(names)
            for second in names[at + 1 :]
            if (mean := paired(table, first, second)).count
        ],
        number_names=list(NUMBERS.values()),
        provenance=_provenance(store),
        script=(_FOLDER / "viewer.js").read_text("utf-8"),
    )


def _provenance(store: RunStore) -> list[tuple[str, str]]:
    plan = store.plan
    return [
        ("data set", f"{plan.dataset} ({plan.format}), {plan.records} photos"),
        *((f"method {name}", identity) for name, identity in plan.methods.items()),
        ("settings", json.dumps(dict(plan.settings))),
        ("joints of the errors", "; ".join(store.joints_from()) or "not stated"),
        *(("different bodies", words) for words in body_words(store.table())),
        ("run", plan.key()),
        ("program", f"sefd-viewer {__version__}"),
    ]


def _css(color: Color) -> str:
    return f"rgb({color[0]}, {color[1]}, {color[2]})"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _mean(mean: Mean) -> str:
    return "–" if not mean.count else f"{mean.mean:.1f} ({mean.between()})"


def runner_of(store: RunStore, *, root: Path | None = None, device: str = "auto") -> Runner:
    """What runs a run's methods again; `root` is where its data set lies now, if it has been moved.

    Raises SefdError when the data set is not there, or the run does not say how its methods are run.
    """
    plan = store.plan
    if not plan.definitions:
        remedy = "Evaluate again"
        raise SefdError("this run does not say how to run its methods", where=store.folder, remedy=remedy)
    try:
        edges = EdgeSettings.from_dict(dict(plan.settings["edges"]))
        poses, joints = str(plan.settings.get("poses", ANNOTATION)), plan.settings.get("joints")
        bodies = tuple(plan.settings.get("bodies", ()))
    except DAMAGED as error:
        words = f"the settings of this run cannot be used ({error})"
        raise SefdError(words, where=store.folder, remedy="Evaluate again") from error
    place = root or (Path(plan.root) if plan.root else _shipped(plan))
    format = plan.format if plan.format in FORMATS and place is not None else None
    methods = [kept(method, store.folder) for method in plan.runnable()]
    dataset = open_dataset(place, format=format, options=ReadOptions(bodies=bodies))
    return Runner(dataset, methods, RunOptions(edges, poses, joints, device=device, bodies=bodies))


def _shipped(plan: RunPlan) -> Path | None:
    """Where the data set of a run lies that ships and names no folder: the crowd, else the sample (None)."""
    return crowd_folder() if plan.dataset == crowd_folder().name else None


def work(order: ReportOrder, task: Task) -> str:
    """Write a report and tell RunReports; returns what is missing in it, "" for nothing.

    Raises SefdError when it was stopped: nothing is written then.
    """
    task.tell(RunReport(stage="loading the networks"))

    def tell(done: int, total: int) -> None:
        task.tell(RunReport(stage="drawing cases", done=done, total=total))
        if task.stopped:
            raise SefdError("the page was stopped; nothing was written", remedy="Write it again to have it")

    store = open_run(Path(order.run))
    runner = runner_of(store, device=order.device)
    cases = named_cases(store, order.cases)
    problems = write_report(Path(order.out), store, runner, cases, title=order.title, progress=tell)
    return "; ".join(problems)
