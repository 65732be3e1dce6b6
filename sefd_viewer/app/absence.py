"""Why there is nothing to see in a panel, and what to do about it, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sefd_viewer.app.content import Content
from sefd_viewer.app.frame import Words
from sefd_viewer.app.methods import Method, as_role
from sefd_viewer.app.scene import NOBODY, Scene
from sefd_viewer.app.stages import TruthStage
from sefd_viewer.app.state import ViewerState
from sefd_viewer.app.wanted import KINDS, layer_outcome
from sefd_viewer.jobs.runner import Outcome

WELCOME = Words("Nothing is open", "Open a picture, a folder or a video with Ctrl+O, or drop it here.")


def outcome_words(*outcomes: Outcome[Any] | None, title: str = "This cannot be computed") -> Words | None:
    """Why the first of these that failed did; None where none did."""
    problems = (outcome.problem for outcome in outcomes if outcome is not None)
    return next((Words(title, problem) for problem in problems if problem is not None), None)


def problem_words(problems: Sequence[str], where: str) -> str | None:
    """What was wrong with parts of `where`, in one line; None when nothing was."""
    if len(problems) <= 1:
        return problems[0] if problems else None
    return f"{len(problems)} problems in {where}, the first: {problems[0]}"


def scene_outcome(content: Content) -> Outcome[Scene] | None:
    """What came of loading the record in view, None while it is loaded."""
    return None if content.scene_key is None else content.computed.get(content.scene_key)


def photo_words(state: ViewerState, content: Content) -> Words:
    """Why there is no photo."""
    if content.opening is not None:
        return Words("Opening", content.opening, busy=True)
    if content.problem is not None:
        return Words("This cannot be opened", content.problem)
    outcome = scene_outcome(content)
    if outcome is not None and outcome.problem is not None:
        return Words("This photo cannot be shown", outcome.problem)
    if content.dataset is None:
        return WELCOME
    if state.record is not None and content.dataset.find(state.record) is None:
        return Words("No such photo here", f"{content.dataset.name} has no photo {state.record}.")
    if state.record is None:
        return Words(
            "No photo here", " ".join(content.dataset.problems) or f"{content.dataset.name} has none."
        )
    return Words("Loading", "", busy=True)


def layer_words(layer: str, state: ViewerState, content: Content) -> Words | None:
    """Why a computed layer has no pixels yet."""
    outcome = layer_outcome(layer, content)
    if outcome is not None and outcome.problem is not None:
        return Words("These edges cannot be made", outcome.problem)
    if layer == "mesh_edge" and state.overlay not in content.stages:
        return method_words(state.overlay, content)
    if failed := edges_words(layer, content):
        return failed
    if layer == "plugin" and state.plugin_edges is None:
        return Words("No detector is chosen")
    return Words("Computing", KINDS[layer].title if layer in KINDS else "", busy=True)


def edges_words(network: str, content: Content) -> Words | None:
    """Why HED, SEE or SESD found no edges; None where it did not fail."""
    failed = content.inference.edges_failed(network)
    return None if failed is None else Words(f"No edges of {network.upper()}", str(failed))


def method_words(method: Method, content: Content) -> Words | None:
    """Why a method shows no body."""
    if content.scene is None:
        loaded = scene_outcome(content)
        failed = loaded is not None and loaded.problem is not None
        return Words("No picture", "The photo's panel says why.") if failed else None
    if not content.scene.people:
        return Words("Nobody here", content.scene.note or NOBODY)
    role = as_role(method)
    if role is None:
        return _truth_words(content)
    failure = content.inference.failure(role)
    if failure is not None:
        return Words(f"No answer from the {role}", str(failure))
    if content.inference.stopped:
        return Words("Stopped", "Press R to run the networks.")
    if content.inference.problem is not None and role not in content.inference.pending:
        return Words(content.inference.problem.what, content.inference.problem.remedy or "")
    return Words("Waiting for the networks", content.inference.stage, busy=True)


def _truth_words(content: Content) -> Words:
    outcome = content.newest(TruthStage)
    if outcome is not None and outcome.problem is not None:
        return Words("No body of the truth", outcome.problem)
    return Words("Computing", "the bodies of the truth", busy=True)
