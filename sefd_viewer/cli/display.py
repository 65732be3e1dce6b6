"""Is there a screen, and the libraries that Qt needs to use it? Asked before Qt aborts without words."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from sefd_viewer.errors import SefdError

DEBIAN_LIBRARIES = (
    "libglib2.0-0 libgl1 libegl1 libfontconfig1 libdbus-1-3 libxkbcommon0 libxcb-cursor0 libxcb-icccm4 "
    "libxcb-keysyms1 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0 libxcursor1"
)
INSTALL_LIBRARIES = f"On Debian or Ubuntu: apt-get install {DEBIAN_LIBRARIES}"


def require_display(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> None:
    """Raise SefdError when a window cannot open here: no screen, or a library of Qt's is missing."""
    if platform != "linux" or environment.get("QT_QPA_PLATFORM") or environment.get("WAYLAND_DISPLAY"):
        return
    if not environment.get("DISPLAY"):
        raise SefdError(
            "there is no screen to open a window on",
            remedy="Log in to a desktop, use ssh -X or xvfb-run, or give --screenshot FILE",
        )
    if problem := missing_library(xcb_plugin()):
        raise SefdError(f"Qt cannot use this screen: {problem}", remedy=INSTALL_LIBRARIES)


def xcb_plugin() -> Path | None:
    """The file with which Qt draws on X11, or None where PySide6 is absent or has none."""
    package = find_spec("PySide6")
    folders = list(package.submodule_search_locations or ()) if package else []
    files = [Path(folder, "Qt/plugins/platforms/libqxcb.so") for folder in folders]
    return next((file for file in files if file.exists()), None)


def missing_library(file: Path | None) -> str | None:
    """What the loader misses to load `file` (its own words), or None when it loads."""
    if file is None:
        return None
    try:
        ctypes.CDLL(str(file))
    except OSError as error:
        return str(error)
    return None
