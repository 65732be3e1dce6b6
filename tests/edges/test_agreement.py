"""Agreement of edges: known shifts, losses and additions give known numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sefd_viewer.edges.agreement import FAR, WantedEdges, inner_edges, thinned


def line(column: int, *, strength: float = 1.0, rows: slice = slice(None)) -> np.ndarray:
    edge = np.zeros((60, 80), np.float32)
    edge[rows, column] = strength
    return edge


def test_the_same_edges_agree_fully() -> None:
    agreement = WantedEdges(line(30) > 0).best(line(30))
    assert (agreement.precision, agreement.recall, agreement.f_score, agreement.chamfer) == (1, 1, 1, 0)


@pytest.mark.parametrize(("shift", "hit"), [(2, 1.0), (3, 0.0)])
def test_a_shift_counts_from_the_tolerance_on_and_is_the_chamfer_distance(shift: int, hit: float) -> None:
    agreement = WantedEdges(line(30) > 0).at(line(30 + shift), 0.5, tolerance=2)
    assert (agreement.precision, agreement.recall) == (hit, hit)
    assert agreement.chamfer == pytest.approx(shift, rel=0.02)


def test_half_a_line_has_half_the_recall_and_all_precision() -> None:
    agreement = WantedEdges(line(30) > 0).at(line(30, rows=slice(0, 30)), 0.5, tolerance=0)
    assert (agreement.precision, agreement.recall) == (1.0, 0.5)


def test_weak_clutter_is_cut_off_at_the_best_level() -> None:
    found = np.maximum(line(30, strength=0.8), line(60, strength=0.3))
    agreement = WantedEdges(line(30) > 0).best(found)
    assert 0.3 < agreement.level <= 0.8
    assert agreement.precision == 1.0
    assert WantedEdges(line(30) > 0).at(found, 0.2).precision == 0.5


def test_edges_outside_the_region_count_neither_way() -> None:
    region = np.zeros((60, 80), bool)
    region[:, :50] = True
    agreement = WantedEdges((line(30) + line(70)) > 0, region=region).best(line(30) + line(60))
    assert (agreement.precision, agreement.recall) == (1, 1)


def test_inner_edges_are_those_away_from_the_outline() -> None:
    silhouette = np.zeros((60, 80), bool)
    silhouette[10:50, 20:60] = True
    outline, fold = line(20, rows=slice(10, 50)), line(40, rows=slice(20, 40))
    wanted = (outline + fold) > 0
    inner = inner_edges(wanted, silhouette)
    assert np.array_equal(inner, fold > 0)
    agreement = WantedEdges(wanted, inner=inner).best(outline)
    assert agreement.inner_recall == 0.0
    assert agreement.recall == pytest.approx(40 / 60)


def test_nothing_found_or_wanted_is_no_error() -> None:
    nothing = np.zeros((60, 80), np.float32)
    found_nothing = WantedEdges(line(30) > 0).best(nothing)
    assert (found_nothing.recall, found_nothing.f_score, found_nothing.chamfer) == (0, 0, FAR)
    wanted_nothing = WantedEdges(nothing > 0).best(line(30))
    assert wanted_nothing.precision == 0
    assert math.isnan(wanted_nothing.inner_recall)


@pytest.mark.parametrize("turned", [False, True])
def test_a_wide_edge_becomes_its_middle_line(turned: bool) -> None:
    wide = np.zeros((60, 80), np.float32)
    wide[:, 26:35] = [0.1, 0.3, 0.6, 0.8, 0.9, 0.8, 0.6, 0.3, 0.1]
    thin = thinned(wide.T.copy() if turned else wide)
    thin = thin.T if turned else thin
    assert set(np.flatnonzero(thin[30] > 0.5)) == {30}
    assert thin[30, 30] == np.float32(0.9)


def test_a_slanted_edge_stays_whole() -> None:
    slanted = np.zeros((60, 60), np.float32)
    for step in range(60):
        slanted[step, max(step - 2, 0) : step + 3] = 0.7
    thin = thinned(slanted) > 0
    assert all(thin[row].sum() in (1, 2) for row in range(10, 50))
