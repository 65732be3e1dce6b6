"""Cameras: all views of one moment, and how well cameras and bodies agree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sefd_viewer.app.feature import Feature, Steering, WorkspaceInfo, in_workspace
from sefd_viewer.app.method_files import note_stages
from sefd_viewer.app.method_weights import weights_queries
from sefd_viewer.features.cameras import actions
from sefd_viewer.features.cameras.diagnosis import DIAGNOSIS, DiagnosisState
from sefd_viewer.features.cameras.frame import FRAME
from sefd_viewer.features.cameras.in_view import InView, wants
from sefd_viewer.features.cameras.methods import chosen_on_board
from sefd_viewer.features.cameras.model import CAMERAS, for_dataset, settle
from sefd_viewer.features.cameras.service import CamerasService

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.app.trials import Query
    from sefd_viewer.features.cameras.frame import CamerasFrame


def _resolve(state: ViewerState, content: Content) -> CamerasFrame:
    from sefd_viewer.features.cameras.resolve import resolve  # NumPy comes with it

    return resolve(state, content)


def _asks(state: ViewerState, content: Content) -> Iterable[Query]:
    """Weights of one's own are asked where their bodies are seen, all networks about the other cameras."""
    if not _shows_networks(state):
        return
    yield from weights_queries(state, content)
    found = InView(state, content)
    yield from found.on_cameras.queries()


def _shows_networks(state: ViewerState) -> bool:
    return CAMERAS.of(state).tab == "image_plane" or any(one.role for one in chosen_on_board(state))


def _activity(content: Content) -> tuple[str, float | None] | None:
    state = DIAGNOSIS.of(content)
    return None if state.stage is None else (f"Diagnosis: {state.stage.lower()}", state.share)


def _undone(content: Content) -> str:
    several = content.dataset is not None and len(content.dataset.views) > 1
    return "cameras not checked" if several and DIAGNOSIS.of(content) == DiagnosisState() else ""


HINTS = (
    "Nothing on disk is changed",
    "wheel zooms",
    "drag in the space turns it",
    "M goes to the worst moment",
)
"""What hands can do, and what they do not."""

FEATURES = (
    Feature(
        id="cameras",
        order=20,
        in_view=in_workspace("cameras"),
        wants=wants,
        asks=_asks,
        note=note_stages,
        frame=FRAME,
        resolve=_resolve,
        uses_networks=_shows_networks,
        settle=settle,
        opened=for_dataset,
        activity=_activity,
        undone=_undone,
        commands=actions.commands,
        method_commands=actions.method_commands,
        heading="Cameras",
        service=CamerasService,
        pages={"corrections": "sefd_viewer.features.cameras.views.corrections:CorrectionsPage"},
        steering=Steering(actions.step_moment, actions.people, actions.choose, actions.peek),
        workspace=WorkspaceInfo(
            "Cameras",
            "All cameras of one moment, and how well they agree",
            "Ctrl+3",
            hints=lambda _frame: HINTS,
        ),
        view="sefd_viewer.features.cameras.views.board_view:make_board",
        keeps=("sefd_viewer.features.cameras.model:CAMERAS",),
    ),
)
