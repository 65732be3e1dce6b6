"""What could be wrong with bodies or measured joints of some frames: each fault is tried by undoing it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sefd_viewer.cameras.diagnosis.conventions import Array
from sefd_viewer.cameras.sequences.body_joints import Bodies
from sefd_viewer.cameras.sequences.distances import (
    ARMS,
    LEGS,
    Limbs,
    angles_deg,
    corrected,
    mean_rotation,
    rigid_fit,
    rotations_between,
    typical,
)
from sefd_viewer.cameras.sequences.findings import BodyCorrection, Cause, Correction, JointCorrection, Kind
from sefd_viewer.geometry.rotations import matrix_to_axis_angle

_UNITS = {1000.0: "in kilometres", 0.001: "in millimetres", 0.01: "in centimetres", 0.1: "in decimetres"}
_STEADY_DEG = 6.0
_RIGHT_ANGLE = 0.08
_LATE, _FEW = 60, 40
TURNED_DEG = 2.0
"""Right bodies, whose joints are biased, are turned against the measured ones by less than that."""


@dataclass(frozen=True, eq=False)
class Frames:
    """N frames with bodies and measured joints (N, J, 3), metres of the world, all known.

    `later(k)` gives the bodies stored k frames later, which may be nan at the ends; None: not in a sequence.
    """

    joints: Array
    bodies: Bodies
    later: Callable[[int], Bodies] | None = None

    @property
    def found(self) -> Array:
        """The bodies' joints (N, J, 3)."""
        return self.bodies.joints()


@dataclass(frozen=True, eq=False)
class Around:
    """What else there is that may have been taken by mistake.

    `cameras` lead from the world to the camera (R, t metres), by words. `poses` make the same bodies of poses
    that were read otherwise, with what is wrong and what to do; `others` are those of other sequences.
    """

    limbs: Limbs
    cameras: Mapping[str, tuple[Array, Array]] = field(default_factory=dict)
    poses: Sequence[tuple[str, str, Callable[[], Bodies]]] = ()
    others: Sequence[tuple[str, Bodies]] = ()


@dataclass(frozen=True, eq=False)
class Trial:
    """One fault undone: the `frames` that remain. The smaller the `rank`, the less was made to fit."""

    kind: Kind
    cause: Cause
    fault: str
    remedy: str
    rank: float
    frames: Frames
    corrections: tuple[Correction, ...] = ()


def trials(frames: Frames, around: Around) -> Iterator[Trial]:
    """Every fault that is known of, undone."""
    yield from _of_frames(frames, around)
    yield from _of_roots(frames)
    yield from _of_orientation(frames)
    yield from _of_units(frames)
    yield from _of_sides(frames, around)
    yield from _of_time(frames, around)
    yield from _of_poses(frames, around)
    yield from _of_others(frames, around)
    yield from _of_motion(frames)


def _body(
    frames: Frames, cause: Cause, fault: str, remedy: str, rank: float, *corrections: BodyCorrection
) -> Trial:
    def undone(bodies: Bodies) -> Bodies:
        for one in corrections:
            bodies = corrected(bodies, one)
        return bodies

    later = None if frames.later is None else _through(frames.later, undone)
    made = replace(frames, bodies=undone(frames.bodies), later=later)
    return Trial("bodies", cause, fault, remedy, rank, made, corrections)


def _through(later: Callable[[int], Bodies], undone: Callable[[Bodies], Bodies]) -> Callable[[int], Bodies]:
    return lambda k: undone(later(k))


def _of_frames(frames: Frames, around: Around) -> Iterator[Trial]:
    """Bodies that are in a camera's frame already, or came from there by the wrong formula."""
    for words, (R, t) in around.cameras.items():
        inverse = BodyCorrection(R=R.T, t=-R.T @ t)
        remedy = f"Bring them back to the world with R and t of {words}"
        far = 0.5 if words.startswith("S") else 0.0  # cameras of other subjects
        yield _body(frames, "frame", f"in {words}'s frame", remedy, far, inverse)
        yield _body(
            frames,
            "frame",
            f"in {words}'s frame, brought there by R T + t without compensation for the root joint",
            remedy,
            far,
            replace(inverse, mode="paper"),
        )
        yield _body(
            frames,
            "root joint",
            f"brought from {words}'s frame to the world without compensation for the root joint",
            "Add R^T J0 - J0 to trans",
            1 + far,
            BodyCorrection(R=R, t=t, mode="paper"),
            inverse,
        )


def _of_roots(frames: Frames) -> Iterator[Trial]:
    """The root joint's rest place J0, forgotten or counted twice."""
    far = 100 * float(np.linalg.norm(np.median(frames.bodies.root, axis=0)))
    for count, fault, remedy in (
        (
            1.0,
            "the root joint is not compensated: trans is the place of the root joint",
            f"Subtract its rest place J0 ({far:.0f} cm) from trans",
        ),
        (2.0, "the root joint is compensated twice: trans holds 2 J0 too many", "Subtract 2 J0 from trans"),
        (-1.0, "the root joint is compensated twice: trans lacks J0", "Add J0 to trans"),
        (-2.0, "the root joint is compensated three times: trans lacks 2 J0", "Add 2 J0 to trans"),
    ):
        yield _body(frames, "root joint", fault, remedy, 0, BodyCorrection(roots=count))
    fault = "trans is meant for bodies that turn about their origin, not about their root joint"
    yield _body(
        frames, "root joint", fault, "Add G J0 - J0 to trans (G: the root orientation)", 0,
        BodyCorrection(about_origin=True),
    )  # fmt: skip


def _of_orientation(frames: Frames) -> Iterator[Trial]:
    """Root orientations that are inverted, or turned by a constant angle in the world or in the body."""
    yield _body(
        frames,
        "orientation",
        "the root orientation is transposed (inverted)",
        "Invert global_orient: the first three numbers of pose change their signs",
        0,
        BodyCorrection(orient_transposed=True),
    )
    place = (frames.bodies.root + frames.bodies.transl)[:, None]
    wanted = rotations_between(frames.bodies.local, frames.joints - place)
    for own in (False, True):
        back = frames.bodies.orient.transpose(0, 2, 1)
        turns = back @ wanted if own else wanted @ back
        turn = mean_rotation(turns)
        if typical(angles_deg(turn.T @ turns)) > _STEADY_DEG or angles_deg(turn[None])[0] < _STEADY_DEG:
            continue
        where = "the body's own" if own else "the world's"
        fault = f"the root orientation is turned by {_turn_words(turn.T, where)}"
        right_angle = np.abs(np.abs(turn) - np.abs(turn).round()).max() < _RIGHT_ANGLE
        turn = turn.round() if right_angle else turn
        correction = BodyCorrection(own_turn=turn) if own else BodyCorrection(turn=turn)
        rank = 1 if right_angle else 2
        yield _body(frames, "orientation", fault, "Turn global_orient back", rank, correction)


def _turn_words(R: Array, where: str) -> str:
    vector = matrix_to_axis_angle(R)
    angle = float(np.degrees(np.linalg.norm(vector)))
    axis = vector / max(float(np.linalg.norm(vector)), 1e-9)
    main = int(np.argmax(np.abs(axis)))
    if abs(axis[main]) > 0.98:
        return f"{angle * np.sign(axis[main]):.0f}° about {where} {'xyz'[main]} axis"
    return f"{angle:.0f}° about the axis ({axis[0]:.2f}, {axis[1]:.2f}, {axis[2]:.2f})"


def _of_units(frames: Frames) -> Iterator[Trial]:
    """Translations or measured joints in another unit, or scaled."""
    bodies = frames.bodies
    turned = bodies.turned()
    wanted = np.nanmean(frames.joints - turned, axis=1) - bodies.root
    norm = float((bodies.transl**2).sum())
    free = float((wanted * bodies.transl).sum() / norm) if norm > 0 else 1.0
    for scale in (*_UNITS, free):
        if not 0.97 < scale < 1.03:
            words = _UNITS.get(scale, f"{1 / scale:.3g} times too large" if scale else "")
            yield _body(
                frames,
                "unit",
                f"trans is {words}" if scale in _UNITS else f"trans is scaled: {words}",
                f"Multiply trans by {scale:.4g}",
                0 if scale in _UNITS else 2,
                BodyCorrection(transl_scale=scale),
            )
    for axis in range(3):
        mirrored = np.eye(3)
        mirrored[axis, axis] = -1
        name = "xyz"[axis]
        fault, remedy = f"trans {name} has the opposite sign", f"Change the sign of trans {name}"
        yield _body(frames, "place", fault, remedy, 1, BodyCorrection(transl_axes=mirrored))
    size = typical(_spread(frames.joints)) / max(typical(_spread(frames.found)), 1e-9)
    for scale in (*_UNITS, 1000.0, 1 / max(size, 1e-9)):
        if not 0.9 < scale < 1.1:
            made = replace(frames, joints=frames.joints * scale)
            yield Trial(
                "joints",
                "unit",
                "the measured joints are in metres where millimetres are expected"
                if scale == 1000
                else f"the measured joints are {size:.2g} times the size of the bodies: in another unit",
                f"Multiply the measured joints by {scale:.4g} (millimetres are expected)",
                0 if scale in (1000.0, *_UNITS) else 2,
                made,
                (JointCorrection(scale=scale),),
            )


def _spread(points: Array) -> Array:
    return np.linalg.norm(points - np.nanmean(points, axis=1, keepdims=True), axis=-1)


def _of_sides(frames: Frames, around: Around) -> Iterator[Trial]:
    """Left and right of the measured joints exchanged, or all of them in another order."""
    for words, parts in (("", (*ARMS, *LEGS)), (" arms", ARMS), (" legs", LEGS)):
        order = around.limbs.swapped(parts)
        made = replace(frames, joints=frames.joints[:, list(order)])
        yield Trial(
            "joints",
            "left and right",
            f"left and right{words} of the measured joints are exchanged",
            f"Exchange left and right{words} in the file of joints",
            0,
            made,
            (JointCorrection(order=order),),
        )
    order = _order(frames)
    if sum(place != joint for joint, place in enumerate(order)) > 2:
        yield Trial(
            "joints",
            "joint",
            "the measured joints are in another order",
            "Put the joints into the order of Human3.6M's 17",
            1,
            replace(frames, joints=frames.joints[:, list(order)]),
            (JointCorrection(order=order),),
        )


def _order(frames: Frames) -> tuple[int, ...]:
    """Which measured joint lies at each of the bodies' joints, every one once."""
    from scipy.optimize import linear_sum_assignment

    rows = np.unique(np.linspace(0, len(frames.joints) - 1, _FEW).astype(int))
    apart = np.linalg.norm(frames.found[rows][:, :, None] - frames.joints[rows][:, None], axis=-1)
    known = np.isfinite(apart)
    distances = np.where(known, apart, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return tuple(map(int, linear_sum_assignment(np.where(known.any(axis=0), distances, 1e3))[1]))


def _of_time(frames: Frames, around: Around) -> Iterator[Trial]:
    """Bodies of frames before or after."""
    later = frames.later
    if later is None or len(frames.joints) < 8:
        return
    most = min(_LATE, len(frames.joints) - 4)
    step = max(len(frames.joints) // 200, 1)
    rows = slice(None, None, step)

    def error(k: int) -> float:
        found = later(k).taken(rows).joints()
        errors = around.limbs.errors_mm(frames.joints[rows], found)
        return typical(errors) if np.isfinite(errors).sum() >= 4 else np.inf

    errors = {k: error(k) for k in range(-most, most + 1) if k}
    best = min(errors, key=lambda k: errors[k])
    yield late_trial(frames, best)


def late_trial(frames: Frames, count: int) -> Trial:
    """The bodies of `count` frames later in place of the stored ones; frames without one keep theirs."""
    assert frames.later is not None
    shifted = frames.later(count)
    known = np.isfinite(shifted.transl).all(axis=1)
    kept = Bodies(
        *(
            np.where(known.reshape(-1, *[1] * (new.ndim - 1)), new, np.nan)
            for new in (shifted.local, shifted.orient, shifted.root, shifted.transl)
        )
    )
    amount = f"{abs(count)} frame{'s' if abs(count) > 1 else ''}"
    words = f"{amount} {'late' if count > 0 else 'early'}"
    return Trial(
        "bodies",
        "time",
        f"the bodies are {words} against the measured joints",
        f"Take the parameters of {amount} {'later' if count > 0 else 'earlier'}",
        1,
        replace(frames, bodies=kept, later=None),
        (BodyCorrection(later=count),),
    )


def _of_poses(frames: Frames, around: Around) -> Iterator[Trial]:
    """Poses in another unit, or of the other side."""
    for fault, remedy, made in around.poses:
        yield Trial("bodies", "pose", fault, remedy, 0, replace(frames, bodies=made(), later=None))


def _of_others(frames: Frames, around: Around) -> Iterator[Trial]:
    """The bodies of another sequence."""
    for words, bodies in around.others:
        yield Trial(
            "bodies",
            "pose",
            f"these are the bodies of {words}",
            "Exchange the entries of the two sequences in the file of parameters",
            0,
            replace(frames, bodies=bodies, later=None),
        )


def _of_motion(frames: Frames) -> Iterator[Trial]:
    """All bodies moved alike: in the world, or as their root joints turn."""
    found, joints = frames.found, frames.joints
    motion = rigid_fit(found.reshape(-1, 3), joints.reshape(-1, 3))
    angle = float(angles_deg(motion.R[None])[0])
    moved = 1000 * float(np.linalg.norm(np.nanmean(joints - found, axis=(0, 1))))
    if angle > TURNED_DEG:
        turn = _turn_words(motion.R.T, "the world's")
        fault = f"in another frame of the world: turned by {turn} and {_length(moved)} away"
        correction = BodyCorrection(R=motion.R, t=motion.t)
        yield _body(frames, "frame", fault, "Bring them back by this motion", 2, correction)
    aside = np.nanmean(joints - found, axis=1)
    shift = np.nanmedian(aside, axis=0)
    yield _body(
        frames, "place", f"off the measured joints by the constant offset {_mm(-shift)} of the world",
        "Move trans back by this offset", 2, BodyCorrection(shift=shift),
    )  # fmt: skip
    own = np.nanmedian(np.einsum("nba,nb->na", frames.bodies.orient, aside), axis=0)
    yield _body(
        frames, "place", f"off the measured joints by the constant offset {_mm(-own)} in the body's frame",
        "Move trans back by this offset, turned by the root orientation", 2, BodyCorrection(own_shift=own),
    )  # fmt: skip


def _mm(vector: Array) -> str:
    return f"({', '.join(f'{1000 * value:.0f}' for value in vector)}) mm"


def _length(mm: float) -> str:
    return f"{mm / 1000:.1f} m" if mm >= 1000 else f"{mm:.0f} mm"
