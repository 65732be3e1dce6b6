"""Raw, paper and exact for the record in view: numbers, the best one, sentences, outlines on every photo."""

from dataclasses import replace

import numpy as np
import pytest

from sefd_viewer.app.state import ViewerState
from sefd_viewer.body.files import open_body
from sefd_viewer.features.cameras.extrinsics import (
    ModeRow,
    best_modes,
    extrinsic_modes,
    moment_outlines,
    sentence,
)
from sefd_viewer.features.cameras.frame import FRAME
from sefd_viewer.features.cameras.model import CAMERAS, MODES, with_board, with_mode
from tests.app.session_fakes import dataset
from tests.app.world_records import SIZE, stored_body, world_dataset


def find(_id: str):
    return open_body()


def rows() -> dict[str, ModeRow]:
    (person,) = extrinsic_modes(world_dataset().records[0], find)
    return {row.mode: row for row in person.rows}


def test_exact_fits_what_obeys_it_and_paper_is_off_by_the_root_joint() -> None:
    found = rows()
    camera = world_dataset().records[0].camera
    root = open_body().root_joint(stored_body().betas)
    off_mm = 1000 * np.linalg.norm((camera.R - np.eye(3)) @ root)
    assert [mode for mode, row in found.items() if row.best] == ["exact"]
    assert found["exact"].joints_mm < 0.01
    assert found["paper"].shift_mm == pytest.approx((off_mm, off_mm), rel=1e-3)
    assert found["paper"].joints_mm == pytest.approx(off_mm, rel=1e-3)
    assert found["raw"].shift_mm[1] > found["raw"].shift_mm[0] > 1000


def test_the_sentence_names_what_fits_and_why_the_others_do_not() -> None:
    (person,) = extrinsic_modes(world_dataset().records[0], find)
    assert person.sentence.startswith("Exact fits: 0.0 mm; paper is ")
    assert "the root joint was not compensated" in person.sentence


def distances(median: float, spread: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances of 17 joints in mm around a median, none in px."""
    values = median + spread * np.random.default_rng(seed).normal(size=17)
    return values + median - np.median(values), np.zeros(0)


def test_a_mode_is_best_only_outside_the_noise() -> None:
    far, paper, exact = distances(900, 40, 0), distances(23, 9, 1), distances(24, 9, 2)
    assert best_modes({"raw": far, "paper": paper, "exact": exact}) == ("paper", "exact")
    assert best_modes({"raw": far, "paper": distances(280, 60, 1), "exact": exact}) == ("exact",)
    few = (np.array([10.0, 80.0]), np.zeros(0)), (np.array([40.0, 85.0]), np.zeros(0))
    assert best_modes({"paper": few[1], "exact": few[0]}) == ("exact", "paper")


def test_what_joints_cannot_tell_apart_is_not_ranked_and_exact_not_compared_with_itself() -> None:
    near = tuple(
        ModeRow(m, (shift, shift), (0.0, 0.0), 5.0, mm, alike=m != "raw")
        for m, mm, shift in (("raw", 900.0, 950.0), ("paper", 23.0, 6.5), ("exact", 24.0, 0.0))
    )
    assert sentence(near) == (
        "These joints cannot tell paper and exact apart: 23 mm and 24 mm (paper lies 6.5 mm from exact); "
        "raw is 900 mm off."
    )


def test_without_joints_there_is_no_best_mode() -> None:
    nothing = (np.zeros(0), np.full(4, np.nan))
    assert best_modes({"raw": nothing, "exact": nothing}) == ()
    pixels = {"raw": np.linspace(1, 5, 12), "exact": np.linspace(9, 20, 12)}
    assert best_modes({mode: (np.zeros(0), values) for mode, values in pixels.items()}) == ("raw",)
    plain = tuple(
        ModeRow(m, (0.0, 0.0), (0.0, 0.0), float("nan"), float("nan")) for m in ("raw", "paper", "exact")
    )
    assert "No annotated joints" in sentence(plain)


def test_when_no_mode_fits_the_sentence_says_so() -> None:
    far = tuple(
        ModeRow(m, (0.0, 0.0), (0.0, 0.0), 50.0, mm, m == "paper")
        for m, mm in (("raw", 900.0), ("paper", 400.0), ("exact", 600.0))
    )
    assert sentence(far) == "No mode fits: the best, paper, is 400 mm from the annotated joints."


def test_outlines_lie_around_the_bodies_in_every_photo_of_the_moment() -> None:
    found = moment_outlines(world_dataset().records, MODES, find)
    assert set(found) == {"left/0", "right/0"}
    for outlines in found.values():
        exact = next(one for one in outlines if one.mode == "exact")
        points = np.concatenate(exact.contours)
        assert ((points >= 0) & (points < SIZE)).all()
        assert np.ptp(points[:, 1]) > 60


def test_choices_are_changes_of_the_state() -> None:
    paper = with_mode(ViewerState(), "paper")
    assert CAMERAS.of(paper).mode == "paper"
    assert CAMERAS.of(paper).conventions is not None
    assert CAMERAS.of(with_mode(paper, "exact")) == CAMERAS.of(ViewerState())


def in_tab(state: ViewerState) -> ViewerState:
    return with_board(replace(state, workspace="cameras"), tab="extrinsics")


def test_the_tab_is_filled_only_when_it_is_looked_at(make) -> None:
    controller = make(world_dataset())
    assert not FRAME.of(controller.frame).extrinsics.people
    controller.store.set(in_tab(controller.state))
    assert FRAME.of(controller.frame).extrinsics.people[0].title == "Person 1"
    controller.store.set(with_board(controller.state, outlined=frozenset({"raw"})))
    for view in FRAME.of(controller.frame).views:
        assert [mark.pattern for mark in view.photo.marks if mark.contours] == ["dotted"]


def test_records_without_bodies_in_the_world_say_what_is_missing(make) -> None:
    controller = make(dataset())
    controller.store.set(in_tab(controller.state))
    words = FRAME.of(controller.frame).extrinsics.words
    assert words is not None
    assert "synthesize --format human36m" in words.hint
