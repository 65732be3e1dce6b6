"""Plugins in the window: the shipped ones in a process in which all are on, and some that fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sefd_viewer.app.plugins import find_plugins
from sefd_viewer.plugin_code import ON

HERE = Path(__file__).parent


def run_with(on: list[str], tests: Path, **more: str) -> str:
    """Run tests in a process of their own, with these plugins on; what they print."""
    environment = {**os.environ, ON: os.pathsep.join(on), **more}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)]
    done = subprocess.run(command, cwd=HERE.parents[1], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


@pytest.mark.slow
def test_every_shipped_plugin_works_in_the_window() -> None:
    run_with([one.name for one in find_plugins(also_off=True)], HERE / "plugins_in_window.py")
