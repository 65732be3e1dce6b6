"""From the state and what is known to what the workspace "Edges" shows: pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sefd_viewer.app.frame import MarkFrame, Words
from sefd_viewer.app.methods import METHODS
from sefd_viewer.app.state import Color
from sefd_viewer.features.edges.derive import (
    COMPARED,
    FOUND,
    PAIR,
    SIZES,
    THICK,
    hed_edges,
    shows,
    sizes_key,
    wanted_method,
)
from sefd_viewer.features.edges.frame import (
    AuditFrame,
    DetectorFrame,
    DetectorsFrame,
    DilationFrame,
    EdgeLabFrame,
)

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.edges.settings import EdgeSettings
    from sefd_viewer.features.edges.comparing import Compared
    from sefd_viewer.features.edges.dilating import SizedBox

CLASS_COLORS: tuple[Color, ...] = ((240, 228, 66), (86, 180, 233), (77, 208, 165), (230, 130, 180))
"""Of the size classes, from the smallest people to the largest: yellow, sky blue, mint, purple."""


def edge_lab_frame(state: ViewerState, content: Content) -> EdgeLabFrame:
    """Decide what the workspace shows; an empty frame while another one is in view."""
    if state.workspace != "edges":
        return EdgeLabFrame()
    return EdgeLabFrame(
        state.edge_lab,
        state.edges,
        state.record,
        detectors=_detectors(state, content) if shows(state, "detectors") else DetectorsFrame(),
        dilation=_dilation(state, content) if shows(state, "dilation") else DilationFrame(),
        audit=_audit(state, content) if shows(state, "audit") else AuditFrame(),
    )


def class_color(kernel: int, settings: EdgeSettings) -> Color:
    """The colour of the size class that gets this kernel."""
    place = settings.area_kernels.index(kernel) if kernel in settings.area_kernels else 0
    return CLASS_COLORS[place % len(CLASS_COLORS)]


# ---- detectors


def _detectors(state: ViewerState, content: Content) -> DetectorsFrame:
    methods = tuple(method for method in METHODS if method in content.stages)
    words = _no_photo(state, content) or _no_bodies(content)
    compared: tuple[Compared, ...] = content.value(COMPARED) or ()
    panels = [_panel(one) for one in compared] if words is None else []
    if words is None and hed_edges(content) is None:
        panels.append(DetectorFrame("hed", "HED", words=_hed_words(content)))
    if words is None and not compared:
        words = _outcome_words(content, COMPARED, FOUND) or Words("Comparing", "the detectors", busy=True)
    return DetectorsFrame(tuple(panels), wanted_method(state, content), methods, words)


def _panel(compared: Compared) -> DetectorFrame:
    found = compared.found
    words = Words("This detector failed", found.problem) if found.problem else None
    return DetectorFrame(found.key, found.title, compared.picture, compared.agreement, words)


def _hed_words(content: Content) -> Words:
    problem = content.inference.hed
    if problem is not None:
        return Words("HED failed", str(problem))
    return Words("Waiting for HED", content.inference.stage, busy=True)


# ---- dilation


def _dilation(state: ViewerState, content: Content) -> DilationFrame:
    outcome = content.outcomes.get(SIZES)
    known = outcome is not None and outcome.key == sizes_key(state, content)
    sizes = outcome.value if outcome is not None and known else None
    problem = outcome.problem if outcome is not None and known else None
    sizes_words = Words("The boxes cannot be read", problem) if problem else None
    if sizes is not None and not sizes.areas.size:
        hint = "Open an annotated set to see how large its people are."
        sizes_words = Words("Nobody here has an annotated box", hint)
    elif sizes is None and problem is None:
        sizes_words = Words("Reading", "the boxes of the data set", busy=True)
    areas, dilations = state.edge_lab.areas, content.value(THICK)
    return DilationFrame(
        fixed=dilations.fixed if dilations is not None else None,
        adaptive=dilations.adaptive if dilations is not None else None,
        marks=tuple(_box(box, state.edges) for box in dilations.boxes) if dilations is not None else (),
        sizes=sizes,
        people=sizes.between(*areas) if sizes is not None and areas is not None else (),
        words=_dilation_words(state, content),
        sizes_words=sizes_words,
    )


def _box(box: SizedBox, settings: EdgeSettings) -> MarkFrame:
    label = f"{box.kernel}×{box.kernel}" if box.kernel > 1 else "not dilated"
    color = class_color(box.kernel, settings)
    return MarkFrame(box.person, color, box_xywh=box.bbox_xywh, label=label)


def _dilation_words(state: ViewerState, content: Content) -> Words | None:
    words = _no_photo(state, content)
    if words is None and state.edge_lab.dilated == "mesh":
        words = _no_bodies(content)
    if words is None and content.value(THICK) is None:
        words = _outcome_words(content, THICK) or Words("Dilating", busy=True)
    return words


# ---- audit


def _audit(state: ViewerState, content: Content) -> AuditFrame:
    words = None
    if state.edge_lab.audit_folder is None:
        words = Words(
            "No folder of stored maps",
            "Choose the folder with the maps of all sets (MSCOCO, 3dpw … below it), as the public release "
            "or `sefd-viewer edges --out` laid them out.",
        )
    pair_words = _no_photo(state, content)
    if words is None and pair_words is None and content.value(PAIR) is None:
        pair_words = _outcome_words(content, PAIR) or Words("Drawing the map anew", busy=True)
    return AuditFrame(content.audit, content.value(PAIR), words, pair_words if words is None else None)


# ---- why there is nothing


def _no_photo(state: ViewerState, content: Content) -> Words | None:
    from sefd_viewer.app.absence import photo_words

    return photo_words(state, content) if content.scene is None else None


def _no_bodies(content: Content) -> Words | None:
    from sefd_viewer.app.absence import method_words

    return method_words("student", content) if not content.stages else None


def _outcome_words(content: Content, *names: str) -> Words | None:
    for name in names:
        outcome = content.outcome(name)
        if outcome is not None and outcome.problem is not None:
            return Words("This cannot be computed", outcome.problem)
    return None
