"""What the view "Edges" shows and tells: what a network is given, its error by width, what changed. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sefd_viewer.app.frame import shown
from sefd_viewer.app.in_view import person_in_view
from sefd_viewer.app.method_weights import edge_network, edge_networks_shown
from sefd_viewer.app.methods import MethodInfo
from sefd_viewer.app.person_frames import OWN_SENTENCE, OwnSentence
from sefd_viewer.app.person_numbers import Number
from sefd_viewer.app.sentences import Account, Part, Parts, the
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.features.inspect.edge_view import (
    EDGE_VIEW,
    SOURCES,
    EdgeSource,
    before_body,
    edge_words,
    error_of,
    given_query,
    in_edges,
    last_words,
    moved_key,
    network_id,
    of_width,
    tried_body,
    tried_error,
    whose_edges,
    width_queries,
)
from sefd_viewer.features.inspect.plans import cast_of, error_mm

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.stages import PlacedBody
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.inspect.cast import Cast


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
        for width, query in width_queries(state, content).items():
            mm = error_of(tried_error(query, content, cast), content)
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
        return content.computed.value(tried_body(given_query(state, content), content))
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


LITTLE_MM = 5.0
"""A spread of errors below this is little."""
_RULE = f"The network was asked with each width; less than {LITTLE_MM:.0f} mm between its answers is little."


def note_edges(state: ViewerState, content: Content) -> Content:
    """The content in which this stands for the usual sentence while the view is in sight."""
    account = edge_account(state, content) if in_edges(state) else None
    of = state.workspace, state.record, person_in_view(state, content)
    told = None if account is None else OwnSentence(of, account)
    return content if OWN_SENTENCE.of(content) == told else OWN_SENTENCE.put(content, told)


@shown
def edge_account(state: ViewerState, content: Content) -> Account | None:
    """Whether the width of the edges matters to the network; None while that is not known."""
    panel, cast = panel_frame(state, content), cast_of(state, content)
    known = dict(panel.widths)
    if cast is None or panel.network is None or len(known) < 2:
        return None
    who = the(panel.network.title)
    lines = _numbers(panel), (*_moved(who, state, content, cast), *_teacher(content, cast))
    against = "" if cast.truth is not None else the(cast.choice.title(cast.choice.baseline))
    return Account(_headline(known, who, against), tuple(line for line in lines if line))


def _headline(known: dict[int, float], who: str, against: str) -> Parts:
    low, high = min(known.values()), max(known.values())
    whole = f"{low:.0f} to {high:.0f} mm" if round(low) != round(high) else f"{low:.0f} mm"
    numbers = tuple(Number(_width(width).capitalize(), mm) for width, mm in known.items())
    spread = Part(whole, "strong", numbers, _RULE, "values")
    if against:
        last = Part(f" from {against}, as the width of the edges changes.")
        return Part(f"{_large(who)} is "), spread, last
    if high - low < LITTLE_MM:
        return Part("Edges matter little here: "), spread, Part(", whatever their width.")
    return Part("The width of the edges matters here: "), spread, Part(".")


def _numbers(panel: EdgePanelFrame) -> Parts:
    """What the student's answer is now, and as trained, undilated and with the best width."""
    known, trained = dict(panel.widths), EdgeSettings()
    told = []
    usual = of_width(panel.edges, trained.kernel) == trained
    if not panel.trained and trained.kernel in known:
        name = _width(trained.kernel)
        told.append((f"As trained, {name}" if usual else name, known[trained.kernel]))
    if panel.width != 1 and 1 in known:
        told.append(("Undilated", known[1]))
    best = min(known, key=lambda width: known[width])
    if best not in (panel.width, 1, trained.kernel):
        told.append((f"Best {_width(best)}", known[best]))
    rest = Part("".join(f" {name}: {mm:.1f}." for name, mm in told), lead="values")
    if math.isnan(panel.mm):
        return (rest,) if told else ()
    kind = SOURCES[panel.source] if panel.source != "none" else ""
    words = edge_words(panel.edges, panel.source)
    now = " ".join(filter(None, (kind, words))) if panel.source == "canny" else words
    start = Part(f"Now, {now}{', as trained' if panel.trained else ''}: ")
    return start, Part(f"{panel.mm:.1f} mm", "strong", lead="values"), Part("."), rest


def _moved(who: str, state: ViewerState, content: Content, cast: Cast) -> Parts:
    """How far the network's joints moved when its edges changed."""
    moved = content.computed.value(moved_key(state, cast))
    before = last_words(state, cast)
    if moved is None or not before:
        return ()
    rule = "Mean distance of the joints of the new answer from those of the one before, outlined in yellow."
    number = (Number("Moved", moved.mpjpe_mm),)
    much = Part(f"{moved.mpjpe_mm:.1f} mm", "strong", number, rule, "joints")
    return Part(f"{_large(who)} moved "), much, Part(f" from its answer to {before}. ")


def _teacher(content: Content, cast: Cast) -> Parts:
    """What edges of the bodies themselves give."""
    whose, value = whose_edges(content), error_mm(cast, "teacher", content)
    if not whose or math.isnan(value) or cast.truth is None:
        return ()
    words = f"The teacher, with the edges of {whose}: {value:.1f} mm."
    return (Part(words, numbers=(Number("Teacher", value),), lead="values"),)


def _large(words: str) -> str:
    return words[:1].upper() + words[1:]


def _width(width: int) -> str:
    return "undilated" if width == 1 else f"{width}×{width}"
