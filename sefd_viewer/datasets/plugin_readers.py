"""Formats of data sets that plugins know: `[[datasets]]` in their manifests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sefd_viewer.datasets.reader import Reader
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.plugin_code import Offer, PluginError, offers


@dataclass(frozen=True)
class PluginReader:
    """A reader in a plugin's code, which has a class of readers, or what makes one."""

    offer: Offer

    @property
    def name(self) -> str:
        """What it is called in `format=`."""
        return self.offer.id

    @property
    def title(self) -> str:
        """Which sets it reads, in words."""
        return self.offer.title

    def recognises(self, path: Path) -> bool:
        """Whether the plugin's reader is the right one. Raises PluginError when it fails."""
        return bool(self._call("recognises", path))

    def open(self, path: Path) -> Dataset:
        """What the plugin's reader makes of it. Raises PluginError when it makes nothing of use."""
        dataset = self._call("open", path)
        if not isinstance(dataset, Dataset):
            words = f"{self.offer.target} returned no Dataset of sefd_viewer.api"
            raise PluginError(words, where=self.offer.folder)
        return dataset

    def _call(self, method: str, path: Path) -> object:
        make: Any = self.offer.load()
        try:
            return getattr(make(), method)(path)
        except (TypeError, AttributeError, ValueError, LookupError, ArithmeticError, OSError) as error:
            words = f"{self.offer.target} fails in `{method}` ({type(error).__name__}: {error})"
            raise PluginError(words, where=self.offer.folder, remedy="Fix the plugin") from error


def plugin_readers(folders: Iterable[Path] | None = None) -> tuple[Reader, ...]:
    """The readers of the plugins in use."""
    return tuple(PluginReader(offer) for offer in offers("datasets", folders))
