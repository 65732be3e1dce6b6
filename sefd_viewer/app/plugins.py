"""Plugins in the application: manifests, what each offers, and what could not be loaded, in words."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sefd_viewer.plugin_code import (
    OFF,
    ON,
    Offer,
    PluginError,
    begins_off,
    manifests,
    offers_of,
    plugin_folders,
    read_manifest,
)

if TYPE_CHECKING:
    from sefd_viewer.app.settings import Preferences
    from sefd_viewer.checks import Detector

__all__ = ["Plugin", "PluginError", "find_plugins", "plugin_folders", "read_plugin", "review_detectors"]
EDGES = "edge_detectors"
R = TypeVar("R")


@dataclass(frozen=True)
class Plugin:
    """A manifest that was read: who, where, what it offers, and the words about what is wrong with it.

    One that `begins_off` is not used until somebody switches it on.
    """

    name: str
    title: str
    folder: Path
    version: str = ""
    description: str = ""
    offers: tuple[Offer, ...] = ()
    problem: str | None = None
    begins_off: bool = False

    def of(self, kind: str) -> tuple[Offer, ...]:
        """What it offers of a kind."""
        return tuple(one for one in self.offers if one.kind == kind)

    @property
    def detectors(self) -> tuple[Offer, ...]:
        """Its edge detectors."""
        return self.of(EDGES)

    def is_used(self, chosen: Preferences) -> bool:
        """Whether it is in use with these preferences."""
        return self.name in chosen.plugins_on if self.begins_off else self.name not in chosen.plugins_off


def find_plugins(folders: Iterable[Path] | None = None, *, also_off: bool = False) -> tuple[Plugin, ...]:
    """Read the manifest of every plugin; a broken one comes with its problem in words.

    Those that are not in use come only with `also_off`.
    """
    return tuple(read_plugin(file) for file in manifests(folders, also_off=also_off))


def read_plugin(manifest: Path) -> Plugin:
    """Read one manifest; never raises."""
    folder = manifest.parent
    try:
        table = read_manifest(manifest)
        about: dict[str, Any] = table["plugin"]
        return Plugin(
            name=folder.name,
            title=str(about["title"]),
            folder=folder,
            version=str(about.get("version", "")),
            description=str(about.get("description", "")),
            offers=offers_of(table, folder),
            begins_off=begins_off(manifest),
        )
    except PluginError as error:
        return Plugin(folder.name, folder.name, folder, problem=str(error))
    except (KeyError, TypeError, AttributeError) as error:
        words = f"{manifest}: {type(error).__name__}: {error}"
        return Plugin(folder.name, folder.name, folder, problem=words)


# ---- which are used


def switch(off: Collection[str], on: Collection[str] = ()) -> None:
    """Use the plugins `off` no longer, by the names of their folders, and those `on` that begin switched off.

    Detectors follow at once, readers of data sets with the next set that is opened by another process, what
    changes the window at the next start.
    """
    os.environ[OFF], os.environ[ON] = os.pathsep.join(off), os.pathsep.join(on)
    _plugins_review_detectors.cache_clear()


def follow_settings() -> None:
    """Use the plugins that a person chose, unless the process was told which."""
    from sefd_viewer.app.settings import load_settings, settings_path

    if OFF not in os.environ and ON not in os.environ:
        chosen = load_settings(settings_path())[0]
        switch(chosen.plugins_off, chosen.plugins_on)


def used_detectors(plugins: Iterable[Plugin], chosen: Preferences) -> tuple[Offer, ...]:
    """The edge detectors of all plugins that are in use."""
    return tuple(one for plugin in plugins if plugin.is_used(chosen) for one in plugin.detectors)


# ---- detectors of bad annotations


def review_detectors() -> tuple[tuple[Detector, ...], tuple[str, ...]]:
    """All detectors of bad annotations, plugins' too, and in words which could not be loaded."""
    from sefd_viewer.checks import built_in_detectors

    detectors, problems = _plugins_review_detectors()
    return (*built_in_detectors(), *detectors), problems


@cache
def _plugins_review_detectors() -> tuple[tuple[Detector, ...], tuple[str, ...]]:
    return load_review_detectors(find_plugins())


def load_review_detectors(plugins: Iterable[Plugin]) -> tuple[tuple[Detector, ...], tuple[str, ...]]:
    """The plugins' detectors of bad annotations, and in words which could not be loaded."""
    from sefd_viewer.checks import Detector

    found = [one for plugin in plugins for one in plugin.of("review_detectors")]
    made, problems = loaded(found, Detector)
    return tuple(replace(one, id=offer.id) for offer, one in made), tuple(problems.values())


def loaded(found: Iterable[Offer], kind: type[R]) -> tuple[list[tuple[Offer, R]], dict[str, str]]:
    """What could be loaded and is of a kind; by folder why the rest could not."""
    found_so: list[tuple[Offer, R]] = []
    problems: dict[str, str] = {}
    for offer in found:
        try:
            one = offer.load()
            if not isinstance(one, kind):
                remedy = f"Make it a {kind.__name__} of sefd_viewer.api"
                words = f"{offer.target} is not a {kind.__name__.lower()}"
                raise PluginError(words, where=offer.folder, remedy=remedy)
            found_so.append((offer, one))
        except PluginError as error:
            problems[offer.id] = str(error)
    return found_so, problems
