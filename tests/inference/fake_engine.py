"""An engine without networks for the tests of worker and client; its factory crosses to the process."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator

import numpy as np

from sefd_viewer.edges.settings import EdgeSettings
from sefd_viewer.errors import WeightsError
from sefd_viewer.inference.messages import (
    EdgesRequest,
    Message,
    PredictRequest,
    Progress,
    Ready,
    RoleResult,
)
from sefd_viewer.inference.worker import Cancelled, Stop

OPEN_FAKE = "tests.inference.fake_engine:open_fake"
IMAGE = np.zeros((4, 5, 3), np.uint8)


def predict_request(number: int, *, image: np.ndarray = IMAGE, weights: str = "") -> PredictRequest:
    """A request without people; `weights` tells the fake engine what to do."""
    what = {"baseline": weights} if weights else None
    return PredictRequest(number, image, (), ("baseline", "student"), EdgeSettings(), weights=what)


class FakeEngine:
    """Does what the request's baseline "weights" say: nothing, hang, die, raise, report the process."""

    def __init__(self, gate: threading.Event | None = None) -> None:
        self.gate = gate

    def ready(self) -> Ready:
        return Ready("fake", "a fake", 1)

    def predict(self, request: PredictRequest, stop: Stop) -> Iterator[Message]:
        order = (request.weights or {}).get("baseline", "")
        yield Progress(request.number, str(request.image.shape), int(request.image.sum()), 1)
        if order == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if order == "raise":
            raise WeightsError("this file is empty", where="x.safetensors", remedy="Get it again")
        if order == "modules":
            yield Progress(request.number, " ".join(sorted(sys.modules)), 0, 1)
        while order == "hang" or (order == "until cancelled" and not stop.cancelled()):
            threading.Event().wait(0.01)
        for role in request.roles:
            yield RoleResult(request.number, role, ())
            if self.gate is not None:
                self.gate.wait(10)
            if stop.superseded():
                raise Cancelled

    def edges(self, request: EdgesRequest, stop: Stop) -> Iterator[Message]:
        if stop.cancelled():
            raise Cancelled
        yield Progress(request.number, "hed", int(request.image.sum()), 1)


def open_fake(device: str) -> FakeEngine:
    """An engine; the device "broken" cannot be opened, "deadly" ends the process."""
    if device == "deadly":
        os.kill(os.getpid(), signal.SIGKILL)
    if device == "broken":
        raise ImportError("no module", name="torch")
    return FakeEngine()
