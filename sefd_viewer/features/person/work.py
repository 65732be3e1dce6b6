"""What is computed about the person in view: who hides whom, how far methods are apart, a small photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from sefd_viewer.app.keys import Key
from sefd_viewer.app.stages import PANES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.people_table import PeopleTable
    from sefd_viewer.app.scene import FindBody
    from sefd_viewer.datasets.records import Record
    from sefd_viewer.edges.settings import EdgeSettings

    Image = NDArray[np.uint8]

INSET_SIDE = 264
"""Pixels of the small photo: enough on a screen of 200 %."""

LEAST_SCALE_MM = 5.0
"""The difference that fills a bar of the strip, at least."""


class Hidden(NamedTuple):
    """The share of a body that others hide, and what of it each of them (keys) does."""

    share: float
    by: Mapping[str, float]


@dataclass(frozen=True)
class HiddenKey(Key[Mapping[str, Hidden]]):
    """Who hides whom in a photo, by the true bodies."""

    title: ClassVar[str] = "Finding who hides whom"
    kept: ClassVar[int] = 200
    together: ClassVar[str] = PANES
    record: Record
    size: tuple[int, int]
    find_body: FindBody

    def work(self) -> Mapping[str, Hidden]:
        """Draw the true bodies together and alone."""
        from sefd_viewer.evaluation.photo_truth import true_bodies

        found, _ = true_bodies(self.record, self.size, self.find_body)
        return {key: Hidden(body.hidden, body.hidden_by) for key, body in found.items()}


@dataclass(frozen=True, eq=False)
class Question:
    """What a run was measured with: edge settings (None: it tells none), the source of 2D poses, weights
    files by method."""

    edges: EdgeSettings | None
    poses: str
    weights: Mapping[str, str | None]

    def has_poses(self, file: str | None) -> bool:
        """Whether these are the 2D poses in use: those of the data set (None), or of a file."""
        from sefd_viewer.evaluation.runs.pose_sources import ANNOTATION
        from sefd_viewer.pose2d.pose_file import FILE_NAME

        if file is None:
            return self.poses == ANNOTATION
        return self.poses == file or (self.poses == "estimated" and Path(file).name == FILE_NAME)


@dataclass(frozen=True)
class QuestionKey(Key[Question]):
    """What a run was measured with."""

    folder: str

    def work(self) -> Question:
        """Read what the run says about itself."""
        from sefd_viewer.evaluation.runs.store import open_run

        plan = open_run(Path(self.folder)).plan
        weights = {name: one.get("weights") for name, one in plan.definitions.items()}
        poses = str(plan.settings.get("poses", "annotation"))
        return Question(_edges(plan.settings.get("edges")), poses, weights)


def _edges(told: object) -> EdgeSettings | None:
    """Edge settings as a run tells them; None where it tells none that can be."""
    from sefd_viewer.edges.settings import EdgeSettings

    try:
        return EdgeSettings.from_dict(told) if isinstance(told, dict) and told else None
    except ValueError:
        return None


class Summary(NamedTuple):
    """How many people each quick term holds, and the difference (mm) that few exceed."""

    counts: tuple[int, ...]
    scale_mm: float


@dataclass(frozen=True)
class SummaryKey(Key[Summary]):
    """Counts for the quick chips and the scale of the bars."""

    kept: ClassVar[int] = 3
    table: PeopleTable
    terms: tuple[str, ...]
    difference: str

    def work(self) -> Summary:
        """Ask the table."""
        import numpy as np

        from sefd_viewer.app.filtering import shown, values

        counts = tuple(len(shown(self.table, term)) for term in self.terms)
        apart = np.abs(values(self.table, self.difference)) if self.difference else np.zeros(0)
        apart = apart[np.isfinite(apart)]
        scale = float(np.percentile(apart, 99)) if len(apart) else LEAST_SCALE_MM
        return Summary(counts, max(scale, LEAST_SCALE_MM))


@dataclass(frozen=True)
class InsetKey(Key["Image"]):
    """The whole photo made small."""

    kept: ClassVar[int] = 60
    together: ClassVar[str] = PANES
    record: Record

    def work(self) -> Image:
        """Read it small."""
        return self.record.load(max_side=INSET_SIDE)


def joint_title(name: str) -> str:
    """A joint in the middle of a sentence: "left knee" for L_Knee."""
    side = {"L_": "left ", "R_": "right "}.get(name[:2], "")
    return side + name[2 if side else 0 :].replace("_", " ").lower()


def farthest(errors_mm: NDArray[np.floating]) -> tuple[str, float]:
    """The name of the evaluated joint with the largest of the errors (14,), and that."""
    import numpy as np

    from sefd_viewer.evaluation.metrics import HUMAN36M_EVALUATED
    from sefd_viewer.geometry.joints import HUMAN36M17

    if not np.isfinite(errors_mm).any():
        return "", float("nan")
    place = int(np.nanargmax(errors_mm))
    return joint_title(HUMAN36M17.names[HUMAN36M_EVALUATED[place]]), float(errors_mm[place])
