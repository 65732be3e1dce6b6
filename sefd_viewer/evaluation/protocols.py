"""The papers' evaluations by name: set, split and subset, 2D poses, what is measured, and what they got.

Numbers are from the SEFD paper and its supplement; 3DCrowdNet's are those printed there beside SEFD's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.body.catalog import catalog_at
from sefd_viewer.body.model import BY_NAME
from sefd_viewer.datasets.annotations.locating import find_files
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.errors import SefdError
from sefd_viewer.evaluation.mupots import OWN
from sefd_viewer.geometry.joints import HUMAN36M17

if TYPE_CHECKING:
    from sefd_viewer.evaluation.runs.summary import MethodSummary

_LOOKED_AT = 100
"""Records among which somebody has a body, or the protocol is refused."""
MUPOTS_ALL, MUPOTS_MATCHED = "3DPCK all", "3DPCK matched"
TITLES: Mapping[str, str] = {
    "mpjpe_mm": "MPJPE mm",
    "pa_mpjpe_mm": "PA-MPJPE mm",
    "mpvpe_mm": "MPVPE mm",
    "mpjpe_measured_mm": "MPJPE mm, measured joints",
    "pa_mpjpe_measured_mm": "PA-MPJPE mm, measured joints",
    MUPOTS_ALL: "3DPCK % at 150 mm, all",
    MUPOTS_MATCHED: "3DPCK % at 150 mm, matched",
    "crowdpose14 AP": "AP % on CrowdPose",
    "coco17 AP": "AP % of COCO's joints",
}
_SHARES = (MUPOTS_ALL, MUPOTS_MATCHED, "crowdpose14 AP", "coco17 AP")
"""Measured as shares, printed by the papers as percentages."""
_BODY = ("mpjpe_mm", "pa_mpjpe_mm", "mpvpe_mm")


@dataclass(frozen=True)
class Protocol:
    """One of the papers' evaluations.

    `files` are the annotation files of the split, one of which must be there; without any all that the set
    has are opened. Of their records those count whose sequence is among `sequences` (names, or beginnings of
    names before the take's number, each with a first and a first excluded frame), whose key fits one of
    `keys`, and whose frame is a multiple of `every`. `poses` is the source of 2D poses, empty where a file
    must be given. `printed` are the papers' numbers, in the order of `measures`.
    """

    title: str
    formats: tuple[str, ...]
    measures: tuple[str, ...]
    poses: str
    printed: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    sequences: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    keys: tuple[str, ...] = ("*",)
    every: int = 1
    note: str = ""

    @property
    def needs_bodies(self) -> bool:
        """Whether errors are against true bodies."""
        return "mpjpe_mm" in self.measures


_ALWAYS = (float("-inf"), float("inf"))
_RELEASE_OCCLUSION = dict.fromkeys(
    (
        "courtyard_hug_00",
        "courtyard_dancing_00",
        "downtown_bar_00",
        "downtown_car_00",
        "downtown_weeklyMarket_00",
    ),
    _ALWAYS,
)
_OBJECT_OCCLUDED = dict.fromkeys(
    (
        "courtyard_backpack",
        "courtyard_basketball",
        "courtyard_bodyScannerMotions",
        "courtyard_box",
        "courtyard_golf",
        "courtyard_jacket",
        "courtyard_laceShoe",
        "downtown_stairs",
        "flat_guitar",
        "flat_packBags",
        "outdoors_climbing",
        "outdoors_crosscountry",
        "outdoors_fencing",
        "outdoors_freestyle",
        "outdoors_golf",
        "outdoors_parcours",
        "outdoors_slalom",
    ),
    _ALWAYS,
)
"""3DPW-OC, as ROMP lists it (Sun et al. 2021)."""
_PERSON_OCCLUDED = {
    "courtyard_basketball_00": (200, 280),
    "courtyard_captureSelfies_00": (500, 600),
    "courtyard_dancing_00": (60, 370),
    "courtyard_dancing_01": (60, 270),
    "courtyard_hug_00": (100, 500),
    "downtown_bus_00": (1620, 1900),
}
"""3DPW-PC, as ROMP lists it: frames from, and the first that no longer counts."""
_3DPW = ("3dpw", "3dpw-sequences")
_3DPW_TEST = ("3DPW_latest_test.json", "3DPW_test.json")

PROTOCOLS: Mapping[str, Protocol] = {
    "3dpw": Protocol(
        "3DPW, test",
        _3DPW,
        _BODY,
        "openpose",
        {"SEFD": (77.4, 49.4, 92.6), "3DCrowdNet": (81.7, 51.5, 98.3)},
        files=_3DPW_TEST,
    ),
    "3dpw-oc": Protocol(
        "3DPW-OCC, people hidden by objects, all splits",
        _3DPW,
        _BODY,
        "openpose",
        {"SEFD": (83.5, 55.0, 97.1), "3DCrowdNet": (88.6, 56.8, 103.2)},
        sequences=_OBJECT_OCCLUDED,
        note="Sequences as ROMP lists them; the release's own list is the protocol 3dpw-occ-release.",
    ),
    "3dpw-occ-release": Protocol(
        "3DPW-OCC as the release's loader chooses it: five sequences of validation and test",
        _3DPW,
        _BODY,
        "openpose",
        {"SEFD": (83.5, 55.0, 97.1), "3DCrowdNet": (88.6, 56.8, 103.2)},
        sequences=_RELEASE_OCCLUSION,
        note="The paper does not say which list its numbers are of.",
    ),
    "3dpw-pc": Protocol(
        "3DPW-PC, people hidden by people, all splits",
        _3DPW,
        _BODY,
        "openpose",
        {"SEFD": (85.9, 54.9, 100.5), "3DCrowdNet": (88.8, 57.3, 105.7)},
        sequences=_PERSON_OCCLUDED,
        note="Frames as ROMP lists them.",
    ),
    "3dpw-crowd": Protocol(
        "3DPW-Crowd, two sequences of validation (3DCrowdNet)",
        _3DPW,
        _BODY,
        "higherhrnet",
        files=("3DPW_latest_validation.json", "3DPW_validation.json"),
        sequences=dict.fromkeys(("courtyard_hug_00", "courtyard_dancing_00"), _ALWAYS),
    ),
    "mupots": Protocol(
        "MuPoTS-3D with OpenPose (supplement, Table 1)",
        ("mupots",),
        (MUPOTS_ALL, MUPOTS_MATCHED),
        "openpose",
        {"SEFD": (72.7, 72.7), "3DCrowdNet": (70.2, 70.9)},
    ),
    "mupots-higherhrnet": Protocol(
        "MuPoTS-3D with HigherHRNet (supplement, Table 1)",
        ("mupots",),
        (MUPOTS_ALL, MUPOTS_MATCHED),
        "higherhrnet",
        {"SEFD": (73.8, 73.8), "3DCrowdNet": (72.7, 73.3)},
    ),
    "crowdpose": Protocol(
        "CrowdPose, test",
        ("crowdpose",),
        ("crowdpose14 AP",),
        "",
        {"SEFD": (29.0,), "3DCrowdNet": (25.2,)},
        files=("crowdpose_test.json",),
        note="The papers' 2D poses are a detector's.",
    ),
    "ochuman": Protocol(
        "OCHuman",
        ("ochuman",),
        ("coco17 AP",),
        "",
        {"SEFD": (44.1,), "3DCrowdNet": (39.7,)},
        note="The papers' 2D poses are a detector's.",
    ),
    "h36m-p1": Protocol(
        "Human3.6M, protocol 1: subjects 9 and 11, every 64th frame, all cameras",
        ("human36m",),
        ("mpjpe_measured_mm",),
        "annotation",
        keys=("s_09*", "s_11*"),
        every=64,
    ),
    "h36m-p2": Protocol(
        "Human3.6M, protocol 2: subjects 9 and 11, every 64th frame, the frontal camera 4, after Procrustes",
        ("human36m",),
        ("pa_mpjpe_measured_mm",),
        "annotation",
        keys=("s_09*_ca_04*", "s_11*_ca_04*"),
        every=64,
    ),
}


def find_protocol(name: str) -> Protocol:
    """The protocol of a name; SefdError that names all."""
    if name not in PROTOCOLS:
        raise SefdError(f"there is no protocol {name!r}", remedy=f"Known are {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]


def split_file(protocol: Protocol, root: Path) -> Path:
    """What to open of a set: the split's file where the protocol names one; SefdError where it is missing.

    The original sequences of 3DPW have a folder in its place.
    """
    if not protocol.files or root.is_file():
        return root
    found = find_files(root, protocol.files)
    if found:
        return found[0]
    split = protocol.files[0].removesuffix(".json").rpartition("_")[2]
    folder = root / "sequenceFiles" / split
    if "3dpw-sequences" in protocol.formats and folder.is_dir():
        return folder
    also = f", nor the folder sequenceFiles/{split}" if "3dpw-sequences" in protocol.formats else ""
    raise SefdError(
        f"this protocol needs {protocol.files[0]}, which is not here{also}",
        where=root,
        remedy="Name the folder that holds it",
    )


def positions(protocol: Protocol, dataset: Dataset) -> list[int]:
    """The records that count; SefdError where the set is of another kind or has none of them."""
    if dataset.format not in protocol.formats:
        raise SefdError(
            f"this protocol is of {' or '.join(protocol.formats)}, not of {dataset.format}",
            where=dataset.root,
            remedy="Name the set that it is of",
        )
    found = [number for number, key in enumerate(dataset.keys) if _counts(protocol, dataset, number, key)]
    if not found:
        wanted = ", ".join([*protocol.sequences, *protocol.keys][:3])
        raise SefdError(
            f"none of the protocol's photos is here ({wanted} ...)",
            where=dataset.root,
            remedy="Open the set that the protocol is of, whole",
        )
    return found


def _counts(protocol: Protocol, dataset: Dataset, position: int, key: str) -> bool:
    if not any(fnmatch(key, pattern) for pattern in protocol.keys):
        return False
    if protocol.sequences:
        folder, _, picture = key.rpartition("/")
        sequence = folder.rpartition("/")[2]
        span = protocol.sequences.get(sequence) or protocol.sequences.get(re.sub(r"_\d\d$", "", sequence))
        if span is None or not span[0] <= _number(picture) < span[1]:
            return False
    return protocol.every == 1 or _number(dataset.instant(position)[0] or key) % protocol.every == 0


def _number(name: str) -> int:
    """The number that a picture's or a moment's name ends with."""
    found = re.search(r"(\d+)\D*$", name)
    return int(found[1]) if found is not None else 0


def refuse_what_lacks(
    protocol: Protocol, dataset: Dataset, chosen: Sequence[int], bodies: Sequence[str]
) -> None:
    """Raise SefdError where numbers could not be those of the papers: without bodies, or their joints."""
    if not protocol.needs_bodies:
        return
    reasons = []
    for position in chosen[:_LOOKED_AT]:
        record = dataset.records[position]
        true = [person.truth for person in record.people if person.truth is not None]
        if true:
            break
        reasons += [str(skipped) for skipped in record.skipped]
    else:
        why = f" ({reasons[0]})" if reasons else ""
        raise SefdError(
            f"this protocol compares with true bodies, and nobody has one{why}",
            where=dataset.root,
            remedy="Name the SMPL files with --body",
        )
    smpl = [one for one in catalog_at(tuple(bodies)).models if one.joint_set.name.startswith("smpl")]
    lacking = [one.id for one in smpl if one.joints_from(HUMAN36M17) == BY_NAME]
    if lacking:
        raise SefdError(
            f"the papers' joints need J_regressor_h36m_correct.npy, which is not beside {', '.join(lacking)}",
            remedy="Put it there; it is among 3DCrowdNet's data",
        )


def protocol_numbers(name: str, summaries: Sequence[MethodSummary]) -> dict[str, Any]:
    """Measured and printed numbers of a protocol in the papers' units, as plain values; nan is left out."""
    protocol = find_protocol(name)
    own = {one.method: [_in_units(measure, one) for measure in protocol.measures] for one in summaries}
    return {
        "name": name,
        "title": protocol.title,
        "measures": [TITLES[measure] for measure in protocol.measures],
        "measured": {method: [None if one != one else one for one in row] for method, row in own.items()},
        "printed": {paper: list(numbers) for paper, numbers in protocol.printed.items()},
        "note": protocol.note,
    }


def _in_units(measure: str, summary: MethodSummary) -> float:
    value = _value(measure, summary)
    return 100 * value if measure in _SHARES else value


def _value(measure: str, summary: MethodSummary) -> float:
    if measure in (MUPOTS_ALL, MUPOTS_MATCHED):
        scores = summary.mupots.get(OWN)
        if scores is None:
            return float("nan")
        return scores.mean_all.mean if measure == MUPOTS_ALL else scores.mean_matched.mean
    if measure in _SHARES:
        return summary.average_precision.get(measure, float("nan"))
    mean = summary.metrics[measure]
    return mean.mean if mean.count else float("nan")
