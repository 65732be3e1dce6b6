"""The edge factory: mesh edge maps of whole data sets as files, proof that they are complete, their audit."""

from sefd_viewer.edge_maps.jobs import FactorySettings, MapKind

__all__ = ["FactorySettings", "MapKind"]
