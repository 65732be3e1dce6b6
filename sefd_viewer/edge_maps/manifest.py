"""The manifest beside a set of maps: what they are, how they were made, what could not be made."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import orjson

from sefd_viewer import __version__
from sefd_viewer.atomic import write_file
from sefd_viewer.datasets.annotations.bodies import FindBody
from sefd_viewer.datasets.inputs import annotations_of
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.edge_maps.hashes import read_hashes
from sefd_viewer.edge_maps.jobs import Selection
from sefd_viewer.edge_maps.layout import map_prefix
from sefd_viewer.edge_maps.settings import FactorySettings
from sefd_viewer.errors import SefdError


def manifest_path(out: Path, format: str, settings: FactorySettings, selection: Selection) -> Path:
    """The manifest of one shard; each shard has its own, so that none waits for another."""
    return _beside(out, format, settings, selection, "manifest.json")


def hashes_path(out: Path, format: str, settings: FactorySettings, selection: Selection) -> Path:
    """The hashes of one shard's maps."""
    return _beside(out, format, settings, selection, "sha256")


def archive_path(out: Path, format: str, settings: FactorySettings, selection: Selection) -> Path:
    """The file into which one shard's maps are packed."""
    return _beside(out, format, settings, selection, "zip")


def _beside(out: Path, format: str, settings: FactorySettings, selection: Selection, ending: str) -> Path:
    part = "" if selection.shards == 1 else f".{selection.shard}-of-{selection.shards}"
    return out / f"{map_stem(format, settings)}{part}.{ending}"


def manifest_content(
    dataset: Dataset, settings: FactorySettings, selection: Selection, outcome: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything that is known before the work, and its `outcome`."""
    return {
        "program": {"name": "sefd-viewer", "version": __version__},
        "versions": _versions(),
        "dataset": {
            "name": dataset.name,
            "format": dataset.format,
            "records": len(dataset.records),
            "annotations": annotations_of(dataset),
        },
        "settings": settings.to_dict(),
        "shard": f"{selection.shard}/{selection.shards}",
        "limit": selection.limit,
        **outcome,
    }


def write_manifest(path: Path, content: Mapping[str, Any]) -> None:
    """Write the manifest at once; raises SefdError where that is refused."""
    write_file(path, orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def read_manifests(out: Path, format: str, settings: FactorySettings) -> dict[Path, dict[str, Any]]:
    """All manifests of this format and kind in a folder; raises SefdError for one that cannot be read."""
    return {path: _read(path) for path in sorted(out.glob(f"{map_stem(format, settings)}*.manifest.json"))}


def read_renderers(path: Path) -> set[str]:
    """What drew the maps of a manifest, nothing where there is none; raises SefdError for a broken one."""
    return set(_read(path).get("renderers", ["cpu"])) if path.exists() else set()


def read_all_hashes(out: Path, format: str, settings: FactorySettings) -> dict[str, str]:
    """The hashes of all maps of this format and kind in a folder, of every shard."""
    lists = sorted(out.glob(f"{map_stem(format, settings)}*.sha256"))
    return {path: hash for one in lists for path, hash in read_hashes(one).items()}


def settings_differences(manifest: Mapping[str, Any], settings: FactorySettings) -> list[str]:
    """The names of the settings in which a manifest differs, as `name: there, not here`."""
    there, here = _flat(manifest.get("settings", {})), _flat(settings.to_dict())
    one_rule = there.get("dilation") == here.get("dilation")
    names = sorted(n for n in {*there, *here} if one_rule or n != "dilation_box")
    return [f"{n}: {there.get(n)}, not {here.get(n)}" for n in names if there.get(n) != here.get(n)]


def check_settings(out: Path, format: str, settings: FactorySettings) -> None:
    """Raise SefdError when the folder holds maps of this kind that were made with other settings."""
    for path, manifest in read_manifests(out, format, settings).items():
        differences = settings_differences(manifest, settings)
        if differences:
            raise SefdError(
                f"the maps here were made otherwise ({'; '.join(differences)})",
                where=path,
                remedy="Give the same options to go on, or name another folder",
            )


def check_inputs(out: Path, dataset: Dataset, settings: FactorySettings, find_body: FindBody) -> None:
    """Raise SefdError when the folder holds maps of this kind of other annotations, or of other bodies."""
    annotations = annotations_of(dataset)
    for path, manifest in read_manifests(out, dataset.format, settings).items():
        about = manifest.get("dataset", {})
        if about.get("name") != dataset.name:
            continue
        if about.get("annotations", annotations) != annotations:
            raise SefdError(
                "the annotations changed since the maps here were made",
                where=path,
                remedy="Name another folder, or remove these maps",
            )
        for body in manifest.get("bodies", ()):
            found = find_body(body)
            if found is None or found.id != body:
                here = "it is not here" if found is None else f"{found.id} is here"
                raise SefdError(
                    f"the maps here were drawn with the body {body}, and {here}",
                    where=path,
                    remedy="Give the same --body to go on, or name another folder",
                )


def _versions() -> dict[str, str]:
    """Of everything that computes."""
    import numba

    names = {"numpy": np, "opencv": cv2, "numba": numba}
    packages = {name: package.__version__ for name, package in names.items()}
    return {"python": platform.python_version(), **packages}


def map_stem(format: str, settings: FactorySettings) -> str:
    """What the files about the maps of one format and kind are called."""
    return f"{format}_{map_prefix(format, settings.kind)}"


def _read(path: Path) -> dict[str, Any]:
    try:
        content = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SefdError("this manifest cannot be read", where=path, remedy="Remove it, make again") from error
    if not isinstance(content, dict):
        raise SefdError("this is no manifest", where=path, remedy="Remove it and make the maps again")
    return content


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    edges = settings.get("edges")
    return {**settings, **(edges if isinstance(edges, dict) else {}), "edges": None}
