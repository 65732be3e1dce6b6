"""The log: a file that turns over, for whoever has to find out what happened; more words with --verbose."""

from __future__ import annotations

import logging
import os
import platform
import sys
from collections.abc import Sequence
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from sefd_viewer import __version__

VARIABLE = "SEFD_VIEWER_LOG"
"""Names the least level that is written (debug, info, warning, error), or "off"."""
_LARGEST_BYTES = 1_000_000
_OLDER_FILES = 2
_LAYOUT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"

_handlers: list[logging.Handler] = []


def log_path() -> Path:
    """The file of the log; older ones lie beside it."""
    from platformdirs import user_log_path

    return user_log_path("sefd-viewer", appauthor=False) / "sefd-viewer.log"


def start_log(words: Sequence[str], *, verbose: bool = False) -> None:
    """Write what the program says to its log file, and with `verbose` all of it to the terminal too.

    A folder that cannot be written leaves the program without a log file.
    """
    logger = logging.getLogger("sefd_viewer")
    stop_log()
    level = _level(os.environ.get(VARIABLE, "info"))
    if level is not None:
        try:
            log_path().parent.mkdir(parents=True, exist_ok=True)
            _add(logger, _LogFile(log_path()), level)
        except OSError:
            level = None
    if verbose:
        _add(logger, logging.StreamHandler(sys.stderr), logging.DEBUG)
    logger.info("%s on Python %s, %s: %s", __version__, platform.python_version(), sys.platform, list(words))


def stop_log() -> None:
    """Close the log: what `start_log` began is undone."""
    logger = logging.getLogger("sefd_viewer")
    while _handlers:
        handler = _handlers.pop()
        logger.removeHandler(handler)
        with suppress(OSError):
            handler.close()
    logger.setLevel(logging.NOTSET)


class _LogFile(RotatingFileHandler):
    """The file; on a full disk it gets nothing, and nobody is disturbed by that."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            maxBytes=_LARGEST_BYTES,
            backupCount=_OLDER_FILES,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Say nothing about what cannot be written."""


def _level(word: str) -> int | None:
    """The level of a word, None for "off"; an unknown word is as if there were none."""
    return None if word.lower() == "off" else logging.getLevelNamesMapping().get(word.upper(), logging.INFO)


def _add(logger: logging.Logger, handler: logging.Handler, level: int) -> None:
    handler.setLevel(level)
    handler.setFormatter(logging.Formatter(_LAYOUT))
    logger.addHandler(handler)
    _handlers.append(handler)
    logger.setLevel(min(level, logger.level or level))
