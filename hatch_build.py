"""The README as a package index shows it: there no link leads into a checkout, so none is relative.

SEFD_VIEWER_SOURCE names where a release's files are shown, such as HOME/blob/v0.1.0: links lead there then.
Without it they are words alone, and pictures are left out.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

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
