"""The manifest beside a set of maps: what they are, how they were made, their hashes, what is missing."""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

import cv2
import numpy as np
import orjson

from sefd_viewer import __version__
from sefd_viewer.atomic import told, write_file
from sefd_viewer.datasets.annotations.smpl_table import FindBody
from sefd_viewer.datasets.inputs import annotations_of
from sefd_viewer.datasets.records import Dataset
from sefd_viewer.edge_maps.jobs import FactorySettings, Selection, map_prefix
from sefd_viewer.errors import SefdError

_NAMES = "surrogateescape"
"""How names that are not UTF-8 are kept as they are."""

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def digest(data: bytes) -> str:
    """The SHA-256 of a map's file, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def read_hashes(path: Path) -> dict[str, str]:
    """Hash by map; lines that a killed run left unfinished are passed over."""
    try:
        lines = path.read_text("utf-8", _NAMES).splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SefdError("this list of hashes cannot be read", where=path, remedy="Remove it") from error
    return {match[2]: match[1] for match in map(_LINE.fullmatch, lines) if match is not None}


class HashLog:
    """The list while it grows, a line for each map as it is made; `finish` puts it in order."""

    def __init__(self, path: Path) -> None:
        """Go on with the list at `path`; raises SefdError where that is refused."""
        self._path = path
        self._known = read_hashes(path)
        with told(path):
            self._file = path.open("ab", buffering=0)
            self._file.write(b"\n")  # ends a line that a killed run left unfinished

    def __enter__(self) -> HashLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __contains__(self, path: PurePosixPath) -> bool:
        return str(path) in self._known

    def add(self, path: PurePosixPath, hash: str) -> None:
        """Note a map. Raises SefdError where that is refused."""
        self._known[str(path)] = hash
        with told(self._path):
            self._file.write(_line(str(path), hash))

    def finish(self) -> str:
        """Write the list in order, and return its own hash."""
        self._file.close()
        content = b"".join(_line(path, self._known[path]) for path in sorted(self._known))
        write_file(self._path, content)
        return digest(content)


def _line(path: str, hash: str) -> bytes:
    return f"{hash}  {path}\n".encode("utf-8", _NAMES)


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
                f"the maps here were made with other options ({'; '.join(differences)})",
                where=path,
                remedy="Give the same options to continue, or name another folder",
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
                    remedy="Give the same --body to continue, or name another folder",
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
        raise SefdError("this is not a manifest", where=path, remedy="Remove it and make the maps again")
    return content


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    edges = settings.get("edges")
    return {**settings, **(edges if isinstance(edges, dict) else {}), "edges": None}
