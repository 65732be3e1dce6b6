"""People: everybody in the data set, with errors, findings, verdicts and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sefd_viewer.app.feature import Feature, Steering, WorkspaceInfo, in_workspace
from sefd_viewer.app.people import PEOPLE
from sefd_viewer.features.people.actions import commands
from sefd_viewer.features.people.model import FRAME, WORKSPACE, activity, chosen_positions, wants
from sefd_viewer.features.people.resolving import resolve
from sefd_viewer.features.people.service import PeopleService, Walk, service_of

if TYPE_CHECKING:
    from sefd_viewer.app.controller import Controller


def _step(controller: Controller, step: int) -> None:
    service_of(controller).selecting.go(Walk.NEXT if step > 0 else Walk.LAST)


HINTS = {
    "compare": (
        "Table, plot and pictures show the same people",
        "drag in the plot to select",
        "G B U verdict",
        "T tag",
        "Enter inspects",
    ),
    "check": ("G B U X verdict", "1 … 9 reason", "Enter next", "Ctrl+Z takes a verdict back"),
}
"""What hands can do, by the face in view."""

FEATURES = (
    Feature(
        id=WORKSPACE,
        order=15,
        in_view=in_workspace(WORKSPACE),
        wants=wants,
        frame=FRAME,
        resolve=resolve,
        uses_networks=lambda state: PEOPLE.of(state).face == "compare",
        commands=commands,
        heading="People in the data set",
        service=PeopleService,
        activity=activity,
        chosen=chosen_positions,
        steering=Steering(_step, lambda _controller: (), lambda _controller, _key: None),
        workspace=WorkspaceInfo(
            "People",
            "Methods compared over everybody; annotations checked",
            "Ctrl+2",
            hints=lambda frame: HINTS[FRAME.of(frame).state.face],
        ),
        view="sefd_viewer.features.people.views.workspace:PeopleWorkspace",
    ),
)
