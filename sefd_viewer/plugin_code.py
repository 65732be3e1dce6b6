"""Where plugins lie, their manifests, and their code, which is imported at its first use."""

from __future__ import annotations

import importlib.util
import os
import sys
import tomllib
import traceback
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sefd_viewer.errors import SefdError

MANIFEST = "plugin.toml"
_MEND = "Mend the plugin or remove its folder"
_CHECKOUT = Path(__file__).resolve().parents[1] / "plugins"
_INSTALLED = Path(__file__).resolve().parent / "_plugins"


class PluginError(SefdError):
    """A plugin whose manifest or code cannot be used."""


OFF = "SEFD_VIEWER_PLUGINS_OFF"
"""Names the folders of plugins that are not used; processes that are begun later follow."""


def plugin_folders() -> tuple[Path, ...]:
    """Where plugins are looked for: beside the program and in the user's own folder."""
    import platformdirs

    own = Path(platformdirs.user_data_path("sefd-viewer")) / "plugins"
    shipped = _INSTALLED if _INSTALLED.exists() else _CHECKOUT
    return shipped, own


def manifests(folders: Iterable[Path], *, also_off: bool = False) -> list[Path]:
    """The manifests of all plugins in `folders`, in order; of those switched off only with `also_off`."""
    off = () if also_off else os.environ.get(OFF, "").split(os.pathsep)
    found = [file for folder in folders if folder.is_dir() for file in sorted(folder.glob(f"*/{MANIFEST}"))]
    return [file for file in found if file.parent.name not in off]


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
