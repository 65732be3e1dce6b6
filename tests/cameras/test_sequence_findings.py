"""Findings by sequence: where they are in words, and that their corrections undo what was done."""

import numpy as np
import pytest

from sefd_viewer.body.files import open_body
from sefd_viewer.body.parameters import SmplParameters
from sefd_viewer.cameras.sequences.findings import BodyCorrection, SequenceFinding
from sefd_viewer.cameras.sequences.places import Part, SequenceId, place_words, runs_of
from sefd_viewer.geometry.rotations import axis_angle_to_matrix

ALL = ("camera 1", "camera 2", "camera 3", "camera 4")
BETAS = np.linspace(-1, 1, 10)


def part(name: str = "S8 Smoking 1", cameras: tuple[str, ...] = ALL, frames=((0, 999),)) -> Part:
    return Part(SequenceId("8", "11", "1"), name, cameras, frames, 4000)


def stored(rng: np.random.Generator) -> SmplParameters:
    return SmplParameters(
        open_body().id, rng.normal(size=3), rng.normal(0, 0.2, 69), BETAS, rng.normal(size=3)
    )


def test_a_place_names_sequence_cameras_and_frames() -> None:
    assert place_words([part()]) == "S8 Smoking 1, cameras 1-4, frames 0-999"
    assert place_words([part(cameras=("camera 1", "camera 3"), frames=((7, 7),))]) == (
        "S8 Smoking 1, cameras 1 and 3, frame 7"
    )


def test_many_sequences_are_rolled_up() -> None:
    parts = [part(f"S8 Smoking {number}") for number in range(1, 10)]
    assert place_words(parts) == "9 sequences of S8 (Smoking 1, ...), cameras 1-4, frames 0-999"


def test_frames_become_runs() -> None:
    assert runs_of([3, 4, 5, 9, 11]) == ((3, 5), (9, 9), (11, 11))
    assert runs_of([0, 5, 10, 30], step=5) == ((0, 10), (30, 30))


def test_a_body_in_a_cameras_frame_comes_back_to_the_world() -> None:
    rng = np.random.default_rng(0)
    right, body = stored(rng), open_body()
    R, t = axis_angle_to_matrix(np.array([0.3, -1.0, 2.0])), np.array([0.1, 2.0, 5.0])
    root = body.root_joint(BETAS)
    moved = BodyCorrection(R=R, t=t).applied(right, root)
    expected = body.forward(right).vertices @ R.T + t
    np.testing.assert_allclose(body.forward(moved).vertices, expected, atol=1e-5)
    back = BodyCorrection(R=R.T, t=-R.T @ t).applied(moved, root)
    np.testing.assert_allclose(body.forward(back).vertices, body.forward(right).vertices, atol=1e-5)


@pytest.mark.parametrize("roots", [1, 2, -1])
def test_a_translation_loses_the_root_joints_it_holds_too_many(roots: int) -> None:
    right, root = stored(np.random.default_rng(1)), np.array([0, -0.22, 0.03])
    wrong = BodyCorrection(shift=roots * root).applied(right, root)
    np.testing.assert_allclose(
        BodyCorrection(roots=roots).applied(wrong, root).transl, right.transl, atol=1e-6
    )


def test_a_finding_says_where_what_how_much_and_what_to_do() -> None:
    finding = SequenceFinding(
        "bodies",
        "frame",
        "in camera 1's frame",
        "Bring them back to the world",
        (part(),),
        "sure",
        5123.0,
        16.0,
    )
    assert finding.sentence == (
        "S8 Smoking 1, cameras 1-4, frames 0-999: in camera 1's frame (5.1 m -> 16 mm; sure). "
        "Bring them back to the world"
    )
    assert not finding.sure  # nothing is known that would put it right
