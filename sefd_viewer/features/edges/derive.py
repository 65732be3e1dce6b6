"""What the thread pool computes for the workspace "Edges", and when it is wanted."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from sefd_viewer.app.layers import without_dilation
from sefd_viewer.app.methods import METHODS, Method
from sefd_viewer.features.edges.auditing import audit_key, stored_pair, stored_stamps
from sefd_viewer.features.edges.state import LabPage
from sefd_viewer.features.explain import derive as explain
from sefd_viewer.jobs.runner import Job

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.derivations import Tools
    from sefd_viewer.app.stages import Stage
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.edges.edge_map import EdgeMap
    from sefd_viewer.features.edges.comparing import Found

WANTED, FOUND, COMPARED = "lab_wanted", "lab_found", "lab_compared"
THICK, SIZES, PAIR = "lab_thick", "lab_sizes", "lab_pair"


def shows(state: ViewerState, page: LabPage) -> bool:
    """Whether this page of the workspace is in view."""
    return state.workspace == "edges" and state.edge_lab.page == page


def wants_hed(state: ViewerState) -> bool:
    """Whether HED's edges are shown anywhere."""
    return (
        state.layers["hed"].visible
        or state.edge_source == "hed"
        or shows(state, "detectors")
        or explain.wants_hed(state)
    )


def wanted_method(state: ViewerState, content: Content) -> Method | None:
    """Whose bodies say where edges should be; None while there are none."""
    chosen, here = state.edge_lab.wanted, content.stages
    if chosen in here:
        return chosen
    return next((method for method in ("truth", "student", *METHODS) if method in here), None)


def _stage(state: ViewerState, content: Content) -> Stage | None:
    method = wanted_method(state, content)
    return content.stages[method] if method is not None and content.scene is not None else None


# ---- detectors compared


def wanted_key(state: ViewerState, content: Content) -> Hashable | None:
    """The edges of the bodies in view."""
    stage = _stage(state, content)
    if stage is None or not shows(state, "detectors"):
        return None
    return _token(content), stage.number, state.hidden_people


def wanted_job(state: ViewerState, content: Content, _tools: Tools) -> Job:
    """Draw the bodies and find their edges."""
    from sefd_viewer.features.edges.comparing import wanted_edges

    stage = _stage(state, content)
    assert stage is not None
    assert content.scene is not None
    return partial(wanted_edges, stage.without(state.hidden_people), stage.camera, content.scene.size)


def found_key(state: ViewerState, content: Content) -> Hashable | None:
    """The edges that detectors find, before dilation."""
    if content.scene is None or not shows(state, "detectors"):
        return None
    settings = replace(without_dilation(state.edges), variant="soft")
    return _token(content), settings, tuple(detector.id for detector in content.detectors)


def found_job(state: ViewerState, content: Content, _tools: Tools) -> Job:
    """Run Canny and the plugins' detectors."""
    from sefd_viewer.features.edges.comparing import found_edges

    assert content.scene is not None
    return partial(found_edges, content.scene.image, state.edges, content.detectors)


def compared_key(state: ViewerState, content: Content) -> Hashable | None:
    """The comparison of all edges that are there; HED's come later than the others."""
    wanted, found = content.value(WANTED), content.outcome(FOUND)
    if wanted is None or found is None or found.value is None or not shows(state, "detectors"):
        return None
    lab = state.edge_lab
    return _token(content), wanted.number, found.key, id(hed_edges(content)), lab.tolerance, lab.show_missed


def compared_job(state: ViewerState, content: Content, _tools: Tools) -> Job:
    """Measure every detector."""
    from sefd_viewer.features.edges.comparing import compare

    assert content.scene is not None
    scene, wanted, lab = content.scene, content.value(WANTED), state.edge_lab
    found: tuple[Found, ...] = content.value(FOUND)
    hed = hed_edges(content)

    def job() -> Any:
        everything = found if hed is None else (*found, _hed(hed, scene.size))
        return compare(scene.image, everything, wanted, tolerance=lab.tolerance, show_missed=lab.show_missed)

    return job


def hed_edges(content: Content) -> EdgeMap | None:
    """HED's answer, None while it is not there."""
    from sefd_viewer.edges.edge_map import EdgeMap

    hed = content.inference.hed
    return hed if isinstance(hed, EdgeMap) else None


def _hed(hed: EdgeMap, size: tuple[int, int]) -> Found:
    from sefd_viewer.app.layers import fitted, to_mask
    from sefd_viewer.features.edges.comparing import Found

    return Found("hed", "HED", fitted(to_mask(hed.values), size))


# ---- dilation by size


def thick_key(state: ViewerState, content: Content) -> Hashable | None:
    """Both dilations of the photo in view."""
    if content.scene is None or not shows(state, "dilation"):
        return None
    stage = _stage(state, content)
    if state.edge_lab.dilated == "mesh" and stage is None:
        return None
    number = stage.number if stage is not None and state.edge_lab.dilated == "mesh" else None
    return _token(content), state.edges, state.edge_lab.dilated, number, state.hidden_people


def thick_job(state: ViewerState, content: Content, tools: Tools) -> Job:
    """Dilate by the fixed and by the adaptive rule."""
    from sefd_viewer.features.edges.dilating import dilated_bodies, dilated_canny

    assert content.scene is not None
    if state.edge_lab.dilated == "canny":
        return partial(dilated_canny, content.scene, state.edges, tools.canny)
    stage = _stage(state, content)
    assert stage is not None
    return partial(
        dilated_bodies, content.scene, stage.without(state.hidden_people), stage.camera, state.edges
    )


def sizes_key(state: ViewerState, content: Content) -> Hashable | None:
    """The box sizes of the data set, once."""
    wanted = shows(state, "dilation") and content.dataset is not None and content.opening is None
    return ("sizes", content.opened) if wanted else None


def sizes_job(_state: ViewerState, content: Content, _tools: Tools) -> Job:
    """Read the boxes from the index."""
    from sefd_viewer.features.edges.sizes import box_sizes

    assert content.dataset is not None
    return partial(box_sizes, content.dataset)


# ---- stored maps


def pair_key(state: ViewerState, content: Content) -> Hashable | None:
    """The stored map of the record in view, as its file is now."""
    lab, dataset, scene = state.edge_lab, content.dataset, content.scene
    if scene is None or dataset is None or not lab.audit_folder or not shows(state, "audit"):
        return None
    return scene.token, *audit_key(lab), stored_stamps(dataset, scene.record, lab)


def pair_job(state: ViewerState, content: Content, tools: Tools) -> Job:
    """Read it, and draw what it should be."""
    assert content.dataset is not None
    assert content.scene is not None
    position = content.dataset.position(content.scene.record.key)
    return partial(stored_pair, content.dataset, position, state.edge_lab, tools.body_files())


def _token(content: Content) -> int:
    assert content.scene is not None
    return content.scene.token
