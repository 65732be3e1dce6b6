"""Where the verdicts about a data set lie."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from sefd_viewer.datasets.records import Dataset
from sefd_viewer.resources import resource_path

FILE_NAME = "sefd-verdicts.sqlite"


def verdict_path(dataset: Dataset) -> Path:
    """`sefd-verdicts.sqlite` in the data set's folder where one may write there, else in the user's folder.

    A single picture shares it with the folder that it lies in.
    What is shipped with the program and several inputs opened as one have no folder of their own.
    """
    root = dataset.root
    if root is None or not root.is_dir() or root.resolve().is_relative_to(resource_path(".").resolve()):
        return _in_users_folder(dataset)
    beside = root / FILE_NAME
    writable = os.access(beside if beside.exists() else root, os.W_OK)
    return beside if writable and os.access(root, os.W_OK) else _in_users_folder(dataset)


def verdicts_of_others(dataset: Dataset) -> Path | None:
    """Verdicts that lie beside the data where one may not write them, None where there are none."""
    root = dataset.root
    if root is None or not (root / FILE_NAME).is_file() or verdict_path(dataset) == root / FILE_NAME:
        return None
    return root / FILE_NAME


def _in_users_folder(dataset: Dataset) -> Path:
    """A file named after the data, and after their place so that two of one name stay apart."""
    import platformdirs

    place = os.path.realpath(dataset.root) if dataset.root is not None else dataset.format
    called = dataset.name if dataset.root is None else dataset.root.name
    digest = hashlib.blake2b(os.fsencode(place), digest_size=4).hexdigest()
    name = re.sub(r"[^\w.-]+", "-", called).strip("-.") or "data"
    return Path(platformdirs.user_data_path("sefd-viewer"), "verdicts", f"{name}-{digest}.sqlite")
