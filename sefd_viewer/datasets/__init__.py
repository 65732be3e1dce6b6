"""Pictures and data sets: records, their readers, and samples for the networks."""

from sefd_viewer.datasets.images import image_size, load_image, thumbnail
from sefd_viewer.datasets.records import Dataset, Person, Record
from sefd_viewer.datasets.sample import Sample, make_sample, warp

__all__ = [
    "Dataset",
    "Person",
    "Record",
    "Sample",
    "image_size",
    "load_image",
    "make_sample",
    "thumbnail",
    "warp",
]
