"""Where the shipped data is: inside an installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

from sefd_viewer.errors import SefdError

_PACKAGE = Path(__file__).parent
_CANDIDATES = (_PACKAGE / "_resources", _PACKAGE.parent / "resources")


def resource_path(name: str) -> Path:
    """Path of a shipped file or folder, for example `open_body.npz` or `onnx/nanodet_person.onnx`."""
    for root in _CANDIDATES:
        if (root / name).exists():
            return root / name
    raise SefdError(
        "this shipped file is missing", where=_CANDIDATES[-1] / name, remedy="Install sefd-viewer again"
    )
