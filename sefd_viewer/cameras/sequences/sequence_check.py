"""One sequence: its bodies against its measured joints, frame by frame; stretches that are wrong, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sefd_viewer.cameras.diagnosis.convention_search import Confidence
from sefd_viewer.cameras.diagnosis.conventions import Array
from sefd_viewer.cameras.sequences.body_joints import Bodies, JointsOfBodies
from sefd_viewer.cameras.sequences.distances import Limbs, angles_deg, rigid_fit, typical
from sefd_viewer.cameras.sequences.explaining import Explanation, explained
from sefd_viewer.cameras.sequences.findings import BodyCorrection
from sefd_viewer.cameras.sequences.shapes import LOOKED_AT, Shape, better_shape, with_betas
from sefd_viewer.cameras.sequences.trials import TURNED_DEG, Around, Frames, late_trial
from sefd_viewer.geometry.joints import SMPL24

_WHOLE = 0.7
"""From this share of wrong frames on the whole sequence counts as wrong."""

_GAP = 4
_FAR_OFF = 4.0
_CHUNK = 250
_NEAR = 10
_IN_STEP = 0.8
_STEP_MM = 2.0
_JOINT_MM, _JOINT_TIMES = 150.0, 6.0
_SAME, _FLIPPED = np.ones(3), np.array([1.0, -1.0, -1.0])
_SIDES = {one: other for pair in SMPL24.flip_pairs for one, other in (pair, pair[::-1])}
_OTHER_SIDE = [_SIDES.get(joint, joint) for joint in range(24)]


@dataclass(frozen=True)
class Limits:
    """Errors in mm: `usual` of right sequences; up to `clean` bodies are right, from `wrong` on not."""

    usual: float
    clean: float
    wrong: float

    @classmethod
    def of(cls, medians: Sequence[float]) -> Limits:
        """By the typical errors of all sequences: those of the better half say what is usual in this set."""
        known = np.array([one for one in medians if np.isfinite(one)])
        right = known[known < _LARGEST_USUAL]
        usual = float(np.median(right)) if len(right) else _USUAL
        clean = float(np.clip(1.6 * usual + 5, 30, 80))
        return cls(usual, clean, max(60.0, 1.5 * clean))


_USUAL, _LARGEST_USUAL = 25.0, 60.0


@dataclass(frozen=True, eq=False)
class Measured:
    """One sequence's N frames: parameters (N, 85) and joints (N, J, 3) as stored, nan where there are none.

    `errors` (N,) mm are nan where nothing can be compared; `aside` (3,) is the typical offset of the joints
    from the bodies as the bodies' own frames have it, metres.
    """

    parameters: Array
    joints: Array
    errors: Array
    aside: Array

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which frames can be compared."""
        return np.isfinite(self.errors)


@dataclass(frozen=True, eq=False)
class Tools:
    """What sequences are measured with: the body that their parameters name, and other models by name."""

    measure: JointsOfBodies
    limbs: Limbs
    models: Mapping[str, JointsOfBodies] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Wrong:
    """Some `rows` of a sequence's frames, and what is wrong with them."""

    rows: NDArray[np.int64]
    why: Explanation


def measured(parameters: Array, joints: Array, tools: Tools) -> Measured:
    """Compare every frame that has both."""
    joints_known = np.asarray(np.isfinite(joints).all(axis=2))
    both = np.asarray(np.isfinite(parameters).all(axis=1)) & joints_known.any(axis=1)
    errors = np.full(len(parameters), np.nan)
    aside = np.full(3, np.nan)
    if both.any():
        bodies = tools.measure.of(parameters[both])
        errors[both] = tools.limbs.errors_mm(joints[both], bodies.joints())
        apart = np.nanmean(joints[both] - bodies.joints(), axis=1)
        aside = np.median(np.einsum("nba,nb->na", bodies.orient, apart), axis=0)
    return Measured(parameters, joints, errors, aside)


def faults_of(
    one: Measured,
    tools: Tools,
    limits: Limits,
    *,
    cameras: Mapping[str, tuple[Array, Array]],
    betas: Mapping[str, Array],
    aside: Array,
    others: Callable[[int], Sequence[tuple[str, Bodies]]] = lambda _count: (),
    in_time: bool = True,
) -> list[Wrong]:
    """What is wrong with a sequence, in its frames' order.

    `cameras` (R, t) are those of the subject and of others, `betas` other shapes by words, `aside` the offset
    that is usual in the set; `others` gives the bodies of other sequences for so many frames. `in_time` says
    whether the frames follow each other.
    """
    if not one.known.any():
        return []
    shape = _shape(one, tools, betas)
    found: list[Wrong] = []
    parameters = one.parameters
    if shape is not None:
        rows = np.flatnonzero(one.known)
        found.append(Wrong(rows, _of_shape(one, shape, tools)))
        tools, parameters = _with_shape(parameters, shape, tools)
        one = measured(parameters, one.joints, tools)
    bodies = tools.measure.of(parameters)
    whole = float(np.mean(one.errors[one.known] > limits.wrong)) > _WHOLE
    late = [] if whole or not in_time else _out_of_step(one, bodies, limits)
    errors = _errors_in_step(one, bodies, late, tools)
    stretches = [np.flatnonzero(one.known)] if whole else list(_stretches(errors, limits.wrong))
    around = Around(tools.limbs, cameras)
    for rows in stretches:
        frames = _frames(one, bodies, rows, in_time)
        near = Around(
            tools.limbs,
            cameras,
            _other_poses(parameters[rows], tools),
            _of_rows(others(len(one.errors)), rows) if whole else (),
        )
        found.append(Wrong(rows, explained(frames, near, limits.clean)))
    found += late
    wrong = np.zeros(len(one.errors), bool)
    for rows in (*stretches, *(each.rows for each in late)):
        wrong[rows] = True
    good = np.flatnonzero(one.known & ~wrong)
    return [
        *found,
        *_beside(one, bodies, good, around, limits, aside),
        *_joints_off(one, bodies, good, tools),
    ]


def _frames(one: Measured, bodies: Bodies, rows: NDArray[np.int64], in_time: bool = True) -> Frames:
    def later(count: int) -> Bodies:
        wanted = rows + count
        inside = np.asarray((wanted >= 0) & (wanted < len(bodies)))
        taken = bodies.taken(np.clip(wanted, 0, len(bodies) - 1))
        known = inside.reshape(-1, 1, 1)
        return Bodies(
            np.where(known, taken.local, np.nan),
            np.where(known, taken.orient, np.nan),
            np.where(known[:, 0], taken.root, np.nan),
            np.where(known[:, 0], taken.transl, np.nan),
        )

    return Frames(one.joints[rows], bodies.taken(rows), later if in_time else None)


def _other_poses(parameters: Array, tools: Tools) -> tuple[tuple[str, str, Callable[[], Bodies]], ...]:
    """The bodies of poses that may be in degrees, with left and right exchanged, or mirrored."""

    def in_degrees() -> Bodies:
        changed = parameters.copy()
        changed[:, :72] = np.radians(changed[:, :72])
        return tools.measure.of(changed)

    def other_side(signs: Array = _SAME, root: Array = _SAME, place: Array = _SAME) -> Bodies:
        changed = parameters.copy()
        poses = changed[:, :72].reshape(-1, 24, 3)[:, _OTHER_SIDE] * signs
        poses[:, 0] = changed[:, :3] * root
        changed[:, :72] = poses.reshape(-1, 72)
        changed[:, -3:] *= place
        return tools.measure.of(changed)

    return (
        ("the pose is in degrees", "Turn pose into radians", in_degrees),
        (
            "left and right of the body's pose are exchanged",
            "Exchange left and right in pose",
            other_side,
        ),
        (
            "the pose is mirrored left to right, as of a flipped picture",
            "Exchange left and right in pose but for its first three numbers; change the signs of y and z",
            lambda: other_side(_FLIPPED),
        ),
        (
            "the bodies are mirrored in the world: pose, orientation and place, as of a flipped picture",
            "Exchange left and right in pose, change the signs of y and z in it, and that of trans x",
            lambda: other_side(_FLIPPED, _FLIPPED, np.array([-1.0, 1.0, 1.0])),
        ),
        (
            "pose and orientation are mirrored left to right, as of a flipped picture",
            "Exchange left and right in pose, and change the signs of y and z in all of it",
            lambda: other_side(_FLIPPED, _FLIPPED),
        ),
    )


def _of_rows(others: Sequence[tuple[str, Bodies]], rows: NDArray[np.int64]) -> tuple[tuple[str, Bodies], ...]:
    return tuple((words, bodies.taken(rows)) for words, bodies in others)


def _stretches(errors: Array, limit: float) -> Iterator[NDArray[np.int64]]:
    """Frames beyond the limit as stretches; a few better ones between do not part them."""
    bad = np.flatnonzero(np.nan_to_num(errors) > limit)
    for rows in np.split(bad, np.flatnonzero(np.diff(bad) > _GAP) + 1):
        if len(rows):
            yield rows


# ---- shape


def _shape(one: Measured, tools: Tools, betas: Mapping[str, Array]) -> Shape | None:
    rows = np.flatnonzero(one.known & np.isfinite(one.joints).all(axis=(1, 2)))
    if len(rows) < 4:
        return None
    chosen = rows[np.unique(np.linspace(0, len(rows) - 1, LOOKED_AT).astype(int))]
    return better_shape(one.parameters[chosen], one.joints[chosen], tools.measure, tools.models, betas)


def _with_shape(parameters: Array, shape: Shape, tools: Tools) -> tuple[Tools, Array]:
    if shape.correction.betas is not None:
        return tools, with_betas(parameters, shape.correction.betas)
    model = next(one for one in tools.models.values() if one.model.id == shape.correction.body_id)
    return Tools(model, tools.limbs, {}), parameters


def _of_shape(one: Measured, shape: Shape, tools: Tools) -> Explanation:
    changed, parameters = _with_shape(one.parameters, shape, tools)
    after = typical(measured(parameters, one.joints, changed).errors)
    confidence: Confidence = "likely" if shape.fitted else "sure"
    before = typical(one.errors)
    return Explanation(
        "bodies", "shape", shape.fault, shape.remedy, confidence, before, after, (shape.correction,)
    )  # fmt: skip


# ---- what is too small to be seen frame by frame


def _out_of_step(one: Measured, bodies: Bodies, limits: Limits) -> list[Wrong]:
    """Chunks of frames that the bodies of other frames fit better; none of those that are far off."""
    good = np.flatnonzero(np.nan_to_num(one.errors, nan=np.inf) < _FAR_OFF * limits.wrong)
    found: list[tuple[int, NDArray[np.int64], float, float]] = []
    for start in range(0, len(good), _CHUNK):
        rows = good[start : start + _CHUNK]
        late = _lateness(_frames(one, bodies, rows))
        if late is not None:
            found.append((late[0], rows, late[1], late[2]))
    wrong = []
    for count in dict.fromkeys(late for late, *_ in found):
        same = [item for item in found if item[0] == count]
        rows = np.concatenate([item[1] for item in same])
        words = late_trial(_frames(one, bodies, rows), count)
        before, after = (float(np.median([item[place] for item in same])) for place in (2, 3))
        confidence: Confidence = "sure" if len(rows) >= 20 else "likely"
        why = Explanation(
            "bodies", "time", words.fault, words.remedy, confidence, before, after,
            (BodyCorrection(later=count),),
        )  # fmt: skip
        wrong.append(Wrong(rows, why))
    return wrong


def _errors_in_step(one: Measured, bodies: Bodies, late: Sequence[Wrong], tools: Tools) -> Array:
    """The errors (N,) once the frames that are late are put in step."""
    errors = one.errors.copy()
    for wrong in late:
        (correction,) = wrong.why.corrections
        assert isinstance(correction, BodyCorrection)
        frames = _frames(one, bodies, wrong.rows)
        assert frames.later is not None
        after = tools.limbs.errors_mm(frames.joints, frames.later(correction.later).joints())
        errors[wrong.rows] = np.where(np.isfinite(after), after, 0.0)
    return errors


def _lateness(frames: Frames) -> tuple[int, float, float] | None:
    """By how many frames the bodies are late, how unlike (mm) before and after; None: in step."""
    count = len(frames.joints)
    if count < 12 or frames.later is None:
        return None
    most = min(_NEAR, count // 3)
    middle = slice(most, count - most) if count > 3 * most else slice(None)
    errors = {k: _moves_unlike(frames, k, middle) for k in range(-most, most + 1)}
    best = min(errors, key=lambda k: errors[k][0])
    now, then = errors[0], errors[best]
    gains = all(b < _IN_STEP * a for a, b in zip(now[1:], then[1:], strict=True))
    if best == 0 or now[0] - then[0] < _STEP_MM or then[0] > _IN_STEP * now[0] or not gains:
        return None
    return best, now[0], then[0]


def _moves_unlike(frames: Frames, late: int, rows: slice) -> tuple[float, float, float]:
    """The error (mm, rms) besides each joint's own constant one: of all frames and of either half."""
    assert frames.later is not None
    bodies = frames.later(late).taken(rows)
    apart = np.einsum("nba,nja->njb", bodies.orient.transpose(0, 2, 1), frames.joints[rows] - bodies.joints())
    apart = apart[np.isfinite(apart).all(axis=(1, 2))]
    if len(apart) < 6:
        return np.inf, np.inf, np.inf
    squares = 1e6 * ((apart - np.median(apart, axis=0)) ** 2).sum(axis=-1).mean(axis=1)
    first, second = np.array_split(squares, 2)
    whole, *halves = (float(np.sqrt(part.mean())) for part in (squares, first, second))
    return whole, halves[0], halves[1]


def _beside(
    one: Measured, bodies: Bodies, good: NDArray[np.int64], around: Around, limits: Limits, usual: Array
) -> list[Wrong]:
    """A constant offset, or a turn of the world, that is too small to make frames wrong."""
    if len(good) < 8:
        return []
    chosen = bodies.taken(good)
    apart = np.nanmean(one.joints[good] - chosen.joints(), axis=1) - chosen.orient @ usual
    own = np.median(np.einsum("nba,nb->na", chosen.orient, apart), axis=0)
    world = np.median(apart, axis=0)
    beside = 1000 * max(np.linalg.norm(own), np.linalg.norm(world)) > max(_ASIDE_MM, limits.usual)
    if not (beside or _turned(one.joints[good], chosen.joints())):
        return []
    frames = _frames(one, bodies, good)
    why = explained(frames, around, limits.usual * 1.2)
    return [Wrong(good, why)] if why.after < 0.8 * why.before else []


def _turned(joints: Array, found: Array) -> bool:
    """Whether all bodies' joints (N, J, 3) together are turned against the measured ones."""
    motion = rigid_fit(found.reshape(-1, 3), joints.reshape(-1, 3))
    return float(angles_deg(motion.R[None])[0]) > TURNED_DEG


_ASIDE_MM = 25.0


def _joints_off(one: Measured, bodies: Bodies, good: NDArray[np.int64], tools: Tools) -> list[Wrong]:
    """Single measured joints that are far from where they usually are on this body."""
    if not len(good):
        return []
    apart = 1000 * np.linalg.norm(one.joints[good] - bodies.taken(good).joints(), axis=-1)
    usual = np.nanmedian(apart, axis=0)
    off = np.nan_to_num(apart) > np.maximum(_JOINT_MM, _JOINT_TIMES * usual)
    found = []
    for joint in np.flatnonzero(off.any(axis=0)):
        rows = good[off[:, joint]]
        worst = float(apart[off[:, joint], joint].max())
        name = tools.limbs.joint_set.names[joint]
        why = Explanation(
            "joints",
            "joint",
            f"the measured joint {name} alone lies up to {worst:.0f} mm from the body",
            "Look at the joint in these frames; leave them out or correct it",
            "likely",
            worst,
            float("nan"),
        )
        found.append(Wrong(rows, why))
    return found
