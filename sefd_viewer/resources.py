"""Where the shipped data is: inside an installed package, or beside it in a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sefd_viewer.errors import SefdError

_PACKAGE = Path(__file__).parent
EDGE_NETWORKS = ("hed_bsds500.safetensors", "weights/see.safetensors", "weights/sesd.safetensors")
"""What a package of its own brings (`edge_networks/pyproject.toml`); it puts them beside the others."""
INSTALL_EDGES = "pip install 'sefd-viewer[edges]', or in a checkout pip install ./edge_networks"

_CANDIDATES = (_PACKAGE / "_resources", _PACKAGE.parent / "resources")


@cache
def resource_path(name: str) -> Path:
    """Path of a shipped file or folder, for example `open_body.npz` or `onnx/nanodet_person.onnx`."""
    for root in _CANDIDATES:
        if (root / name).exists():
            return root / name
    if name in EDGE_NETWORKS:
        words = "the edge networks are not installed"
        raise SefdError(words, where=Path(name).name, remedy=f"Install them: {INSTALL_EDGES}")
    raise SefdError(
        "this shipped file is missing", where=_CANDIDATES[-1] / name, remedy="Install sefd-viewer again"
    )
