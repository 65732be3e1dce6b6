"""A program killed while it writes leaves what was there or what was to be; two at once add up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "kills.py"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="children are forked")
def test_a_kill_at_any_call_leaves_the_old_state_or_the_new_one() -> None:
    kinds = ("run store", "pose edits", "figure", "film", "checkpoint", "session", "index")
    words = [word for kind in kinds for word in ("--kind", kind)]
    done = subprocess.run(
        [sys.executable, SCRIPT, "--at-calls", "--tries", "4", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("4 of 4 kills") == len(kinds)
    assert done.stdout.count("nothing lost") == 2
