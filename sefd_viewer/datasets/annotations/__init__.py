"""Data sets with annotated people, in the layouts in which they are published."""

from sefd_viewer.datasets.annotations.coco import CocoReader, CrowdPoseReader, MpiiReader, MscocoReader
from sefd_viewer.datasets.annotations.human36m import Human36mReader
from sefd_viewer.datasets.annotations.muco import MucoReader, MupotsReader
from sefd_viewer.datasets.annotations.ochuman import OchumanReader
from sefd_viewer.datasets.annotations.people import ReadOptions
from sefd_viewer.datasets.annotations.reading import AnnotationReader
from sefd_viewer.datasets.annotations.threedpw import ThreedpwReader
from sefd_viewer.datasets.annotations.threedpw_sequences import ThreedpwSequencesReader
from sefd_viewer.datasets.records import Reader

__all__ = ["ReadOptions", "annotation_readers"]


def annotation_readers() -> tuple[Reader, ...]:
    """One reader per published layout, in the order in which they are asked."""
    kinds: tuple[type[AnnotationReader], ...] = (
        Human36mReader,
        MscocoReader,
        CrowdPoseReader,
        OchumanReader,
        MucoReader,
        MupotsReader,
        ThreedpwReader,
        ThreedpwSequencesReader,
        MpiiReader,
        CocoReader,
    )
    return tuple(kind() for kind in kinds)
