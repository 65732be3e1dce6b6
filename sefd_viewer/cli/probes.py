"""What `doctor` tries in a process of its own, because a broken driver or library may end it.

`python -m sefd_viewer.cli.probes NAME [FILE...]` prints one line that says what was found.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

from sefd_viewer.cli.display import require_display
from sefd_viewer.errors import SefdError


class ProbeError(Exception):
    """A probe that failed: the last words of its process."""


def run_probe(name: str, *arguments: str, seconds: float = 120.0) -> str:
    """What the probe `name` printed; ProbeError when its process failed, crashed or hung."""
    command = [sys.executable, "-m", __name__, name, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise ProbeError(f"no answer within {seconds:.0f} s") from None
    if done.returncode == 0:
        return done.stdout.strip()
    words = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    ending = f"crashed (signal {-done.returncode})" if done.returncode < 0 else "failed"
    raise ProbeError(": ".join([ending, *words[-1:]]))


def probe_qt() -> str:
    """The platform plugin that Qt starts with here, and its screens; offscreen where there are none."""
    try:
        require_display()
    except SefdError:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from sefd_viewer.gui.platform_check import describe_platform

    return describe_platform()


def probe_opengl() -> str:
    """Who draws the 3D views: a picture is drawn and looked at."""
    from sefd_viewer.scene.opengl import describe_opengl

    return describe_opengl()


def probe_torch() -> str:
    """The device on which the networks would run."""
    import torch

    from sefd_viewer.inference.worker import PREDICTOR, open_engine

    ready = open_engine(PREDICTOR, "auto").ready()
    threads = f", {ready.threads} thread{'s' * (ready.threads != 1)}" if ready.device == "cpu" else ""
    return f"{ready.device} ({ready.device_name}{threads}), torch {torch.__version__}"


def probe_onnxruntime() -> str:
    """Whether the 2D pose detector opens its models."""
    import onnxruntime

    return f"onnxruntime {onnxruntime.__version__}, {', '.join(onnxruntime.get_available_providers())}"


def probe_smplx(*files: str) -> str:
    """How far smplx and the program are apart over body files."""
    from sefd_viewer.cli.body_proof import proof

    return proof(*files)


PROBES: dict[str, Callable[..., str]] = {
    "qt": probe_qt,
    "opengl": probe_opengl,
    "torch": probe_torch,
    "onnxruntime": probe_onnxruntime,
    "smplx": probe_smplx,
}

if __name__ == "__main__":
    print(PROBES[sys.argv[1]](*sys.argv[2:]))
