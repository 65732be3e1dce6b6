"""What the workspace "Edges" shows: frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.features.edges.state import EdgeLabState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sefd_viewer.app.frame import MarkFrame, Words
    from sefd_viewer.app.methods import Method
    from sefd_viewer.edges.agreement import EdgeAgreement
    from sefd_viewer.features.edges.auditing import AuditProgress, StoredPair
    from sefd_viewer.features.edges.sizes import BoxSizes, Sized

    Image = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class DetectorFrame:
    """One detector's panel: its edges over the dimmed photo, and the numbers."""

    key: str
    title: str
    picture: Image | None = None
    agreement: EdgeAgreement | None = None
    words: Words | None = None


@dataclass(frozen=True, eq=False)
class DetectorsFrame:
    """The page that compares detectors; `words` say why nothing can be compared."""

    panels: tuple[DetectorFrame, ...] = ()
    wanted: Method | None = None
    methods: tuple[Method, ...] = ()
    words: Words | None = None


@dataclass(frozen=True, eq=False)
class DilationFrame:
    """The page about dilation: two pictures (H,W,3), the people's boxes in the colours of their classes.

    `sizes` are the box areas of the whole data set, `people` those inside the chosen range.
    """

    fixed: Image | None = None
    adaptive: Image | None = None
    marks: tuple[MarkFrame, ...] = ()
    sizes: BoxSizes | None = None
    people: tuple[Sized, ...] = ()
    words: Words | None = None
    sizes_words: Words | None = None


@dataclass(frozen=True, eq=False)
class AuditFrame:
    """The page that audits stored maps; `pair` are the maps of the record in view."""

    progress: AuditProgress | None = None
    pair: StoredPair | None = None
    words: Words | None = None
    pair_words: Words | None = None


@dataclass(frozen=True, eq=False)
class EdgeLabFrame:
    """Everything the workspace shows."""

    state: EdgeLabState = field(default_factory=EdgeLabState)
    edges: EdgeSettings = field(default_factory=EdgeSettings)
    record: str | None = None
    detectors: DetectorsFrame = field(default_factory=DetectorsFrame)
    dilation: DilationFrame = field(default_factory=DilationFrame)
    audit: AuditFrame = field(default_factory=AuditFrame)
