"""A verdict: what a person decided about a record, or about one person in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from sefd_viewer.errors import SefdError

VerdictState = Literal["unreviewed", "good", "bad", "unsure", "fixed"]
STATES: tuple[VerdictState, ...] = get_args(VerdictState)

Case = tuple[str, str | None]
"""What is judged: the key of a record and of a person in it; None stands for the record as a whole."""

ISSUE_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "camera": "Camera is wrong",
        "body": "Body does not fit",
        "shape": "Body shape is unlikely",
        "joint_limits": "Joint bends too far",
        "swap": "Left and right swapped",
        "upside_down": "Body is turned over",
        "overlap": "Bodies go through each other",
        "depth_order": "Depth order is wrong",
        "keypoints": "2D joints are wrong",
        "box": "Box is wrong",
        "picture": "Picture is wrong or missing",
        "duplicate": "Same person twice",
        "missing": "Person is not annotated",
        "identity": "Annotation of somebody else",
        "frame_offset": "Shifted in time",
        "other": "Something else",
    }
)
"""What can be wrong, by id, as a person reads it."""


class VerdictError(SefdError):
    """Verdicts that cannot be read or kept."""


@dataclass(frozen=True)
class Verdict:
    """A decision about a case; `issues` are ids of ISSUE_KINDS, `time` is ISO-8601 in UTC.

    `fingerprint` says what was judged: see `fingerprint`. An empty `time` means now when the verdict is kept.
    """

    record: str
    person: str | None
    state: VerdictState
    issues: tuple[str, ...] = ()
    note: str = ""
    reviewer: str = ""
    time: str = ""
    fingerprint: str = ""

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ValueError(f"a verdict is one of {', '.join(STATES)}, not {self.state!r}")
        object.__setattr__(self, "issues", tuple(self.issues))

    @property
    def case(self) -> Case:
        """What is judged."""
        return self.record, self.person
