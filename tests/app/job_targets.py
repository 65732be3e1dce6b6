"""What the tests of the runner run in processes of their own."""

from __future__ import annotations

import os
import signal

from sefd_viewer.errors import SefdError
from sefd_viewer.jobs.background import Task


def count(order: int, task: Task) -> int:
    """Tell the process id, then 1, 2, 3 ... until stopped; returns how far it came, at most `order`."""
    task.tell(os.getpid())
    done = 0
    while done < order and not task.stopped:
        done += 1
        task.tell(done)
    return done


def refuse(order: str, _task: Task) -> None:
    """Fail with words."""
    raise SefdError(order, where="a.jpg")


def die(_order: str, _task: Task) -> None:
    """End as a process that is out of memory does."""
    os.kill(os.getpid(), signal.SIGKILL)
