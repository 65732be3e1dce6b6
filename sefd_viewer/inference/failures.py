"""Exceptions turned into `Failed` messages: words a person can act on, the traceback as detail."""

from __future__ import annotations

import traceback

from sefd_viewer.errors import SefdError
from sefd_viewer.inference.messages import Failed, Role

_REPORT = "The detail below says where; please report it with the picture that caused it"
_RESTART = "It starts again with the next request; if memory ran out, take fewer people or a smaller picture"


def failure(error: Exception, *, number: int | None = None, role: Role | None = None) -> Failed:
    """`error` as a message about request `number` and, where only one role is concerned, that role."""
    what, where, remedy = _words(error)
    detail = "".join(traceback.format_exception(error))
    return Failed(number, role, what, where, remedy, detail)


def process_ended(number: int | None, exit_code: int | None) -> Failed:
    """The words for an engine process that ended by itself; a negative exit code is a signal's number."""
    killed = exit_code is not None and exit_code < 0
    reason = f"signal {-(exit_code or 0)}" if killed else f"exit code {exit_code}"
    return Failed(number, None, f"the inference process stopped ({reason})", None, _RESTART)


def poisons_process(error: Exception) -> bool:
    """True for an error after which the process cannot use its device any more (CUDA keeps it for good)."""
    return "CUDA error" in str(error)


def _words(error: Exception) -> tuple[str, str | None, str | None]:
    if isinstance(error, SefdError):
        return error.what, None if error.where is None else str(error.where), error.remedy
    if isinstance(error, ImportError):
        return f"a part of the program cannot be loaded ({error})", error.name, "Install sefd-viewer again"
    if isinstance(error, MemoryError) or "out of memory" in str(error):
        return f"memory ran out ({error})", None, "Choose the device cpu, or a smaller picture"
    return f"{type(error).__name__}: {error}", None, _REPORT
