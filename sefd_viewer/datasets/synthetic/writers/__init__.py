"""Synthetic scenes in the layouts in which annotated data sets are published."""

from collections.abc import Mapping

from sefd_viewer.atomic import new_folder
from sefd_viewer.datasets.synthetic.writers.crowdpose import write_crowdpose
from sefd_viewer.datasets.synthetic.writers.human36m import write_human36m
from sefd_viewer.datasets.synthetic.writers.mpii import write_mpii
from sefd_viewer.datasets.synthetic.writers.mscoco import write_mscoco
from sefd_viewer.datasets.synthetic.writers.muco import write_muco
from sefd_viewer.datasets.synthetic.writers.mupots import write_mupots
from sefd_viewer.datasets.synthetic.writers.ochuman import write_ochuman
from sefd_viewer.datasets.synthetic.writers.plan import Plan, Writer
from sefd_viewer.datasets.synthetic.writers.threedpw import write_threedpw
from sefd_viewer.datasets.synthetic.writers.threedpw_sequences import write_threedpw_sequences

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
