"""Formats of data sets that plugins know: `[[datasets]]` in their manifests."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sefd_viewer.datasets.reader import Reader
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.plugin_code import PluginError, load_attribute, manifests, read_manifest


@dataclass(frozen=True)
class PluginReader:
    """A reader in a plugin's code: `target` is "module:Name", a class of readers or what makes one."""

    name: str
    title: str
    folder: Path
    target: str

    def recognises(self, path: Path) -> bool:
        """Whether the plugin's reader is the right one. Raises PluginError when it fails."""
        return bool(self._call("recognises", path))

    def open(self, path: Path) -> Dataset:
        """What the plugin's reader makes of it. Raises PluginError when it makes nothing of use."""
        dataset = self._call("open", path)
        if not isinstance(dataset, Dataset):
            raise PluginError(f"{self.target} returned no Dataset of sefd_viewer.api", where=self.folder)
        return dataset

    def _call(self, method: str, path: Path) -> object:
        make: Any = load_attribute(self.folder, self.target)
        try:
            return getattr(make(), method)(path)
        except (TypeError, AttributeError, ValueError, LookupError, ArithmeticError, OSError) as error:
            words = f"{self.target} fails in `{method}` ({type(error).__name__}: {error})"
            raise PluginError(words, where=self.folder, remedy="Mend the plugin") from error


def plugin_readers(folders: Iterable[Path]) -> tuple[Reader, ...]:
    """The readers that manifests in these folders name; broken manifests are the plugin page's to tell."""
    found: list[Reader] = []
    for manifest in manifests(folders):
        with suppress(PluginError, KeyError, TypeError, AttributeError):
            found += readers_of(read_manifest(manifest), manifest.parent)
    return tuple(found)


def readers_of(manifest: dict[str, Any], folder: Path) -> tuple[PluginReader, ...]:
    """The readers in one manifest. Raises KeyError or TypeError when an entry lacks something."""
    return tuple(
        PluginReader(f"{folder.name}.{item['id']}", str(item["title"]), folder, str(item["reader"]))
        for item in manifest.get("datasets", ())
    )
