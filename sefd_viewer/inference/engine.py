"""What the worker process runs: the interface of an engine, and when it is to stop."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from sefd_viewer.inference.messages import HedRequest, Message, PredictRequest, Ready, TrialRequest


def _never() -> bool:
    return False


class Cancelled(Exception):  # noqa: N818 - it is a normal way to end, not an error
    """Raised by an engine that leaves the rest of a request undone because its `Stop` said so."""


@dataclass(frozen=True)
class Stop:
    """Two questions an engine asks while it works.

    `superseded`: a newer request waits, finish the role at hand and leave the later ones;
    `cancelled`: leave at once.
    """

    superseded: Callable[[], bool] = _never
    cancelled: Callable[[], bool] = _never


class Engine(Protocol):
    """Answers requests; the iterators raise `Cancelled` where they end early because `stop` says so."""

    def ready(self) -> Ready:
        """The device in use."""

    def predict(self, request: PredictRequest, stop: Stop) -> Iterator[Message]:
        """Results role by role."""

    def hed(self, request: HedRequest, stop: Stop) -> Iterator[Message]:
        """The HED map."""

    def try_out(self, request: TrialRequest, stop: Stop) -> Iterator[Message]:
        """The answers to all trials."""


PREDICTOR = "sefd_viewer.inference.predictor:open_predictor"
"""The engine with the networks, as module:function. Only its name is known in the window's process: what
the function needs (torch) is imported in the inference process alone."""


def open_engine(factory: str, device: str) -> Engine:
    """Call the function that `factory` names as module:function with the device."""
    module, function = factory.split(":")
    return getattr(importlib.import_module(module), function)(device)
