"""What workspace Cameras says of the moment in view, in a sentence and two quiet lines: pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sefd_viewer.app.sentences import Account, Number, Part, Parts, Tone
from sefd_viewer.features.cameras.extrinsics import FITS_MM, FITS_PX, ModeRow, length
from sefd_viewer.features.cameras.frame import WayFrame
from sefd_viewer.features.cameras.model import MODES
from sefd_viewer.features.cameras.residuals import USUAL, height_px, person_title, titles

if TYPE_CHECKING:
    from sefd_viewer.features.cameras.in_view import InView
    from sefd_viewer.features.cameras.scene import BoardPerson
    from sefd_viewer.geometry.rotations import ExtrinsicMode

ALIKE_PX = 0.1
"""Ways into the camera that differ by less are the same."""
FAR_PX = 5000.0
"""Beyond this a body is nowhere near the picture, and its distance says nothing."""
_SMALL_MM, _SMALL_PX = 10.0, 10.0
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

Rows = Mapping[str, Mapping["ExtrinsicMode", ModeRow]]
"""By view a person through each mode."""


def rows_of(found: InView, person: BoardPerson | None) -> Rows:
    """The person through raw, paper and exact in every view where a body of the world is known."""
    rows = {}
    people = found.people or {}
    for view, index in (person.seen.members if person is not None else {}).items():
        keys = [one.key for one in people.get(view, ())]
        for one in found.modes.get(view, ()):
            if index < len(keys) and one.person == keys[index]:
                rows[view] = {row.mode: row for row in one.rows}
    return rows


def shift_px(row: ModeRow) -> float:
    """How far a body lies from the exact one in the picture; infinite where it is nowhere near."""
    mean = row.shift_px[0]
    return mean if math.isfinite(mean) and mean <= FAR_PX else math.inf


def account_of(found: InView, person: BoardPerson | None) -> Account:
    """What to say; nothing while the views are being compared."""
    scene = found.scene
    if scene is None:
        return Account()
    if not scene.cameras:
        return _said(
            "No camera is known here.", "warning", "Open another calibration to compare these views."
        )
    if person is None:
        return _said("Nobody was found here.", "plain", "There are no 2D poses to compare.")
    rows = rows_of(found, person)
    if rows and found.seen.calibration is None:  # the three ways are those of the records' own cameras
        return _of_modes(found, person, rows)
    if len(scene.moment.records) == 1:
        words = "A single camera can only be checked against its bodies."
        return _said(words, "plain", "No body in the world is annotated here.")
    return _between_views(found, person)


def _of_modes(found: InView, person: BoardPerson, rows: Rows) -> Account:
    name, mode = _name(found, person), found.seen.mode
    shifts = {way: [shift_px(own[way]) for own in rows.values() if way in own] for way in MODES}
    if all(max(values, default=0.0) <= ALIKE_PX for values in shifts.values()):
        words = f"All three ways agree within {ALIKE_PX} px"
        return Account((Part(words, "better"), Part(".")), (_more("", person),))
    numbers = tuple(
        Number(f"{view}: {mode} from exact", own[mode].shift_px[0], "px") for view, own in rows.items()
    )
    fit, exact = _fit(rows, "exact")
    if mode != "exact":
        how = {"paper": "Rendered as in the paper", "raw": "As they are stored"}[mode]
        off = Part(_range(shifts[mode]), "worse", numbers, "Mean distance of the vertices from exact")
        more = f"With the exact form {name} {'fits' if fit else 'does not fit'}: {exact} from the joints."
        sentence = (Part(f"{how}, {name} is "), off, Part(f" from the exact body in {_cameras(rows)}."))
        return Account(sentence, (_more(more, person),))
    if fit and (beside := beside_boxes(found, person)):
        more = (
            "The joints in these photos were made with the camera: look whether the body covers the person."
        )
        lie = f"{' and '.join(beside)}: {name} is off the annotated box."
        return Account((Part(lie[:1].upper() + lie[1:], "worse"),), ((Part(more),),))
    if fit:
        paper = _range(shifts["paper"])
        who, end = f"{name[:1].upper()}{name[1:]} ", f" in {_cameras(rows)}: {exact} from the joints."
        sentence = (Part(who), Part("fits", "better"), Part(end))
        more = f"Rendered as in the paper it would be {paper} off."
        return Account(sentence, (_more(more, person),))
    words = next((one.sentence for one in next(iter(found.modes.values()), ())), f"{name} is {exact} off.")
    return Account((Part(words, "worse"),), (_more("", person),))


def beside_boxes(found: InView, person: BoardPerson) -> list[str]:
    """The views in which the middle of the person's 2D joints is outside the box that was annotated."""
    beside = []
    for view, index in person.seen.members.items():
        one = (found.people or {}).get(view, ())[index]
        seen = one.pose2d.keypoints[one.pose2d.keypoints[:, 2] > 0, :2]
        if not len(seen):
            continue
        (x, y), (left, top, width, height) = seen.mean(axis=0), one.pose2d.bbox_xywh
        if not (left <= x <= left + width and top <= y <= top + height):
            beside.append(view)
    return beside


def ways_of(rows: Rows) -> tuple[WayFrame, ...]:
    """Each way into the camera, over all views: how far from the exact one it leaves the body."""
    ways = []
    for mode in MODES:
        own = [row[mode] for row in rows.values() if mode in row]
        px = [shift_px(row) for row in own]
        if own:
            mm = math.fsum(row.shift_mm[0] for row in own) / len(own)
            joints = [row.joints_mm for row in own if math.isfinite(row.joints_mm)]
            joints_mm = math.fsum(joints) / len(joints) if joints else math.nan
            ways.append(WayFrame(mode, math.fsum(px) / len(px), mm, joints_mm, _fit(rows, mode)[0]))
    return tuple(ways)


def paper_words(rows: Rows) -> tuple[str, str]:
    """What the paper's form does to this body: in a sentence, and why."""
    shifts = [row["paper"].shift_mm[0] for row in rows.values() if "paper" in row]
    if not shifts:
        return "", ""
    low, high = min(shifts), max(shifts)
    if high < _SMALL_MM:
        why = "This body's root joint lies near the origin, so hardly anything of (R − I) J0 is left over."
        return f"The paper's form is right here within {length(high)}.", why
    amount = f"{low / 10:.0f} to {high / 10:.0f} cm" if round(low / 10) != round(high / 10) else length(high)
    why = "SMPL turns about its root joint, not about the origin: (R − I) J0 is left over."
    return f"The paper's form misplaces this body by {amount}.", f"{why} White: exact. Orange: as drawn."


def _fit(rows: Rows, mode: ExtrinsicMode) -> tuple[bool, str]:
    """Whether the joints are where the body has its own, and how far they are."""
    own = [row[mode] for row in rows.values() if mode in row]
    mm = max((row.joints_mm for row in own if math.isfinite(row.joints_mm)), default=math.nan)
    if math.isfinite(mm):
        return mm <= FITS_MM, length(mm)
    px = max((row.joints_px for row in own if math.isfinite(row.joints_px)), default=math.nan)
    return (px <= FITS_PX, f"{px:.1f} px") if math.isfinite(px) else (True, "nothing is known")


def _between_views(found: InView, person: BoardPerson) -> Account:
    """What the cameras say of one person without any body."""
    name = _name(found, person)
    if person.triangulated is None:
        return _said(
            f"Only {', '.join(person.seen.members)} shows {name}.", "plain", "Nothing to compare with."
        )
    median = person.triangulated.px.median_px
    if not math.isfinite(median):
        return _said(f"The cameras see {name} from the same side: no point can be triangulated.", "plain", "")
    limit = max(USUAL * height_px(person), 3.0)
    pairs = {pair: error for pair, error in person.triangulated.pairs_px.items() if error > limit}
    if pairs:
        pair, worst = max(pairs.items(), key=lambda one: one[1])
        a, b = titles(person, pair)
        if worst >= FAR_PX:
            return _said(
                f"{a} and {b} are far off each other about {name}.",
                "worse",
                "Diagnose, under Conventions, looks for how this calibration is meant.",
            )
        return Account(
            (Part(f"{a} and {b} disagree about {name} by "), Part(f"{worst:.0f} px", "worse"), Part(".")),
            ((Part(f"All together: {median:.1f} px. Look at the person first, then at the cameras."),),),
        )
    count = _COUNTS[len(person.seen.members)] if len(person.seen.members) < len(_COUNTS) else "all"
    agree = (
        Part(f"The {count} cameras "),
        Part("agree", "better"),
        Part(f" on {name} within {median:.1f} px."),
    )
    other = found.seen.calibration
    more = "No bodies in the world here: Extrinsics has nothing to bring into the cameras."
    if other is not None:
        more = f"These are the cameras of {other.name}: Conventions has the bodies."
    return Account(agree, ((Part(more),),))


def _more(words: str, person: BoardPerson) -> Parts:
    """The quiet line: these words, and how well the views agree on the 2D joints."""
    known = person.triangulated.px.median_px if person.triangulated is not None else math.nan
    between = f"{known:.1f} px between the views." if math.isfinite(known) else ""
    return (Part(" ".join(part for part in (words, between) if part)),)


def _range(values: list[float]) -> str:
    near = [value for value in values if math.isfinite(value)]
    if not near:
        return "not in the picture, that is far"
    low, high = min(near), max(near)
    digits = 1 if high < _SMALL_PX else 0
    ends = dict.fromkeys(f"{value:.{digits}f}" for value in (low, high))
    words = f"{' to '.join(ends)} px"
    return words if len(near) == len(values) else f"{words} or more"


def _cameras(rows: Rows) -> str:
    count = len(rows)
    if count == 1:
        return next(iter(rows))
    return f"all {_COUNTS[count]} cameras" if count < len(_COUNTS) else f"all {count} cameras"


def _name(found: InView, person: BoardPerson) -> str:
    if found.scene is not None and len(found.scene.people) == 1:
        return "the person"
    title = person_title(person)
    return f"person {person.key}" if person.key.isdigit() else f"the {title.lower()}"


def _said(words: str, tone: Tone, more: str) -> Account:
    return Account((Part(words, tone),), ((Part(more),),) if more else ())
