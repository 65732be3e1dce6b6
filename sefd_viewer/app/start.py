"""The start page without a screen: what the program is for, jobs to try, recent sets, this computer.

It is painted before the program is loaded: what is imported here delays the first paint.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.app.people import Face
    from sefd_viewer.app.recent import RecentSet
    from sefd_viewer.app.settings import Settings
    from sefd_viewer.app.state import ViewerState, Workspace
    from sefd_viewer.inference.messages import Ready

TITLE = "See, compare and check 3D bodies"
LEAD = (
    "Networks that estimate 3D human bodies fail where people hide each other. This program puts their "
    "bodies side by side on your photos and finds the people on whom they fail. It also checks whether the "
    "annotations and cameras they are measured by are right."
)
NETWORKS = (
    ("baseline", "Baseline", "sees the photo and a 2D pose: what you compare with.", "pose"),
    (
        "teacher",
        "Teacher",
        "also sees the edges of the true bodies, hidden parts too. Needs the truth.",
        "true_edges",
    ),
    (
        "student",
        "Student",
        "has learned from the teacher to make do with the photo's edges. This is SEFD (ICCV 2023).",
        "photo_edges",
    ),
)
"""Method, name, what it sees, and the picture of that."""
FORMATS = "Human3.6M, MSCOCO, MPII, CrowdPose, OCHuman, MuCo, 3DPW, MuPoTS, captures"
CROWD_WORDS = "64 photos of people who hide one another, with full truth; nothing to download"
SAMPLE_WORDS = "four cameras, 25 moments, two people"


@dataclass(frozen=True)
class Job:
    """Something to try with what is shipped: it opens there with somebody selected."""

    id: str
    title: str
    words: str
    workspace: Workspace
    record: str
    person: str
    crowd: bool = False
    face: Face = "compare"

    def inputs(self) -> tuple[str, ...]:
        """What to open; nothing is the sample."""
        if not self.crowd:
            return ()
        from sefd_viewer.datasets.opening import crowd_folder

        return (str(crowd_folder()),)

    def begin(self, state: ViewerState) -> ViewerState:
        """The state of a set that was just opened, with the job's person in its workspace."""
        from sefd_viewer.app.people import PEOPLE

        state = replace(state, workspace=self.workspace, record=self.record, person=self.person)
        return PEOPLE.change(state, face=self.face)


JOBS: tuple[Job, ...] = (
    Job(
        "inspect",
        "Inspect a failure",
        "the student is worse here: why?",
        "inspect",
        "cam03/000040.jpg",
        "man",
    ),
    Job(
        "compare",
        "Compare methods",
        "three networks, 325 people, one table",
        "people",
        "train2017/000000000022.jpg",
        "104",
        crowd=True,
    ),
    Job(
        "cameras",
        "Check cameras",
        "do four cameras and the bodies agree?",
        "cameras",
        "cam03/000040.jpg",
        "man",
    ),
    Job(
        "annotations",
        "Check annotations",
        "who is in front of whom?",
        "people",
        "cam03/000088.jpg",
        "avatar",
        face="check",
    ),
)


@dataclass(frozen=True)
class StartView:
    """What the page shows besides what never changes.

    `opening` is what is being opened, with the `stage` and its share that is done; `problem` why it could not
    be, in words.
    """

    recent: tuple[RecentSet, ...] = ()
    computer: str = ""
    opening: str = ""
    stage: str = ""
    share: float | None = None
    problem: str = ""


def first_view(settings: Settings, recent: Sequence[RecentSet]) -> StartView:
    """What the start page shows while the program is being loaded."""
    return StartView(recent=tuple(recent), computer=computer_words(settings.bodies, settings.weights))


def start_view(controller: Controller, recent: Sequence[RecentSet]) -> StartView:
    """What the start page shows now."""
    content = controller.content
    stage, share = content.reached
    return StartView(
        recent=tuple(recent),
        computer=computer_words(
            controller.bodies.paths, controller.settings.weights, content.inference.device
        ),
        opening=content.opening or "",
        stage=stage,
        share=share,
        problem=content.problem or "",
    )


def open_job(controller: Controller, job: Job) -> None:
    """Open what a job is about, with its person selected in its workspace."""
    controller.open(job.inputs(), begin=job.begin)


def computer_words(bodies: Sequence[str], weights: Mapping[str, str], ready: Ready | None = None) -> str:
    """Device, bodies and weights in one line, and what is missing; `ready` when the networks have begun."""
    if ready is not None:
        threads = f"{ready.threads} thread{'s' if ready.threads > 1 else ''}"
        device = f"CPU, {threads}" if ready.device == "cpu" else ready.device_name
    else:
        device = graphics_words()
    return f"This computer: {device}. Bodies: {_body_words(bodies)}. {_weight_words(weights)}"


def graphics_words() -> str:
    """What is known of the hardware before the networks have started."""
    cores = os.cpu_count() or 1
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return "Apple GPU"
    if Path("/proc/driver/nvidia/version").exists() or (os.environ.get("SYSTEMROOT") and _windows_driver()):
        return f"Nvidia GPU, {cores} cores"
    return f"CPU, {cores} core{'s' if cores > 1 else ''}; no Nvidia GPU was found"


def _windows_driver() -> bool:
    return (Path(os.environ["SYSTEMROOT"]) / "System32" / "nvcuda.dll").exists()


def _body_words(places: Sequence[str]) -> str:
    if not places:
        return "open body (no licence needed)"
    return f"open body and {', '.join(Path(place).name for place in places)}"


def _weight_words(weights: Mapping[str, str]) -> str:
    gone = [role for role, file in weights.items() if not Path(file).exists()]
    if gone:
        return f"Missing: weights of the {', '.join(gone)} ({weights[gone[0]]})."
    return f"Weights: shipped{f', your own {chr(44).join(weights)}' if weights else ''}."


def did_you_mean(problem: str) -> str:
    """The folder that the words about a problem offer instead, empty where they offer none."""
    _, asked, rest = problem.partition("did you mean ")
    return rest.partition("?")[0] if asked else ""
