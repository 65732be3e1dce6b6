"""Where the maps of a data set lie: in folders and under names as in the public release."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sefd_viewer.datasets.records import Record
from sefd_viewer.edge_maps.settings import FactorySettings, MapKind
from sefd_viewer.plain_files import possible_name

_SUFFIXES = {"png": ".png", "jpeg": ".jpg"}


def _flat(_photo: Path, _root: Path | None) -> PurePosixPath:
    return PurePosixPath()


def _sequence(photo: Path, _root: Path | None) -> PurePosixPath:
    return PurePosixPath(photo.parent.name)


def _below_root(photo: Path, root: Path | None) -> PurePosixPath:
    """The photo's folder seen from the data set's; never one outside it."""
    if root is None or not photo.is_relative_to(root):
        return PurePosixPath()
    parts = [part for part in photo.parent.relative_to(root).parts if part != ".."]
    return PurePosixPath(*(parts[1:] if parts[:1] == ["data"] else parts))


_FOLDERS: dict[str, tuple[str, Callable[[Path, Path | None], PurePosixPath]]] = {
    "human36m": ("Human36M", _sequence),
    "mscoco": ("MSCOCO/images", _flat),
    "mpii": ("MPII", _flat),
    "crowdpose": ("CrowdPose", _flat),
    "muco": ("MuCo", _below_root),
    "3dpw": ("3dpw", _sequence),
    "3dpw-sequences": ("3dpw", _sequence),
}


@dataclass(frozen=True)
class MapLayout:
    """Names of the maps of one data set, relative to the folder that holds all sets.

    `format` is the reader's name, `root` the data set's folder.
    """

    format: str
    root: Path | None
    settings: FactorySettings

    @property
    def prefix(self) -> str:
        """The word that the maps' folder and files begin with."""
        return map_prefix(self.format, self.settings.kind)

    def path(self, record: Record, person: str | None = None) -> PurePosixPath:
        """The map of a record, or of one `person` in it."""
        photo = record.image_path or Path(_safe(record.key))
        base, below = _FOLDERS.get(self.format, (self.format, _below_root))
        whose = "" if person is None else f"_{_safe(person)}"
        name = f"{self.prefix}_{photo.stem}{whose}{_SUFFIXES[self.settings.file_format]}"
        name = possible_name(name)
        return PurePosixPath(base, self.prefix) / below(photo, self.root) / name


def map_prefix(format: str, kind: MapKind) -> str:
    """`SMPL_<kind>_edge`; the release calls the overlap maps of Human3.6M, one person each, SMPL_edge."""
    return "SMPL_edge" if (format, kind) == ("human36m", "overlap") else f"SMPL_{kind}_edge"


def _safe(key: str) -> str:
    """A key as a part of a file's name."""
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in key)
