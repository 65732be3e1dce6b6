"""Present: prepared cases on the stage, full screen, for people who do not know the method."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sefd_viewer.app.content import Content
from sefd_viewer.app.feature import Feature
from sefd_viewer.app.keys import Key
from sefd_viewer.app.people_view import run_key
from sefd_viewer.app.state import ViewerState
from sefd_viewer.app.story import PRESENT
from sefd_viewer.features.present.actions import presentation_commands
from sefd_viewer.features.present.frame import SLIDE, slide_frame, totals_key


def _is_on(state: ViewerState) -> bool:
    return PRESENT.of(state).slide is not None


def _wants(state: ViewerState, content: Content) -> Iterable[Key[Any] | None]:
    return run_key(state, content), totals_key(state, content)


FEATURES = (
    Feature(
        id="present",
        order=80,
        in_view=_is_on,
        fills_screen=_is_on,
        wants=_wants,
        frame=SLIDE,
        resolve=slide_frame,
        commands=presentation_commands,
        heading="Present",
        pages={"cases": "sefd_viewer.features.present.views.cases_page:make_page"},
        bars="sefd_viewer.features.present.views.bars:PresentBars",
    ),
)
