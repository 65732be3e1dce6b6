"""Opening the window from the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from sefd_viewer.app.settings import SAMPLE
from sefd_viewer.cli.display import require_display
from sefd_viewer.errors import SefdError
from sefd_viewer.plain_files import is_there


def open_window(
    inputs: Sequence[Path],
    *,
    screenshot: Path | None = None,
    device: str = "auto",
    theme: Literal["system", "dark", "light"] | None = None,
    view: str | None = None,
    size: tuple[int, int] | None = None,
) -> int:
    """Open the window and return the exit status; SefdError where no window can open, or nothing is there."""
    if inputs and not any(is_there(path) or str(path) == SAMPLE for path in inputs):
        raise SefdError(
            f"there is no file, folder or command {inputs[0]}",
            remedy="Check the name; sefd-viewer --help lists the commands",
        )
    if screenshot is None:
        require_display()
    from sefd_viewer.gui.app import run

    return run(inputs, screenshot=screenshot, device=device, theme=theme, view=view, size=size)
