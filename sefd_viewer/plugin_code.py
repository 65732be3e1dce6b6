"""Where plugins lie, what their manifests offer, and their code, which is imported at its first use."""

from __future__ import annotations

import importlib.util
import os
import sys
import tomllib
import traceback
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from sefd_viewer.errors import SefdError

MANIFEST = "plugin.toml"
_MEND = "Fix the plugin or remove its folder"
_CHECKOUT = Path(__file__).resolve().parents[1] / "plugins"
_INSTALLED = Path(__file__).resolve().parent / "_plugins"


class PluginError(SefdError):
    """A plugin whose manifest or code cannot be used."""


OFF = "SEFD_VIEWER_PLUGINS_OFF"
"""Names the folders of plugins that are not used; processes that are begun later follow."""
ON = "SEFD_VIEWER_PLUGINS_ON"
"""Names those that are used although their manifest says `begins = "off"`."""
GROUP = "sefd_viewer.plugins"
"""The group of entry points by which an installed package names the package that has its `plugin.toml`."""

KINDS = {
    "bodies": "body",
    "commands": "command",
    "datasets": "reader",
    "edge_detectors": "function",
    "features": "feature",
    "layers": "layer",
    "methods": "method",
    "panes": "pane",
    "review_detectors": "detector",
}
"""What a plugin can offer: the tables of its manifest, and which of an entry's words names the code."""


@dataclass(frozen=True)
class Offer:
    """One thing that a plugin offers, known from its manifest alone: `target` is "module:NAME" in its code.

    `more` holds the other words of the manifest's entry.
    """

    kind: str
    id: str
    title: str
    target: str
    folder: Path = field(compare=False)
    more: dict[str, Any] = field(default_factory=dict, compare=False)

    def load(self) -> Any:
        """What the code has there. Raises PluginError with the reason."""
        return load_attribute(self.folder, self.target)


def offers_of(manifest: dict[str, Any], folder: Path) -> tuple[Offer, ...]:
    """All that a manifest offers. Raises KeyError, TypeError or AttributeError where an entry is wrong."""
    made = []
    for kind, word in KINDS.items():
        for item in manifest.get(kind, ()):
            id, title = f"{folder.name}.{item['id']}", str(item.get("title", item["id"]))
            made.append(Offer(kind, id, title, str(item[word]), folder, item))
    return tuple(made)


def offers(kind: str, folders: Iterable[Path] | None = None) -> Iterator[Offer]:
    """What the plugins in use offer of a kind; broken manifests are the plugin page's to tell."""
    for manifest in manifests(folders):
        with suppress(PluginError, KeyError, TypeError, AttributeError):
            found = offers_of(read_manifest(manifest), manifest.parent)
            yield from (one for one in found if one.kind == kind)


@cache
def offered(kind: str) -> tuple[Offer, ...]:
    """The same of all plugins in use when it is asked first: what a window has from its start to its end."""
    return tuple(offers(kind))


def plugin_folders() -> tuple[Path, ...]:
    """Where plugins are looked for: beside the program and in the user's own folder."""
    import platformdirs

    own = Path(platformdirs.user_data_path("sefd-viewer")) / "plugins"
    shipped = _INSTALLED if _INSTALLED.exists() else _CHECKOUT
    return shipped, own


def manifests(folders: Iterable[Path] | None = None, *, also_off: bool = False) -> list[Path]:
    """The manifests of all plugins in `folders`, in order; of those not in use only with `also_off`.

    Without `folders` those beside the program, the user's own, and those of installed packages.
    """
    places = plugin_folders() if folders is None else folders
    found = [file for folder in places if folder.is_dir() for file in sorted(folder.glob(f"*/{MANIFEST}"))]
    if folders is None:
        found += _installed()
    return [file for file in found if also_off or is_used(file)]


def is_used(manifest: Path) -> bool:
    """Whether a plugin is in use."""
    off, on = (os.environ.get(name, "").split(os.pathsep) for name in (OFF, ON))
    name = manifest.parent.name
    return name not in off and (name in on or not begins_off(manifest))


def begins_off(manifest: Path) -> bool:
    """Whether a plugin is only used once somebody switches it on, as its manifest says."""
    try:
        return _begins_off(manifest, manifest.stat().st_mtime_ns)
    except OSError:
        return False


@lru_cache(maxsize=256)
def _begins_off(manifest: Path, _changed_ns: int) -> bool:
    with suppress(PluginError, AttributeError):
        return bool(read_manifest(manifest).get("plugin", {}).get("begins") == "off")
    return False


def _installed() -> list[Path]:
    """The manifests of installed packages; nothing of them is imported."""
    if not _is_declared():
        return []
    from importlib.metadata import entry_points

    found = []
    for entry in entry_points(group=GROUP):
        with suppress(ImportError, ValueError):
            spec = importlib.util.find_spec(entry.module)
            for place in (spec.submodule_search_locations or ()) if spec is not None else ():
                found.append(Path(place, MANIFEST))
    return sorted(file for file in found if file.is_file())


def _is_declared() -> bool:
    """Whether any installed package names the group: most often none does, and the reader loads slowly."""
    for folder in sys.path:
        for listed in Path(folder).glob("*-info/entry_points.txt"):
            with suppress(OSError):
                if GROUP.encode() in listed.read_bytes():
                    return True
    return False


def read_manifest(manifest: Path) -> dict[str, Any]:
    """The tables of a manifest. Raises PluginError with the reason."""
    try:
        return tomllib.loads(manifest.read_text("utf-8"))
    except RecursionError as error:
        raise PluginError("the manifest is nested too deeply", where=manifest, remedy=_MEND) from error
    except (OSError, ValueError) as error:
        raise PluginError(f"the manifest cannot be read ({error})", where=manifest, remedy=_MEND) from error


def load_attribute(folder: Path, target: str) -> Any:
    """What `target` ("module:NAME") names in a plugin's code. Raises PluginError with the reason."""
    module_name, _, name = target.partition(":")
    try:
        return getattr(_module(folder, module_name), name)
    except Exception as error:  # strangers' code may raise anything
        detail = traceback.format_exception_only(error)[-1].strip()
        raise PluginError(
            f"the plugin's {target} cannot be loaded ({detail})",
            where=folder,
            remedy=_MEND,
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
