"""The workspace "Edges": detectors against bodies, dilation by size, stored maps audited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sefd_viewer.app.controller import Controller
from sefd_viewer.edge_maps.jobs import FactorySettings
from sefd_viewer.edge_maps.making import make_maps
from sefd_viewer.edges.image_edges import canny_soft, dilate
from sefd_viewer.features.edges.actions import Audits
from sefd_viewer.features.edges.model import EDGES, EDGES_FRAME
from sefd_viewer.features.edges.work import BodyEdges
from sefd_viewer.inference.messages import EdgesRequest, Failed
from tests.app.session_fakes import client_of, dataset, record
from tests.edge_maps.sets import map_files, opened, write_set

Make = Callable[..., Controller]


def look(controller: Controller, **choices: Any) -> Any:
    """Choose in the workspace, and return what it shows."""
    state = replace(controller.state, workspace="edges")
    if EDGES.of(state).page == "student":
        state = EDGES.change(state, page="detectors")
    controller.store.set(EDGES.change(state, **choices))
    return EDGES_FRAME.of(controller.frame)


@pytest.fixture
def controller(make: Make) -> Controller:
    return make(dataset(record("a", truth=True), record("b", truth=True)))


def test_every_detector_is_measured_against_the_bodies(controller: Controller):
    detectors = look(controller).detectors
    assert detectors.wanted == "truth"
    assert [panel.key for panel in detectors.panels] == ["soft", "binary", "hed", "see", "sesd", "bodies"]
    assert all(panel.agreement is not None for panel in detectors.panels[:-1])
    assert all(panel.picture.shape == controller.frame.photo.image.shape for panel in detectors.panels)


def test_what_networks_would_be_given_is_compared_with_the_bodies_overlap_edge(controller: Controller):
    """The fakes' maps are 0.5 everywhere: the PSNR follows from the overlap edge in the region alone."""
    panels = {panel.key: panel for panel in look(controller).detectors.panels}
    wanted = controller.content.newest(BodyEdges).value
    half = np.float32(round(0.5 * 255) / 255)
    error = np.square(wanted.overlap[wanted.region] - half).mean()
    assert panels["see"].likeness.psnr_db == pytest.approx(-10 * np.log10(error), rel=1e-4)
    assert panels["see"].likeness == panels["sesd"].likeness == panels["hed"].likeness
    photo, edges = controller.frame.photo.image, controller.state.edges
    given = np.minimum(dilate(canny_soft(photo, edges), edges.kernel), 1)  # as the student gets it
    error = np.square(given - wanted.overlap)[wanted.region].mean()
    assert panels["soft"].likeness.psnr_db == pytest.approx(-10 * np.log10(error), rel=1e-2)
    assert panels["bodies"].agreement is None


def test_edges_in_view_leave_out_what_is_hidden(controller: Controller):
    def edges() -> Any:
        return controller.content.newest(BodyEdges).value

    look(controller, wanted_kind="overlap")
    whole = edges()
    look(controller, wanted_kind="all")
    assert edges().mask.sum() < whole.mask.sum()
    np.testing.assert_array_equal(edges().overlap, whole.overlap)


def test_an_estimator_that_is_not_here_says_so_beside_the_others(make: Make):
    controller = make(dataset(record("a", truth=True)), at_once=False)
    client = client_of(controller)
    client.answer()
    look(controller)
    for request in [one for one in client.requests if isinstance(one, EdgesRequest)]:
        client.listen(Failed(request.number, None, "the weights of HED are missing", "hed", "Train it"))
    client.answer()
    client.answer()
    detectors = EDGES_FRAME.of(controller.frame).detectors
    panels = {panel.key: panel for panel in detectors.panels}
    assert detectors.words is None
    assert "Train it" in panels["hed"].words.hint
    assert panels["see"].agreement is not None


def test_networks_are_asked_for_edges_only_while_they_are_compared(controller: Controller):
    def asked() -> int:
        return sum(isinstance(request, EdgesRequest) for request in client_of(controller).requests)

    assert asked() == 0
    look(controller, page="dilation")
    assert asked() == 0
    look(controller, page="detectors")
    assert asked() == 3


def test_a_wider_tolerance_finds_more(controller: Controller):
    strict = look(controller, tolerance=0.0).detectors.panels[0].agreement
    kind = look(controller, tolerance=6.0).detectors.panels[0].agreement
    assert kind.f_score > strict.f_score


def test_another_method_can_say_where_edges_should_be(controller: Controller):
    assert look(controller, wanted="student").detectors.wanted == "student"


def test_without_bodies_there_are_words(make: Make):
    detectors = look(make(dataset(record("a", people=0)))).detectors
    assert detectors.words is not None
    assert detectors.words.title == "Nobody here"


def test_boxes_carry_the_kernel_of_their_class(controller: Controller):
    dilation = look(controller, page="dilation").dilation
    assert {mark.label for mark in dilation.marks} <= {"not dilated", "3×3", "5×5", "7×7"}
    assert not np.array_equal(dilation.fixed, dilation.adaptive)
    edges = replace(controller.state.edges, area_thresholds=(1e7, 2e7, 3e7))
    controller.store.set(replace(controller.state, edges=edges))
    assert {mark.label for mark in EDGES_FRAME.of(controller.frame).dilation.marks} == {"not dilated"}


def test_sizes_are_counted_and_a_bar_lists_its_people(controller: Controller):
    sizes = look(controller, page="dilation").dilation.sizes
    assert sizes.areas.size == sizes.counts.sum() == 4
    assert sizes.count_between(0, np.inf) == 4
    low, high = float(sizes.areas[0]), float(sizes.areas[-1])
    assert sizes.count_between(low, high) == int((sizes.areas > low).sum())
    listed = look(controller, page="dilation", areas=(low, high + 1)).dilation.people
    assert {(one.record, one.person) for one in listed} == {(r, p) for r in "ab" for p in "12"}


def test_an_audit_names_what_is_wrong_with_stored_maps(make: Make, tmp_path: Path):
    found = opened(write_set(tmp_path / "MuCo", "muco"), "muco")
    make_maps(found, tmp_path / "maps", FactorySettings())
    shifted, gone, _ = map_files(tmp_path / "maps").values()
    import cv2

    cv2.imwrite(str(shifted), np.roll(cv2.imread(str(shifted), cv2.IMREAD_GRAYSCALE), 4, axis=1))
    gone.unlink()
    controller = make(found)
    assert look(controller, page="audit").audit.words is not None
    audit = look(controller, page="audit", audit_folder=str(tmp_path / "maps")).audit
    assert "shifted" in audit.pair.words
    assert audit.pair.both.shape == (*audit.pair.stored.shape, 3)
    controller.service(Audits).start()
    progress = EDGES_FRAME.of(controller.frame).audit.progress
    assert progress.finished
    assert [finding.verdict.value for finding in progress.findings] == ["shifted", "missing"]
    assert progress.counts["agrees"] == 1


def test_a_stored_map_that_was_made_again_is_compared_again(make: Make, tmp_path: Path):
    found = opened(write_set(tmp_path / "MuCo", "muco"), "muco")
    make_maps(found, tmp_path / "maps", FactorySettings())
    first = next(iter(map_files(tmp_path / "maps").values()))
    whole = first.read_bytes()
    first.unlink()
    controller = make(found)
    look(controller, page="audit", audit_folder=str(tmp_path / "maps"))
    assert look(controller, tolerance=3.0).audit.pair is None
    first.write_bytes(whole)
    assert "agrees" in look(controller, tolerance=4.0).audit.pair.words


def test_a_record_without_a_stored_map_says_so(make: Make, tmp_path: Path):
    controller = make(dataset(record("a", truth=True)))
    audit = look(controller, page="audit", audit_folder=str(tmp_path)).audit
    assert audit.pair is None
    assert "there is no stored map" in audit.pair_words.hint
