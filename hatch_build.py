"""What a wheel holds of `resources/`, and the README of a package index: no link leads into a checkout.

SEFD_VIEWER_SOURCE names where a release's files are shown, such as HOME/blob/v0.1.0: links lead there then.
Without it they are words alone, and pictures are left out.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?:|#)([^)]*)\)")


class IndexReadme(MetadataHookInterface):
    """Puts the README into the metadata, and the source among its addresses where that is known."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Called by hatchling for every build."""
        source = os.environ.get("SEFD_VIEWER_SOURCE", "").rstrip("/")
        text = without_relative_links((Path(self.root) / "README.md").read_text("utf-8"), source)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
        if source:
            metadata.setdefault("urls", {})["Source"] = source


def without_relative_links(text: str, source: str) -> str:
    """The text with links below `source`; with "" as words alone, and without pictures."""

    def link(match: re.Match[str]) -> str:
        picture, words, target = match.groups()
        if not source:
            return "" if picture else words
        return f"{picture}[{words}]({source}/{target}{'?raw=true' if picture else ''})"

    return _LINK.sub(link, text)


class Resources(BuildHookInterface):
    """Puts into the wheel what is in `resources/` and not in the wheel of `edge_networks/`."""

    def initialize(self, _version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before a wheel is built."""
        root = Path(self.root)
        for path in sorted((root / "resources").rglob("*")):
            if path.is_file() and path not in edge_networks(root) and "__pycache__" not in path.parts:
                inside = path.relative_to(root / "resources").as_posix()
                build_data["force_include"][str(path)] = f"sefd_viewer/_resources/{inside}"


def edge_networks(root: Path) -> set[Path]:
    """The files that `edge_networks/pyproject.toml` takes."""
    folder = root / "edge_networks"
    tools = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["tool"]
    named = tools["hatch"]["build"]["targets"]["wheel"]["force-include"]
    return {(folder / name).resolve() for name in named if name.endswith(".safetensors")}
