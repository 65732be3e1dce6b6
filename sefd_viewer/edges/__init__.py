"""Edge maps: Canny of a picture, edges of body meshes, dilation.

Import functions from the modules (`canny`, `dilation`, `mesh_edges`); the plain values are here as well.
"""

from sefd_viewer.edges.settings import EdgeMap, EdgeSettings

__all__ = ["EdgeMap", "EdgeSettings"]
