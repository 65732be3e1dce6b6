"""The edge factory: mesh edge maps of whole data sets as files, proof that they are complete, their audit."""

from sefd_viewer.factory.settings import FactorySettings, MapKind

__all__ = ["FactorySettings", "MapKind"]
