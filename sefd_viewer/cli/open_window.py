"""Opening the window from the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from sefd_viewer.cli.display import require_display


def open_window(
    inputs: Sequence[Path],
    *,
    screenshot: Path | None = None,
    device: str = "auto",
    theme: Literal["system", "dark", "light"] | None = None,
) -> int:
    """Open the window and return the exit status; SefdError where no window can open."""
    if screenshot is None:
        require_display()
    from sefd_viewer.gui.app import run

    return run(inputs, screenshot=screenshot, device=device, theme=theme)
