"""Is there a screen, and the libraries that Qt needs to use it? Asked before Qt aborts without words."""

from __future__ import annotations

import ctypes
import os
import re
import socket
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

_REMEDY = "Log in to a desktop, use ssh -X or xvfb-run, or give --screenshot FILE"
_SECONDS = 5.0
"""How long a screen on another machine may take to answer."""


def require_display(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> None:
    """Raise SefdError when a window cannot open here: no screen, one that does not answer, or no library."""
    wanted = environment.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if platform != "linux" or wanted not in ("", "xcb", "wayland"):
        return
    wayland, x11 = environment.get("WAYLAND_DISPLAY"), environment.get("DISPLAY")
    if wayland and wanted != "xcb" and wayland_answers(wayland, environment):
        return
    if not x11 or wanted == "wayland":
        silent = f"the screen WAYLAND_DISPLAY={wayland} does not answer" if wayland else None
        raise SefdError(silent or "there is no screen to open a window on", remedy=_REMEDY)
    if not x11_answers(x11):
        raise SefdError(f"the screen DISPLAY={x11} does not answer", remedy=_REMEDY)
    if problem := missing_library(xcb_plugin()):
        raise SefdError(f"Qt cannot use this screen: {problem}", remedy=INSTALL_LIBRARIES)


def wayland_answers(name: str, environment: Mapping[str, str]) -> bool:
    """Whether a compositor listens at the socket that `WAYLAND_DISPLAY` names."""
    path = Path(environment.get("XDG_RUNTIME_DIR", ""), name)
    return _answers(socket.AF_UNIX, str(path))


def x11_answers(name: str) -> bool:
    """Whether the X server that `DISPLAY` names takes this program as a client."""
    parts = re.fullmatch(r"(?:.*/)?([^:]*):(\d+)(?:\.\d+)?", name)
    if parts is None:
        return False
    host, port = parts[1], 6000 + int(parts[2])
    if host not in ("", "unix") and not _answers(socket.AF_INET, (host, port)):
        return False
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # missing_library has the words
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(os.fsencode(name), None)
    answers = xcb.xcb_connection_has_error(connection) == 0
    xcb.xcb_disconnect(connection)
    return answers


def _answers(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    try:
        if family == socket.AF_INET:
            socket.create_connection(address, _SECONDS).close()  # type: ignore[arg-type]  # host, port
        else:
            with socket.socket(family, socket.SOCK_STREAM) as client:
                client.settimeout(_SECONDS)
                client.connect(address)
    except (OSError, OverflowError, ValueError):
        return False
    return True


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
