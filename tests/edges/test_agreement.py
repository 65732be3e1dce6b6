"""Agreement of edges: known shifts, losses and additions give known numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sefd_viewer.edges.agreement import FAR, EdgeLikeness, WantedEdges, inner_edges, likeness, thinned


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


def test_equal_maps_are_alike_and_a_constant_error_has_the_psnr_of_its_square() -> None:
    map_ = line(30)
    everywhere = np.ones(map_.shape, bool)
    assert likeness(map_, map_, everywhere) == EdgeLikeness(100.0, 1.0)
    grey, brighter = np.full((40, 40), 0.25, np.float32), np.full((40, 40), 0.75, np.float32)
    alike = likeness(grey, brighter, np.ones((40, 40), bool))
    assert alike.psnr_db == pytest.approx(-20 * math.log10(0.5))
    # without any structure SSIM is its first factor
    assert alike.ssim == pytest.approx((2 * 0.25 * 0.75 + 1e-4) / (0.25**2 + 0.75**2 + 1e-4), rel=1e-5)


def test_ssim_is_wang_s_formula_in_gaussian_windows() -> None:
    """Written out for one pixel: weighted means, variances and covariance of the 11x11 window around it."""
    rng = np.random.default_rng(4)
    one, other = rng.random((2, 24, 30)).astype(np.float32)
    here = np.zeros(one.shape, bool)
    here[9, 14] = True
    offsets = np.arange(-5, 6)
    weights = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 1.5**2))
    weights /= weights.sum()
    a, b = (values[4:15, 9:20].astype(float) for values in (one, other))
    mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
    var_a, var_b = (weights * (a - mean_a) ** 2).sum(), (weights * (b - mean_b) ** 2).sum()
    both = (weights * (a - mean_a) * (b - mean_b)).sum()
    expected = (2 * mean_a * mean_b + 0.01**2) * (2 * both + 0.03**2)
    expected /= (mean_a**2 + mean_b**2 + 0.01**2) * (var_a + var_b + 0.03**2)
    found = likeness(one, other, here)
    assert found.ssim == pytest.approx(expected, rel=1e-4)
    assert found.psnr_db == pytest.approx(-10 * math.log10(float(one[9, 14] - other[9, 14]) ** 2), rel=1e-4)


def test_only_the_region_counts_and_nothing_is_no_number() -> None:
    changed = line(30)
    changed[:, 50:] = 1
    left = np.zeros(changed.shape, bool)
    left[:, :40] = True
    assert likeness(changed, line(30), left).psnr_db == 100.0
    assert math.isnan(likeness(changed, line(30), left & ~left).ssim)


def test_inner_edges_lie_more_than_three_pixels_inside() -> None:
    silhouette = np.zeros((40, 60), bool)
    silhouette[5:30, 10:50] = True
    inside = inner_edges(np.ones_like(silhouette), silhouette)
    rows, columns = np.nonzero(inside)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (8, 26, 13, 46)
    assert inside.sum() == 19 * 34


def test_a_lost_edge_counts_as_twenty_pixels_away_however_far_the_next_is() -> None:
    agreement = WantedEdges(line(5) > 0).at(line(70), 0.5)
    assert agreement.chamfer == 20.0
