"""The package's front door: light to import, every promised name behind it."""

from __future__ import annotations

import subprocess
import sys

import sefd_viewer.networks as networks


def test_importing_the_package_does_not_import_torch() -> None:
    code = "import sys, sefd_viewer.networks; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_promised_name_exists() -> None:
    assert all(getattr(networks, name) is not None for name in networks.__all__)
