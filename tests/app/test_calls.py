"""What one action works out, counted in calls of the program's functions: the same on every machine."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sefd_viewer.app.controller import Controller
from sefd_viewer.app.drafts import VisiblePart
from sefd_viewer.app.layer_keys import CannyEdges
from tests.app.session_fakes import HandClock

PACKAGE = Path(sys.modules["sefd_viewer"].__file__ or "").parent
MOST = 3500
"""Without the window: a tenth more than in Edges now, three times as much as in Inspect."""
Make = Callable[..., Controller]


def calls_of(act: Callable[[], object]) -> Counter[str]:
    """Calls of the package's functions by "app/resolve.py resolve"."""
    found: Counter[str] = Counter()

    def note(frame: Any, event: str, _arg: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(PACKAGE)):
            found[f"{code.co_filename[len(str(PACKAGE)) + 1 :]} {code.co_name}"] += 1

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return found


@pytest.fixture(params=["inspect", "edges"])
def controller(request: pytest.FixtureRequest, make: Make) -> Controller:
    """A photo in a workspace, canny's edges over it, while the networks rest."""
    made = make(timer=HandClock(), rest=HandClock())
    made.visible_part = lambda: VisiblePart((0.0, 0.0, 96.0, 72.0), 0.5)
    made.store.set(replace(made.state.with_layer("canny", visible=True), workspace=request.param))
    made.refresh()
    return made


def notch(controller: Controller, kernel: int) -> Counter[str]:
    edges = replace(controller.state.edges, kernel=kernel)
    return calls_of(lambda: controller.store.set(replace(controller.state, edges=edges), merge="kernel"))


def test_looking_again_works_nothing_out(controller: Controller):
    frame = controller.frame
    calls = calls_of(controller.refresh)
    assert controller.frame is frame
    made = [name for name in calls if name.endswith((" resolve", " wants", " plans", " asks"))]
    assert made == ["app/rooms.py asks", "app/rooms.py wants"]
    assert calls.total() < 400


def test_a_notch_of_the_kernel_reaches_what_shows_edges_and_nothing_else(controller: Controller):
    before = controller.frame
    notch(controller, 9)
    calls = notch(controller, 7)
    assert controller.frame.edges.kernel == 7
    assert controller.frame.photo.overlays["canny"] is not before.photo.overlays["canny"]
    assert controller.frame.people is before.people
    assert controller.frame.photo.marks is before.photo.marks
    assert not any(name.endswith((" people_in_view", " _stages", " cast_of")) for name in calls)
    in_features = (name for name in calls if name.startswith("features/"))
    assert not [name for name in in_features if not name.startswith(allowed(controller))]
    assert calls.total() < MOST, calls.total()


def allowed(controller: Controller) -> tuple[str, ...]:
    """The features in view, the question whether Present is, and the verdicts' ear for undo."""
    ids = {"inspect", "person", "playback", controller.state.workspace}
    others = ("present/feature.py _is_on", "people/judging.py _state_changed")
    return (*(f"features/{id}/" for id in ids), *(f"features/{other}" for other in others))


def test_layers_over_the_photo_are_made_where_it_is_seen_and_nowhere_else(make: Make):
    controller = make()
    seen = controller.state.with_layer("canny", visible=True)
    for workspace, made in (("people", False), ("inspect", True)):
        controller.store.set(replace(seen, workspace=workspace))
        assert (controller.content.newest(CannyEdges) is not None) == made
