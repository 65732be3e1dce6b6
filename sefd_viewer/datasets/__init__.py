"""Pictures and data sets: records, their readers, and samples for the networks."""

from sefd_viewer.datasets.annotations import ReadOptions
from sefd_viewer.datasets.attaching import attach_poses
from sefd_viewer.datasets.images import image_size, load_image
from sefd_viewer.datasets.opening import FORMATS, open_dataset
from sefd_viewer.datasets.records import Dataset, Joints3D, Person, Reader, Record, SkippedPerson, SkipReason
from sefd_viewer.datasets.sample import Sample, make_sample, warp

__all__ = [
    "FORMATS",
    "Dataset",
    "Joints3D",
    "Person",
    "ReadOptions",
    "Reader",
    "Record",
    "Sample",
    "SkipReason",
    "SkippedPerson",
    "attach_poses",
    "image_size",
    "load_image",
    "make_sample",
    "open_dataset",
    "warp",
]
