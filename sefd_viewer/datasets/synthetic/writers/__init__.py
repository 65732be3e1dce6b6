"""Synthetic scenes in the layouts in which annotated data sets are published."""

from collections.abc import Mapping

from sefd_viewer.atomic import new_folder
from sefd_viewer.datasets.synthetic.writers.coco_people import (
    write_crowdpose,
    write_mpii,
    write_mscoco,
    write_ochuman,
)
from sefd_viewer.datasets.synthetic.writers.entries import Plan, Writer
from sefd_viewer.datasets.synthetic.writers.human36m import write_human36m
from sefd_viewer.datasets.synthetic.writers.muco import write_muco, write_mupots
from sefd_viewer.datasets.synthetic.writers.threedpw import write_threedpw, write_threedpw_sequences

__all__ = ["WRITERS", "Plan", "Writer", "new_folder"]

WRITERS: Mapping[str, Writer] = {
    "human36m": write_human36m,
    "mscoco": write_mscoco,
    "mpii": write_mpii,
    "crowdpose": write_crowdpose,
    "ochuman": write_ochuman,
    "muco": write_muco,
    "3dpw": write_threedpw,
    "3dpw-sequences": write_threedpw_sequences,
    "mupots": write_mupots,
}
"""Every writer by the name of the reader that reads it."""
