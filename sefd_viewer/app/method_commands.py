"""Methods that are commands: run when somebody says so and never otherwise; what they wrote is kept.

A session names commands, and opening one runs none: what a command wrote earlier about the same pictures is
read again, else the panes say that it did not run.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import deque
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from sefd_viewer.app.cache import file_stamp
from sefd_viewer.app.frame import Words
from sefd_viewer.app.keys import Key
from sefd_viewer.app.memo import look
from sefd_viewer.app.methods import CHOICE, MethodInfo
from sefd_viewer.app.slices import Slice
from sefd_viewer.jobs.background import Background, Stage, Task

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.controller import Controller
    from sefd_viewer.datasets.records import Dataset, Record
    from sefd_viewer.evaluation.runs.methods import Method
    from sefd_viewer.evaluation.runs.pose_sources import FindPoses
    from sefd_viewer.geometry.joints import Pose2D
    from sefd_viewer.jobs.runner import Outcome

Scope = Literal["photo", "some", "all"]
SOME = 50
"""Photos of the scope "some", from the one in view on."""
LINES = 400
"""Lines of a command's output that are shown, the last ones."""
_SHARE = re.compile(r"\b(\d+)\s*/\s*(\d+)\b|(?<![\d.])(\d{1,3}(?:\.\d+)?)\s*%")
"""How programs say how far they are: 12/100, 35 %."""


@dataclass(frozen=True)
class CommandRun:
    """How a method's `command` stands: what goes on in `words`, the `share` (0..1) of it that is done.

    `lines` are what it printed, `problem` is why it failed, `written` is what it wrote here, once for each
    time that it ran.
    """

    command: str = ""
    busy: bool = False
    words: str = ""
    share: float | None = None
    lines: tuple[str, ...] = ()
    problem: str = ""
    written: tuple[Method, ...] = ()


COMMAND_RUNS: Slice[Mapping[str, CommandRun]] = Slice("commands", {})
"""How commands stand, by method."""


def run_of(info: MethodInfo, content: Content) -> CommandRun:
    """How a method's command stands; a command that was changed has not run."""
    run = COMMAND_RUNS.of(content).get(info.id, CommandRun())
    return run if run.command == info.source else CommandRun(info.source)


@dataclass(frozen=True)
class KeptByCommand(Key["tuple[Method, ...]"]):
    """What a command wrote about this set when it ran earlier, perhaps in another window."""

    title: ClassVar[str] = "Looking for what a command wrote"
    kept: ClassVar[int] = 32
    method: str
    command: str
    dataset: Dataset

    @property
    def slot(self) -> Hashable:
        """Commands side by side."""
        return KeptByCommand, self.method

    def work(self) -> tuple[Method, ...]:
        """Look into the cache."""
        from sefd_viewer.evaluation.runs.external import found_again
        from sefd_viewer.evaluation.runs.methods import Method

        method = Method(self.method, command=self.command)
        return found_again(method, folder_of(self.dataset), self.dataset)


def kept_key(info: MethodInfo, content: Content) -> KeptByCommand | None:
    """What looks for what a method's command wrote earlier."""
    dataset = content.dataset
    return None if dataset is None else KeptByCommand(info.id, info.source, dataset)


def written_of(info: MethodInfo, content: Content, position: int | None = None) -> Method | None:
    """What a method's command wrote: of the photo at a position if it can be, over the most photos."""
    found = [*run_of(info, content).written, *(content.computed.value(kept_key(info, content)) or ())]
    there = [one for one in found if look(content, file_stamp, one.predictions) is not None]
    return max(there, key=lambda one: (covers(one, position), len(one.pictures or ())), default=None)


def covers(method: Method, position: int | None) -> bool:
    """Whether a command ran over the photo at a position."""
    return position in (method.pictures or ())


def command_words(info: MethodInfo, content: Content, position: int | None) -> Words | None:
    """Why a command brings no bodies; None where it has run over the photo in view."""
    run = run_of(info, content)
    if run.busy:
        return Words(run.words or "The command runs", run.lines[-1] if run.lines else info.source, busy=True)
    if run.problem:
        return Words("The command failed", run.problem)
    written = written_of(info, content, position)
    if written is None:
        return Words("The command has not run yet", "A right click on its name, “How it was read…”, runs it.")
    if not covers(written, position):
        return Words("It has not run on this photo", "“How it was read…” runs it on this one, or on all.")
    return None


def folder_of(dataset: Dataset) -> Path:
    """Where what commands write about a set is kept: `SEFD_VIEWER_COMMANDS`, else in the user's cache."""
    about = f"{dataset.root} {dataset.format} {dataset.name}"
    return commands_folder() / hashlib.sha256(about.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def commands_folder() -> Path:
    """Where it is kept of all sets."""
    import platformdirs

    chosen = os.environ.get("SEFD_VIEWER_COMMANDS")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_path("sefd-viewer")) / "commands"


# ---- running


@dataclass(frozen=True)
class CommandOrder:
    """What somebody asked for: a method's command over the photos at `positions`."""

    method: str
    command: str
    positions: tuple[int, ...]
    limit_s: float | None = None


@dataclass(frozen=True)
class Printed:
    """What a command printed, the last lines."""

    lines: tuple[str, ...]


class CommandService:
    """Runs commands one after the other, each in a process of its own; `run` is the only way to start one."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._job = Background(controller.surroundings.post, news=self._take, done=self._take_end)
        self._now: CommandOrder | None = None
        self._waiting: deque[CommandOrder] = deque()

    @property
    def busy(self) -> bool:
        """Whether a command runs."""
        return self._job.busy

    @property
    def settling(self) -> bool:
        """A command that runs is told as busy."""
        return False

    def run(self, method: str, scope: Scope, *, limit_s: float | None = None) -> None:
        """Run a method's command over the photo in view, those that follow, or all; anew if it ran before."""
        controller = self._controller
        info, dataset = CHOICE.of(controller.state).info(method), controller.content.dataset
        if info.kind != "command" or dataset is None or run_of(info, controller.content).busy:
            return
        here, count = controller.position(controller.state.record) or 0, len(dataset.records)
        last = {"photo": here + 1, "some": min(here + SOME, count), "all": count}[scope]
        positions = tuple(range(0 if scope == "all" else here, last))
        self._waiting.append(CommandOrder(method, info.source, positions, limit_s))
        run = run_of(info, controller.content)
        self._learn(method, replace(run, busy=True, words="Waits for another command", problem="", lines=()))
        self._next()

    def end(self, method: str) -> None:
        """End a method's command, or take it from those that wait."""
        if self._now is not None and self._now.method == method:
            self._job.stop()
        for order in [one for one in self._waiting if one.method == method]:
            self._waiting.remove(order)
            self._change(order, busy=False, words="")

    def stop(self) -> None:
        """End all of them."""
        for method in [order.method for order in self._waiting]:
            self.end(method)
        self._job.stop()

    def forget(self) -> None:
        """Another set was opened: what ran was about the old one."""
        self._waiting.clear()
        self._now = None
        self._job.drop()
        self._controller.learn(COMMAND_RUNS, {})

    def close(self) -> None:
        """End it for good."""
        self._waiting.clear()
        self._job.close()

    # ---- inside

    def _next(self) -> None:
        dataset, find_poses = self._controller.content.dataset, self._poses()
        if self._job.busy or not self._waiting or dataset is None or find_poses is None:
            return
        self._now = order = self._waiting.popleft()
        self._change(order, words="The command starts", share=None)
        self._job.start(lambda task: run_command(order, dataset, find_poses, folder_of(dataset), task))

    def _poses(self) -> FindPoses | None:
        """The 2D poses that the window starts from: of the file in use, the set's, else found."""
        content, poses = self._controller.content, self._controller.state.poses
        photos, opened = content.photos, content.opened
        if photos is None:
            return None

        def find(record: Record, _image: Any) -> dict[str, Pose2D]:
            people = photos.people(opened, record, poses, keep=False).people
            return {person.key: person.pose2d for person in people}

        return find

    def _take(self, news: Any) -> None:
        if self._now is None:
            return
        if isinstance(news, Stage):
            self._change(self._now, words=news.words, share=news.share)
        elif isinstance(news, Printed):
            share = share_in(news.lines)
            self._change(self._now, words="The command runs", lines=news.lines, share=share)

    def _take_end(self, outcome: Outcome[Method]) -> None:
        order, self._now = self._now, None
        if order is not None:
            changes: dict[str, Any] = {"busy": False, "words": "", "share": None}
            changes["problem"] = outcome.problem or ""
            if outcome.value is not None:
                written = self._run(order).written
                changes["written"] = (*(one for one in written if one != outcome.value), outcome.value)
            self._change(order, **changes)
        self._next()

    def _run(self, order: CommandOrder) -> CommandRun:
        run = COMMAND_RUNS.of(self._controller.content).get(order.method, CommandRun())
        return run if run.command == order.command else CommandRun(order.command)

    def _change(self, order: CommandOrder, **changes: Any) -> None:
        self._learn(order.method, replace(self._run(order), **changes))

    def _learn(self, method: str, run: CommandRun) -> None:
        known = COMMAND_RUNS.of(self._controller.content)
        self._controller.learn(COMMAND_RUNS, {**known, method: run})


def share_in(lines: tuple[str, ...]) -> float | None:
    """How far a command says that it is, in the last line that says so."""
    for line in reversed(lines):
        for match in reversed(list(_SHARE.finditer(line))):
            done, total, percent = match.groups()
            share = float(percent) / 100 if percent else int(done) / max(int(total), 1)
            if 0 <= share <= 1:
                return share
    return None


def run_command(
    order: CommandOrder, dataset: Dataset, find_poses: FindPoses, folder: Path, task: Task
) -> Method:
    """Run a command and tell what it prints; the method with what it wrote into `folder`.

    Raises SefdError where it fails or is ended.
    """
    from sefd_viewer.evaluation.runs.external import Commands
    from sefd_viewer.evaluation.runs.methods import Method

    lines: deque[str] = deque(maxlen=LINES)
    told: tuple[str, ...] = ()

    def tell(line: str = "") -> None:
        nonlocal told
        if line:
            lines.append(line.removeprefix(f"{order.method}: "))
        if task.due and (now := tuple(lines)) != told:
            told = now
            task.tell(Printed(now))

    def cancelled() -> bool:
        tell()  # what was printed too soon after the last news; nothing may follow it for long
        return task.stopped

    commands = Commands(
        dataset,
        order.positions,
        folder,
        find_poses,
        tell=tell,
        limit_s=order.limit_s,
        cancelled=cancelled,
        stage=task.stage,
        afresh=True,
    )
    try:
        return commands.carried_out(Method(order.method, command=order.command))
    finally:
        task.tell(Printed(tuple(lines)))
