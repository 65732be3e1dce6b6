from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from sefd_viewer.errors import SefdError
from sefd_viewer.inference.client import InferenceClient
from sefd_viewer.inference.messages import (
    EdgesRequest,
    Failed,
    Finished,
    Message,
    Progress,
    Ready,
    RoleResult,
)
from tests.inference.fake_engine import IMAGE, OPEN_FAKE, predict_request

WAIT_S = 60


class Listener:
    """A client and what it has said."""

    def __init__(self, device: str = "auto", patience_s: float = 0.2) -> None:
        self.messages: queue.Queue[Message] = queue.Queue()
        self.client = InferenceClient(
            self.messages.put, device=device, engine=OPEN_FAKE, patience_s=patience_s
        )

    def until(self, wanted: Callable[[Message], bool]) -> list[Message]:
        heard = [self.messages.get(timeout=WAIT_S)]
        while not wanted(heard[-1]):
            heard.append(self.messages.get(timeout=WAIT_S))
        return heard

    def until_end_of(self, number: int) -> list[Message]:
        return self.until(lambda m: isinstance(m, Finished | Failed) and m.number == number)


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.client.close()
    assert not made.client.is_alive


def test_results_come_back_per_role_and_a_request_ends_once(listener: Listener) -> None:
    listener.client.submit(predict_request(1))
    heard = listener.until_end_of(1)
    assert isinstance(heard[0], Ready)
    assert [m.role for m in heard if isinstance(m, RoleResult)] == ["baseline", "student"]
    assert heard[-1] == Finished(1, heard[-1].milliseconds)


def test_the_same_image_crosses_once_and_is_still_seen(listener: Listener) -> None:
    image = np.ones((40, 50, 3), np.uint8)
    listener.client.submit(predict_request(1, image=image))
    listener.until_end_of(1)
    listener.client.submit(predict_request(2, image=image))
    listener.client.submit(EdgesRequest(3, image))
    heard = listener.until_end_of(2) + listener.until_end_of(3)
    sums = [m.done for m in heard if isinstance(m, Progress)]
    assert sums == [6000, 6000]


def test_a_killed_process_is_told_in_words_and_the_next_request_restarts_it(listener: Listener) -> None:
    listener.client.submit(predict_request(1, weights="die"))
    failed = listener.until_end_of(1)[-1]
    assert isinstance(failed, Failed)
    assert failed.what == "the inference process stopped (signal 9)"
    assert failed.remedy
    assert failed.remedy.startswith("It starts again")
    listener.client.submit(predict_request(2))
    assert isinstance(listener.until_end_of(2)[-1], Finished)


def test_a_request_that_meets_a_process_just_killed_is_answered_by_the_next_one(listener: Listener) -> None:
    listener.client.submit(predict_request(1))
    listener.until_end_of(1)
    assert listener.client.pid
    os.kill(listener.client.pid, signal.SIGSTOP)  # it is given the request, and does not begin it
    listener.client.submit(predict_request(2))
    os.kill(listener.client.pid, signal.SIGKILL)
    assert isinstance(listener.until_end_of(2)[-1], Finished)


def test_an_idle_process_that_dies_is_told_without_a_number(listener: Listener) -> None:
    listener.client.submit(predict_request(1))
    listener.until_end_of(1)
    assert listener.client.pid
    os.kill(listener.client.pid, signal.SIGKILL)
    failed = listener.until(lambda m: isinstance(m, Failed))[-1]
    assert failed.number is None


def test_what_is_asked_while_an_idle_process_dies_is_answered_by_the_next_one(listener: Listener) -> None:
    for number in range(1, 6):
        listener.client.submit(predict_request(number))
        assert isinstance(listener.until_end_of(number)[-1], Finished)
        assert listener.client.pid
        os.kill(listener.client.pid, signal.SIGKILL)  # the next request races with the news of its end


def test_what_waits_behind_a_request_that_kills_the_process_is_answered(listener: Listener) -> None:
    listener.client.submit(predict_request(1, weights="until cancelled"))
    listener.until(lambda m: isinstance(m, Progress))
    listener.client.submit(EdgesRequest(2, IMAGE))
    pid = listener.client.pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    heard = listener.until_end_of(2)
    assert [m.number for m in heard if isinstance(m, Failed)] == [1]
    assert isinstance(heard[-1], Finished)


def test_a_request_that_no_process_lives_to_begin_fails() -> None:
    listener = Listener(device="deadly")
    listener.client.submit(predict_request(1))
    heard = listener.until_end_of(1)
    listener.client.close()
    assert [m.number for m in heard if isinstance(m, Failed)] == [1]


def test_an_error_with_words_ends_its_request_alone(listener: Listener) -> None:
    listener.client.submit(predict_request(1, weights="raise"))
    failed = listener.until_end_of(1)[-1]
    assert (failed.what, failed.where, failed.remedy) == (
        "this file is empty",
        "x.safetensors",
        "Get it again",
    )
    assert "WeightsError" in failed.detail
    pid = listener.client.pid
    listener.client.submit(predict_request(2))
    listener.until_end_of(2)
    assert listener.client.pid == pid


def test_an_engine_that_cannot_open_fails_the_request_with_its_own_words() -> None:
    listener = Listener(device="broken")
    listener.client.submit(predict_request(1))
    failed = listener.until_end_of(1)[-1]
    listener.client.close()
    assert "cannot be loaded" in failed.what


def test_cancel_ends_a_stage_that_asks(listener: Listener) -> None:
    listener.client.submit(predict_request(1, weights="until cancelled"))
    listener.until(lambda m: isinstance(m, Progress))
    pid = listener.client.pid
    listener.client.cancel()
    assert listener.until_end_of(1)[-1].superseded
    assert listener.client.pid == pid


def test_cancel_kills_a_stage_that_hangs_and_keeps_what_came_later(listener: Listener) -> None:
    listener.client.submit(predict_request(1, weights="hang"))
    listener.until(lambda m: isinstance(m, Progress))
    pid = listener.client.pid
    listener.client.cancel()
    listener.client.submit(predict_request(2))
    heard = listener.until_end_of(2)
    assert Finished(1, 0.0, superseded=True) in heard
    assert listener.client.pid != pid


def test_close_ends_a_hanging_process_and_later_requests_are_refused(listener: Listener) -> None:
    listener.client.submit(predict_request(1, weights="hang"))
    listener.until(lambda m: isinstance(m, Progress))
    listener.client.close()
    listener.client.close()
    assert listener.messages.empty()
    with pytest.raises(SefdError, match="closed"):
        listener.client.submit(predict_request(2))


def test_close_does_not_wait_for_a_process_that_reads_no_more(listener: Listener) -> None:
    listener.client.submit(predict_request(1))
    listener.until_end_of(1)
    assert listener.client.pid
    os.kill(listener.client.pid, signal.SIGSTOP)
    listener.client.submit(predict_request(2, image=np.zeros((2000, 2000, 3), np.uint8)))
    listener.client.close()
    assert not listener.client.is_alive


def test_close_of_a_client_that_never_started() -> None:
    Listener().client.close()


def test_a_callback_that_raises_does_not_stop_the_client(caplog: pytest.LogCaptureFixture) -> None:
    ended = threading.Event()

    def listen(message: Message) -> None:
        if isinstance(message, Finished):
            ended.set()
        raise ValueError("the window has a fault")

    client = InferenceClient(listen, engine=OPEN_FAKE)
    client.submit(predict_request(1))
    assert ended.wait(WAIT_S)
    client.close()
    assert "could not be handled" in caplog.text


def test_the_process_knows_no_qt_and_no_torch_until_it_is_asked(listener: Listener) -> None:
    listener.client.submit(predict_request(1, weights="modules"))
    heard = [m for m in listener.until_end_of(1) if isinstance(m, Progress)]
    modules = heard[-1].stage.split()
    assert "sefd_viewer.inference.worker" in modules
    assert not [name for name in modules if name.startswith(("PySide6", "torch", "vtk", "pytest"))]


_SCRIPT = """
import threading
print("the program starts", flush=True)
from sefd_viewer.inference.client import InferenceClient
from sefd_viewer.inference.messages import Finished
from tests.inference.fake_engine import OPEN_FAKE, predict_request
ended = threading.Event()
client = InferenceClient(lambda m: ended.set() if isinstance(m, Finished) else None, engine=OPEN_FAKE)
client.submit(predict_request(1))
print("answered" if ended.wait(60) else "no answer", flush=True)
client.close()
"""


def test_a_program_without_a_main_guard_is_not_started_again(tmp_path) -> None:
    script = tmp_path / "program.py"
    script.write_text(_SCRIPT)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.split("\n") == ["the program starts", "answered", ""], done.stderr
