"""The panel of the view "Edges": what a network is given, and its error with each width. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sefd_viewer.app.frame import shown
from sefd_viewer.app.in_view import person_in_view
from sefd_viewer.app.method_weights import edge_network, edge_networks_shown
from sefd_viewer.app.methods import MethodInfo
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.features.inspect.edge_view import (
    EDGE_VIEW,
    EdgeSource,
    before_body,
    error_of,
    given_wish,
    network_id,
    tried_body,
    tried_error,
    width_wishes,
)
from sefd_viewer.features.inspect.plans import cast_of, error_mm

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.stages import PlacedBody
    from sefd_viewer.app.state import ViewerState


@dataclass(frozen=True, eq=False)
class EdgePanelFrame:
    """The panel beside the panes, about one of the `networks` that take edges.

    `answer` is its newest body, which `moves` there from another. `widths` are (width, mm) that were
    computed, `mm` is of the present one.
    """

    source: EdgeSource = "canny"
    edges: EdgeSettings = field(default_factory=EdgeSettings)
    size_words: str = ""
    widths: tuple[tuple[int, float], ...] = ()
    width: int | None = None
    mm: float = math.nan
    trained: bool = True
    answer: PlacedBody | None = None
    moves: bool = False
    network: MethodInfo | None = None
    networks: tuple[MethodInfo, ...] = ()


@shown
def panel_frame(state: ViewerState, content: Content) -> EdgePanelFrame:
    """What the panel shows."""
    edges, view, cast = state.edges, EDGE_VIEW.of(state), cast_of(state, content)
    widths, own = [], math.nan
    if cast is not None:
        for width, wish in width_wishes(state, content).items():
            mm = error_of(tried_error(wish, content, cast), content)
            if not math.isnan(mm):
                widths.append((width, mm))
        own = error_mm(cast, network_id(state), content)
    fixed = edges.kernel if edges.dilation == "fixed" else 1 if edges.dilation == "none" else None
    plain = EdgeSettings()
    return EdgePanelFrame(
        view.source,
        edges,
        _size_words(state, content),
        tuple(widths),
        fixed if view.source == "canny" else None,
        own,
        trained=edges == plain and view.source == "canny",
        answer=_answer(state, content),
        moves=cast is not None and before_body(state, cast) is not None,
        network=edge_network(state),
        networks=edge_networks_shown(state),
    )


def _answer(state: ViewerState, content: Content) -> PlacedBody | None:
    """The network's newest body of the person in view, as it will stand."""
    if EDGE_VIEW.of(state).source != "canny":
        return content.computed.value(tried_body(given_wish(state, content), content))
    stage, person = content.stages.get(network_id(state)), person_in_view(state, content)
    return None if stage is None else next((b for b in stage.bodies if b.person == person), None)


def _size_words(state: ViewerState, content: Content) -> str:
    """Which width the rule of sizes gives this person, and why."""
    from sefd_viewer.edges.image_edges import adaptive_kernel

    scene = content.scene
    person = scene.person(person_in_view(state, content)) if scene is not None else None
    if person is None:
        return ""
    _, _, width, height = (float(value) for value in person.pose2d.bbox_xywh)
    kernel = adaptive_kernel(width * height, state.edges)
    found = "not dilated" if kernel == 1 else f"{kernel}×{kernel}"
    return f"This person gets {found}: the box is {width:.0f} × {height:.0f} px."
