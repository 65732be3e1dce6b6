"""Long jobs: news, rest, end; on a thread and in a process of their own."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from sefd_viewer.errors import SefdError
from sefd_viewer.jobs.background import Background, Stage, Task
from sefd_viewer.jobs.process import Child, InProcess, enter
from sefd_viewer.jobs.runner import Outcome
from tests.app.session_fakes import WhenTold

FOREVER = 10**9
WAIT_S = 120


class Owner:
    """Whoever began a job: `until` hands on what the job posted until something is there."""

    def __init__(self, executor: WhenTold | None = None) -> None:
        self.calls: queue.Queue[Callable[[], None]] = queue.Queue()
        self.news: list[Any] = []
        self.ends: list[Outcome[Any]] = []
        self.job = Background(self.calls.put, news=self.news.append, done=self.ends.append, executor=executor)

    def until(self, there: Callable[[], Any]) -> None:
        while not there():
            self.calls.get(timeout=WAIT_S)()

    def all(self) -> None:
        while not self.calls.empty():
            self.calls.get()()


@pytest.fixture
def owner() -> Iterator[Owner]:
    made = Owner()
    yield made
    made.job.close()


def in_process(target: str, order: Any) -> InProcess:
    return InProcess(f"tests.app.job_targets:{target}", order, "It ended")


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_news_are_heard_in_order_and_then_the_end() -> None:
    executor = WhenTold()
    owner = Owner(executor)

    def work(task: Task) -> str:
        task.stage("Looking", 1, 2)
        task.stage("Looking", 2, 2)
        return "found"

    owner.job.start(work)
    assert owner.job.busy
    executor.run_all()
    owner.all()
    assert owner.news == [Stage("Looking", 0.5), Stage("Looking", 1.0)]
    assert [one.value for one in owner.ends] == ["found"]
    assert not owner.job.busy


def test_late_words_of_a_job_that_was_dropped_are_not_heard() -> None:
    executor = WhenTold()
    owner = Owner(executor)
    owner.job.start(lambda task: task.tell("late"))
    executor.run_all()
    owner.job.drop()
    owner.all()
    assert (owner.news, owner.ends) == ([], [])


def test_who_was_stopped_does_not_go_on() -> None:
    task = Task(lambda _news: None)
    for control in ("pause", "go", "stop", "go", "pause"):
        task.lead(control)  # type: ignore[arg-type]
    assert task.stopped


def test_a_job_fetches_what_the_owner_has_now_and_later(owner: Owner) -> None:
    later: Future[str] = Future()
    owner.job.start(lambda task: (task.fetch(threading.current_thread), task.fetch(lambda: later)))
    owner.calls.get(timeout=WAIT_S)()
    owner.calls.get(timeout=WAIT_S)()
    later.set_result("later")
    owner.until(lambda: owner.ends)
    assert owner.ends[0].value == (threading.current_thread(), "later")


def test_a_job_hears_why_what_it_waits_for_does_not_come(owner: Owner) -> None:
    later: Future[str] = Future()
    owner.job.start(lambda task: task.fetch(lambda: later))
    owner.calls.get(timeout=WAIT_S)()
    later.set_exception(SefdError("the set was closed", remedy="Open it"))
    owner.until(lambda: owner.ends)
    assert "the set was closed" in owner.ends[0].problem


def test_a_job_that_waits_for_its_owner_can_be_stopped(owner: Owner) -> None:
    owner.job.start(lambda task: task.fetch(Future))
    owner.calls.get(timeout=WAIT_S)()
    owner.job.stop()
    owner.until(lambda: owner.ends)
    assert (owner.ends[0].value, owner.ends[0].problem) == (None, None)


def test_a_process_tells_and_its_value_comes_back(owner: Owner) -> None:
    owner.job.start(in_process("count", 3))
    owner.until(lambda: owner.ends)
    assert owner.news[1:] == [1, 2, 3]
    assert owner.ends[0].value == 3
    assert is_gone(owner.news[0])


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts open files as Linux does")
def test_no_pipe_stays_open_for_a_process_that_has_ended() -> None:
    count = "tests.app.job_targets:count"
    Child(enter, count, 1, name="first").reap()  # multiprocessing's own tracker stays
    before = len(os.listdir("/proc/self/fd"))
    known = [Child(enter, count, 1, name="another") for _ in range(2)]
    assert [one.reap() for one in known] == [0, 0]
    known[0].kill()
    assert len(os.listdir("/proc/self/fd")) == before
    assert all(is_gone(one.pid) for one in known if one.pid)


def test_a_process_that_is_stopped_gives_what_it_has(owner: Owner) -> None:
    owner.job.start(in_process("count", FOREVER))
    owner.until(lambda: len(owner.news) > 1)
    owner.job.pause(True)
    assert owner.job.paused
    owner.job.stop()
    owner.until(lambda: owner.ends)
    assert 0 < owner.ends[0].value < FOREVER


@pytest.mark.parametrize(("target", "words"), [("refuse", "a.jpg: it is torn"), ("die", "It ended")])
def test_what_ends_a_process_is_said(owner: Owner, target: str, words: str) -> None:
    owner.job.start(in_process(target, "it is torn"))
    owner.until(lambda: owner.ends)
    assert owner.ends[0].problem == words


def test_nothing_is_left_of_a_process_that_is_closed(owner: Owner) -> None:
    owner.job.start(in_process("count", FOREVER))
    owner.until(lambda: owner.news)
    owner.job.close()
    assert is_gone(owner.news[0])
    heard = len(owner.news)
    owner.all()
    assert (len(owner.news), owner.ends) == (heard, [])
