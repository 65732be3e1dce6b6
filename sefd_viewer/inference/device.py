"""Where the networks run: cuda, else mps, else cpu; what was asked for falls back with words."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch

_PREFERENCE = ("cuda", "mps", "cpu")


@dataclass(frozen=True)
class Device:
    """A device that was tried: `torch` names it for torch, `label` for people; `note` tells of a fallback."""

    torch: torch.device
    label: str
    note: str | None = None


def choose_device(wanted: str = "auto") -> Device:
    """The device to use for `wanted`: "auto", "cpu", "cuda", "cuda:1", "mps".

    A device that does not work here is replaced by the best that does, and `note` says so.
    """
    if wanted != "auto":
        problem = device_problem(wanted)
        if problem is None:
            return Device(torch.device(wanted), _label(wanted))
    best = next(name for name in _PREFERENCE if device_problem(name) is None)
    note = None if wanted == "auto" else f"The device '{wanted}' {problem}; using {best} instead"
    return Device(torch.device(best), _label(best), note)


def spare_threads() -> int:
    """CPU threads for a process in the background: one core fewer than there are, at least 1."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return max(1, min(cores - 1, torch.get_num_threads()))


def device_problem(name: str) -> str | None:
    """Why `name` cannot be used, None when a small computation on it worked."""
    try:
        kind = torch.device(name).type
        if kind == "cuda" and not torch.cuda.is_available():
            return "is not available (no CUDA device, or torch was installed without CUDA)"
        if kind == "mps" and not torch.backends.mps.is_available():
            return "is not available"
        torch.ones(2, device=name).sum().item()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        return f"does not work ({str(error).splitlines()[0]})"
    return None


def _label(name: str) -> str:
    device = torch.device(name)
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return {"mps": "Apple GPU", "cpu": "processor"}.get(device.type, name)
