"""A reader in a plugin: pictures that are named, each with a caption, in a metadata.csv beside them."""

from __future__ import annotations

import csv
from pathlib import Path

from sefd_viewer import api


class CaptionReader:
    """Folders with a `metadata.csv` whose columns are `file_name` and `text`."""

    def recognises(self, path: Path) -> bool:
        """Look at the first line alone."""
        return {"file_name", "text"} <= set(self._columns(path / "metadata.csv"))

    def open(self, path: Path) -> api.Dataset:
        """A record for each line."""
        with (path / "metadata.csv").open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
        records = [
            api.Record(row["file_name"], row["text"] or row["file_name"], image_path=path / row["file_name"])
            for row in rows
        ]
        return api.Dataset(path.name, path, "captions", records)

    def _columns(self, file: Path) -> list[str]:
        if not file.is_file():
            return []
        with file.open(newline="", encoding="utf-8-sig", errors="replace") as lines:
            return next(csv.reader(lines), [])
