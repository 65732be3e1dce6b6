"""What the view "Edges" tells of a person above the panes: how far edges matter, and what they changed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sefd_viewer.app.frame import shown
from sefd_viewer.app.in_view import person_in_view
from sefd_viewer.app.person_frames import TOLD, Told
from sefd_viewer.app.person_numbers import Number
from sefd_viewer.app.sentences import Account, Part, Parts, the
from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.features.inspect.edge_frame import EdgePanelFrame, panel_frame
from sefd_viewer.features.inspect.edge_view import (
    SOURCES,
    edge_words,
    in_edges,
    last_words,
    moved_key,
    of_width,
    whose_edges,
)
from sefd_viewer.features.inspect.plans import cast_of, error_mm

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.features.inspect.cast import Cast

LITTLE_MM = 5.0
"""A spread of errors below this is little."""
_RULE = f"The network was asked with each width; less than {LITTLE_MM:.0f} mm between its answers is little."


def note_edges(state: ViewerState, content: Content) -> Content:
    """The content in which this stands for the usual sentence while the view is in sight."""
    account = edge_account(state, content) if in_edges(state) else None
    of = state.workspace, state.record, person_in_view(state, content)
    told = None if account is None else Told(of, account)
    return content if TOLD.of(content) == told else TOLD.put(content, told)


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
