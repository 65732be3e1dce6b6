"""Plugins: manifests are read without importing code, which waits for its first use; errors are kept."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.plugin_code import (
    OFF,
    PluginError,
    load_attribute,
    manifests,
    plugin_folders,
    read_manifest,
)

if TYPE_CHECKING:
    from sefd_viewer.app.layers import EdgeDetector
    from sefd_viewer.checks import Detector

__all__ = ["Plugin", "PluginError", "find_plugins", "plugin_folders", "read_plugin", "review_detectors"]


@dataclass(frozen=True)
class Plugin:
    """A manifest that was read: who, where, and the words about what is wrong with it.

    `datasets` are the titles of the formats that it reads.
    """

    name: str
    title: str
    folder: Path
    version: str = ""
    description: str = ""
    detectors: tuple[EdgeDetectorInfo, ...] = ()
    review_detectors: tuple[ReviewDetectorInfo, ...] = ()
    datasets: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class EdgeDetectorInfo:
    """An edge detector a plugin offers: `target` is "module:function" inside the plugin's folder."""

    id: str
    title: str
    target: str
    folder: Path = field(compare=False)

    def load(self) -> EdgeDetector:
        """Import the function; raises PluginError with the reason when that fails."""
        function: EdgeDetector = load_attribute(self.folder, self.target)
        return function


@dataclass(frozen=True)
class ReviewDetectorInfo:
    """A detector of bad annotations that a plugin offers: `target` is "module:NAME", an `api.Detector`."""

    id: str
    target: str
    folder: Path = field(compare=False)

    def load(self) -> Detector:
        """Import the detector, under the plugin's id; raises PluginError with the reason when that fails."""
        detector: Detector = load_attribute(self.folder, self.target)
        try:
            return replace(detector, id=self.id)
        except TypeError as error:
            remedy = "Make it a Detector of sefd_viewer.api"
            raise PluginError(f"{self.target} is no detector", where=self.folder, remedy=remedy) from error


def find_plugins(folders: Iterable[Path], *, also_off: bool = False) -> tuple[Plugin, ...]:
    """Read the manifest of every plugin in `folders`; a broken one comes with its problem in words.

    Those that are switched off come only with `also_off`.
    """
    return tuple(read_plugin(file) for file in manifests(folders, also_off=also_off))


def switch_off(names: Collection[str]) -> None:
    """Use these plugins no longer, by the names of their folders, and all others again.

    Detectors follow at once, readers of data sets with the next set that is opened by another process.
    """
    os.environ[OFF] = os.pathsep.join(names)
    _plugins_review_detectors.cache_clear()


def used_detectors(plugins: Iterable[Plugin], off: Collection[str]) -> tuple[EdgeDetectorInfo, ...]:
    """The edge detectors of all plugins that are not switched off."""
    return tuple(one for plugin in plugins if plugin.name not in off for one in plugin.detectors)


def review_detectors() -> tuple[tuple[Detector, ...], tuple[str, ...]]:
    """All detectors of bad annotations, plugins' too, and in words which could not be loaded."""
    from sefd_viewer.checks import built_in_detectors

    detectors, problems = _plugins_review_detectors()
    return (*built_in_detectors(), *detectors), problems


@cache
def _plugins_review_detectors() -> tuple[tuple[Detector, ...], tuple[str, ...]]:
    return load_review_detectors(find_plugins(plugin_folders()))


def load_review_detectors(plugins: Iterable[Plugin]) -> tuple[tuple[Detector, ...], tuple[str, ...]]:
    """The plugins' detectors of bad annotations, and in words which could not be loaded."""
    detectors: list[Detector] = []
    problems: list[str] = []
    for info in (one for plugin in plugins for one in plugin.review_detectors):
        try:
            detectors.append(info.load())
        except PluginError as error:
            problems.append(str(error))
    return tuple(detectors), tuple(problems)


def read_plugin(manifest: Path) -> Plugin:
    """Read one manifest; never raises."""
    folder = manifest.parent
    try:
        return _plugin(folder, read_manifest(manifest))
    except PluginError as error:
        return Plugin(folder.name, folder.name, folder, problem=str(error))
    except (KeyError, TypeError, AttributeError) as error:
        words = f"{manifest}: {type(error).__name__}: {error}"
        return Plugin(folder.name, folder.name, folder, problem=words)


def _plugin(folder: Path, table: dict[str, Any]) -> Plugin:
    about = table["plugin"]
    detectors = tuple(
        EdgeDetectorInfo(f"{folder.name}.{item['id']}", str(item["title"]), str(item["function"]), folder)
        for item in table.get("edge_detectors", ())
    )
    return Plugin(
        name=folder.name,
        title=str(about["title"]),
        folder=folder,
        version=str(about.get("version", "")),
        description=str(about.get("description", "")),
        detectors=detectors,
        review_detectors=tuple(
            ReviewDetectorInfo(f"{folder.name}.{item['id']}", str(item["detector"]), folder)
            for item in table.get("review_detectors", ())
        ),
        datasets=tuple(str(item["title"]) for item in table.get("datasets", ())),
    )
