"""Plugins: manifests are read without importing code, which waits for its first use; errors are kept."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import tomllib
import traceback
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.errors import SefdError

if TYPE_CHECKING:
    from sefd_viewer.review.detectors import Detector
    from sefd_viewer.session.layers import EdgeDetector

MANIFEST = "plugin.toml"
_CHECKOUT = Path(__file__).resolve().parents[2] / "plugins"
_INSTALLED = Path(__file__).resolve().parents[1] / "_plugins"


class PluginError(SefdError):
    """A plugin whose manifest or code cannot be used."""


@dataclass(frozen=True)
class Plugin:
    """A manifest that was read: who, where, and the words about what is wrong with it."""

    name: str
    title: str
    folder: Path
    version: str = ""
    description: str = ""
    detectors: tuple[EdgeDetectorInfo, ...] = ()
    review_detectors: tuple[ReviewDetectorInfo, ...] = ()
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
        function: EdgeDetector = _attribute(self.folder, self.target)
        return function


@dataclass(frozen=True)
class ReviewDetectorInfo:
    """A detector of bad annotations that a plugin offers: `target` is "module:NAME", an `api.Detector`."""

    id: str
    target: str
    folder: Path = field(compare=False)

    def load(self) -> Detector:
        """Import the detector, under the plugin's id; raises PluginError with the reason when that fails."""
        detector: Detector = _attribute(self.folder, self.target)
        try:
            return replace(detector, id=self.id)
        except TypeError as error:
            remedy = "Make it a Detector of sefd_viewer.api"
            raise PluginError(f"{self.target} is no detector", where=self.folder, remedy=remedy) from error


def plugin_folders() -> tuple[Path, ...]:
    """Where plugins are looked for: beside the program and in the user's own folder."""
    import platformdirs

    own = Path(platformdirs.user_data_path("sefd-viewer")) / "plugins"
    shipped = _INSTALLED if _INSTALLED.exists() else _CHECKOUT
    return shipped, own


def find_plugins(folders: Iterable[Path]) -> tuple[Plugin, ...]:
    """Read the manifest of every plugin in `folders`; a broken one comes with its problem in words."""
    manifests = [
        file for folder in folders if folder.is_dir() for file in sorted(folder.glob(f"*/{MANIFEST}"))
    ]
    return tuple(read_plugin(file) for file in manifests)


@cache
def review_detectors() -> tuple[tuple[Detector, ...], tuple[str, ...]]:
    """All detectors of bad annotations, plugins' too, and in words which could not be loaded."""
    from sefd_viewer.review.detectors import built_in_detectors

    detectors, problems = load_review_detectors(find_plugins(plugin_folders()))
    return (*built_in_detectors(), *detectors), problems


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
        table = tomllib.loads(manifest.read_text("utf-8"))
        return _plugin(folder, table)
    except (
        OSError,
        UnicodeDecodeError,
        tomllib.TOMLDecodeError,
        KeyError,
        TypeError,
        AttributeError,
    ) as error:
        words = f"{manifest}: {type(error).__name__}: {error}"
        return Plugin(folder.name, folder.name, folder, problem=words)


def _plugin(folder: Path, table: Mapping[str, Any]) -> Plugin:
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
    )


def _attribute(folder: Path, target: str) -> Any:
    """What `target` names in the plugin's code."""
    module_name, _, name = target.partition(":")
    try:
        return getattr(_module(folder, module_name), name)
    except Exception as error:
        detail = traceback.format_exception_only(error)[-1].strip()
        raise PluginError(
            f"the plugin's {target} cannot be loaded ({detail})",
            where=folder,
            remedy="Mend the plugin or remove its folder",
        ) from error


def _module(folder: Path, name: str) -> Any:
    """Import `folder/name.py` under a name of its own, so that two plugins never meet."""
    full_name = f"sefd_viewer_plugins.{folder.name}_{zlib.crc32(str(folder).encode()):08x}.{name}"
    if full_name in sys.modules:
        return sys.modules[full_name]
    file = folder.joinpath(*name.split(".")).with_suffix(".py")
    spec = importlib.util.spec_from_file_location(full_name, file)
    if spec is None or spec.loader is None or not file.exists():
        raise FileNotFoundError(file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[full_name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[full_name]
        raise
    return module
