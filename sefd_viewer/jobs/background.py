"""Long jobs, one at a time: they tell how far they are, rest, and end when they are asked to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future, wait
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from sefd_viewer.jobs.runner import Outcome, Post, StoppedError, attempt

Control = Literal["go", "pause", "stop", "end"]
"""What the owner wants: "stop" keeps what was found so far, after "end" nobody listens any more."""
TELL_S = 0.1
_END_S = 5.0
_ENDS = ("stop", "end")


@dataclass(frozen=True)
class Stage:
    """What goes on, in words, and the share (0..1) of it that is done; None: unknown."""

    words: str
    share: float | None = None


class Task:
    """What a job tells and asks: news for its owner, and whether to go on. Its methods fit any thread.

    `post` brings a call to the owner's thread; without one that is the job's own.
    """

    def __init__(self, say: Callable[[Any], None], post: Post = lambda call: call()) -> None:
        self._say, self._told, self._post = say, -TELL_S, post
        self._changed = threading.Condition()
        self._asked: Future[Any] = Future()
        self._followers: list[Callable[[Control], None]] = []
        self.control: Control = "go"

    def lead(self, control: Control) -> None:
        """Say what the owner wants; who was stopped does not go on."""
        with self._changed:
            if self.control != "end" and (self.control != "stop" or control == "end"):
                self.control = control
            followers = tuple(self._followers)
            if self.control in _ENDS:
                self._asked.cancel()
            self._changed.notify_all()
        for follow in followers:
            follow(self.control)

    def follow(self, follower: Callable[[Control], None]) -> None:
        """Call `follower` with what is asked of the job now, and whenever that changes."""
        with self._changed:
            self._followers.append(follower)
            control = self.control
        follower(control)

    @property
    def stopped(self) -> bool:
        """Whether to end; waits here while the job is to rest."""
        with self._changed:
            self._changed.wait_for(lambda: self.control != "pause")
            return self.control != "go"

    def ask(self) -> None:
        """Go on, or raise StoppedError."""
        if self.stopped:
            raise StoppedError

    def fetch(self, call: Callable[[], Any]) -> Any:
        """What a call gives on the owner's thread, where widgets live, waited for. Raises StoppedError.

        It may give a Future, for a value that the owner has later.
        """
        with self._changed:
            if self.control in _ENDS:
                raise StoppedError
            self._asked = asked = Future[Any]()
        self._post(partial(_answer, asked, call))
        try:
            return asked.result()
        except CancelledError:
            raise StoppedError from None

    @property
    def due(self) -> bool:
        """Whether the last news are so old that some may be told: ten times a second are enough."""
        return time.perf_counter() > self._told + TELL_S

    def tell(self, news: Any) -> None:
        """Bring news to the owner."""
        self._told = time.perf_counter()
        self._say(news)

    def stage(self, words: str, done: int = 0, total: int = 0) -> None:
        """Tell a Stage where it is due, and at the end of it. Raises StoppedError."""
        self.ask()
        if self.due or done == total:
            self.tell(Stage(words, done / total if total else None))


Work = Callable[[Task], Any]


class Background:
    """One long job at a time; `news` and `done` are called on the owner's thread, for the newest job alone.

    It runs on `executor`, without one on a thread of its own. `done` gets the outcome: the value, or why
    there is none; neither where the job gave up because it was stopped. All methods belong to the owner's
    thread.
    """

    def __init__(
        self,
        post: Post,
        *,
        news: Callable[[Any], None],
        done: Callable[[Outcome[Any]], None],
        executor: Executor | None = None,
    ) -> None:
        self._post, self._news, self._done = post, news, done
        self._executor = executor or _OwnThread()
        self._task: Task | None = None
        self._future: Future[Any] | None = None

    @property
    def busy(self) -> bool:
        """Whether a job goes on."""
        return self._task is not None

    @property
    def paused(self) -> bool:
        """Whether the job rests."""
        return self._task is not None and self._task.control == "pause"

    def start(self, work: Work, key: Any = None) -> None:
        """Begin; a job that goes on ends unheard."""
        self.drop()
        self._task = task = Task(lambda news: self._post(partial(self._take_news, task, news)), self._post)
        self._future = self._executor.submit(attempt, key, partial(work, task))
        self._future.add_done_callback(lambda future: self._post(partial(self._take, task, future)))

    def pause(self, on: bool) -> None:
        """Let the job rest, or go on."""
        if self._task is not None:
            self._task.lead("pause" if on else "go")

    def stop(self) -> None:
        """Have the job end soon; what it found so far is still told."""
        if self._task is not None:
            self._task.lead("stop")

    def drop(self) -> None:
        """Have the job end soon, unheard."""
        if self._task is not None:
            self._task.lead("end")
            self._task = None

    def close(self) -> None:
        """The same, and wait for a thread of its own to end."""
        self.drop()
        if self._future is not None and isinstance(self._executor, _OwnThread):
            wait([self._future], _END_S)

    def _take_news(self, task: Task, news: Any) -> None:
        if task is self._task:
            self._news(news)

    def _take(self, task: Task, future: Future[Outcome[Any]]) -> None:
        if task is self._task:
            self._task = None
            if not future.cancelled():
                self._done(future.result())


def _answer(asked: Future[Any], call: Callable[[], Any]) -> None:
    """Fill `asked` with what the call gives, unless nobody waits any more."""
    if asked.cancelled():
        return
    try:
        given = call()
    except Exception as error:
        asked.set_exception(error)
        return
    if isinstance(given, Future):
        given.add_done_callback(partial(_hand_on, asked))
    else:
        asked.set_result(given)


def _hand_on(asked: Future[Any], done: Future[Any]) -> None:
    """Give on what a Future has, or why it has nothing."""
    if asked.cancelled():
        return
    error = done.exception()
    if error is None:
        asked.set_result(done.result())
    else:
        asked.set_exception(error)


class _OwnThread(Executor):
    """A thread for each job: it lasts long, and no other job should wait for it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()

        def run() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=run, name="background", daemon=True).start()
        return future
