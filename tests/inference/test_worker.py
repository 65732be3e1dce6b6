from __future__ import annotations

import threading
from collections.abc import Iterator
from multiprocessing import Pipe

import pytest

from sefd_viewer.inference.messages import CancelRequest, EdgesRequest, Finished, Ready, RoleResult
from sefd_viewer.inference.wire import Wire
from sefd_viewer.inference.worker import serve
from tests.inference.fake_engine import IMAGE, FakeEngine, predict_request


class Worker:
    """`serve` in a thread, with an engine whose roles wait for `gate`."""

    def __init__(self) -> None:
        ours, theirs = Pipe()
        self.gate = threading.Event()
        self.wire = Wire(ours)
        engine = FakeEngine(self.gate)
        self.thread = threading.Thread(target=serve, args=(Wire(theirs), lambda: engine))
        self.thread.start()
        assert isinstance(self.wire.receive(), Ready)

    def ends(self, *numbers: int) -> dict[int, tuple[Finished, list[str]]]:
        """How each request ended, and the roles it gave before."""
        roles: dict[int, list[str]] = {number: [] for number in numbers}
        ended: dict[int, Finished] = {}
        while set(ended) != set(numbers):
            message = self.wire.receive()
            if isinstance(message, RoleResult):
                roles[message.number].append(message.role)
            if isinstance(message, Finished):
                ended[message.number] = message
        return {number: (ended[number], roles[number]) for number in numbers}


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.gate.set()
    made.wire.close()
    made.thread.join(20)
    assert not made.thread.is_alive()


def wait_for_first_role(worker: Worker) -> None:
    while not isinstance(worker.wire.receive(), RoleResult):
        pass


def test_a_newer_request_drops_the_waiting_one_and_ends_the_running_one_after_its_role(
    worker: Worker,
) -> None:
    worker.wire.send(predict_request(1))
    wait_for_first_role(worker)
    worker.wire.send(predict_request(2))
    worker.wire.send(predict_request(3))
    dropped = worker.ends(2)[2]
    assert dropped[0].superseded
    assert dropped[1] == []
    worker.gate.set()
    ends = worker.ends(1, 3)
    assert ends[1][0].superseded
    assert ends[1][1] == []  # the student, its second role, was left out
    assert not ends[3][0].superseded
    assert ends[3][1] == ["baseline", "student"]


def test_hed_waits_in_a_place_of_its_own(worker: Worker) -> None:
    worker.wire.send(predict_request(1))
    wait_for_first_role(worker)
    for number in (2, 3):
        worker.wire.send(EdgesRequest(number, IMAGE))
    assert worker.ends(2)[2][0].superseded
    worker.gate.set()
    ends = worker.ends(1, 3)
    assert not ends[1][0].superseded
    assert not ends[3][0].superseded


def test_cancel_ends_what_runs_and_what_waits(worker: Worker) -> None:
    worker.wire.send(predict_request(1, weights="until cancelled"))
    worker.wire.receive()
    worker.wire.send(EdgesRequest(2, IMAGE))
    worker.wire.send(CancelRequest(2))
    worker.gate.set()
    ends = worker.ends(1, 2)
    assert ends[1][0].superseded
    assert ends[2][0].superseded
