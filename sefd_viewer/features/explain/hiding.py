"""Exact shares of one person hidden on purpose, as `sefd-viewer occlude` hides them, and errors by share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sefd_viewer.app.slices import Whole
from sefd_viewer.errors import SefdError
from sefd_viewer.features.explain.case import Case, errors_of

if TYPE_CHECKING:
    from sefd_viewer.app.methods import Method
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.evaluation.occluding import Kind, OccludedRecords
    from sefd_viewer.features.explain.case import FindBody
    from sefd_viewer.features.explain.model import Occluder, OccluderKind
    from sefd_viewer.features.explain.occlusion import Occluded
    from sefd_viewer.inference.messages import Tried

KINDS: dict[OccluderKind, Kind] = {"object": "object", "somebody": "person", "truncation": "truncation"}
ErrorsByLevel = Mapping["Method", Mapping[float, float]]
"""MPJPE (mm) by method and share; a level is missing while it is not known."""


def records_of(
    case: Case, occluder: Occluder, levels: Sequence[float], dataset: Dataset, find_body: FindBody
) -> OccludedRecords:
    """The person's photo at these levels. Raises SefdError for somebody without a true body and a camera."""
    from sefd_viewer.evaluation.occluding import Case as HiddenCase
    from sefd_viewer.evaluation.occluding import OccludedRecords

    if case.person.truth is None or case.camera is None:
        words = "nobody knows where this person's body is, so that no exact share of it can be hidden"
        raise SefdError(words, remedy="Choose a box, a blob or a cut-out, or somebody with a true body")
    position = dataset.position(case.scene.record.key)
    shared = case.scene.record.camera
    known = [one.key for one in case.scene.people if one.truth is not None and (one.camera or shared)]
    others = [key for key in known if key != case.person.key]  # of whom one is pasted before him
    cases = [HiddenCase(position, key) for key in (case.person.key, *others)]
    return OccludedRecords(dataset, cases, levels, KINDS[occluder.kind], find_body)


def hidden(case: Case, occluder: Occluder, dataset: Dataset, find_body: FindBody) -> Occluded:
    """The photo with that share of the person hidden, and the networks' crops of it."""
    from sefd_viewer.datasets.sample import warp
    from sefd_viewer.features.explain.occlusion import Occluded, count_covered

    picture, changed, share = records_of(case, occluder, (occluder.level,), dataset, find_body).in_place(0)
    behind = changed[..., None].repeat(3, axis=-1).astype("uint8") * 255
    key = case.person.key
    crops = {key: {method: warp(picture, said.crop) for method, said in case.normal.items()}}
    cover = {key: {m: warp(behind, said.crop)[..., 0] > 127 for m, said in case.normal.items()}}
    counts = {key: count_covered(case, behind, "photo")}
    return Occluded(crops, picture, "photo", cover if occluder.joints == "lost" else {}, counts, share)


def errors_at(case: Case, tried: Mapping[str, Tried], find_body: FindBody) -> dict[Method, float]:
    """Each network's error (mm) in one of these pictures; nothing where there is no truth."""
    found = {method: errors_of(case, answer.prediction, find_body) for method, answer in tried.items()}
    return {method: errors.mpjpe_mm for method, errors in found.items() if errors is not None}


@dataclass(frozen=True, eq=False)
class HidingCurves(Whole):
    """Errors (mm) by method and share hidden."""

    errors: ErrorsByLevel

    def points(self, method: Method) -> tuple[list[float], list[float]]:
        """Shares and errors of a method, from the least share on."""
        known = sorted((level, mm) for level, mm in self.errors.get(method, {}).items() if not math.isnan(mm))
        return [level for level, _ in known], [mm for _, mm in known]
