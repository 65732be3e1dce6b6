"""The networks' answers on disk, as the window looks for them: away from the thread that shows things."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sefd_viewer.errors import SefdError
from sefd_viewer.jobs.runner import Outcome, Runner

if TYPE_CHECKING:
    from sefd_viewer.app.questions import Question
    from sefd_viewer.app.scene import FindBody
    from sefd_viewer.inference.kept_answers import AnswerFolders
    from sefd_viewer.inference.messages import Role, RoleResult
    from sefd_viewer.jobs.runner import Post

_SHRINK_EVERY = 500


class DiskAnswers:
    """Finds and keeps answers in `folder`, and finds those that ship; files are read on `executor`."""

    def __init__(self, folder: Path, executor: Executor, post: Post, find_body: FindBody) -> None:
        self._folder, self._find_body = folder, find_body
        self._runner = Runner(executor, post, self._take)
        self._numbers, self._kept = count(), 0

    @cached_property
    def folders(self) -> AnswerFolders:
        """Where they are; those of the shipped networks about the samples come with the program."""
        from sefd_viewer.inference.kept_answers import AnswerFolders
        from sefd_viewer.resources import resource_path

        try:
            return AnswerFolders(self._folder, (resource_path("answers"),))
        except SefdError:  # an install without samples
            return AnswerFolders(self._folder)

    def look_up(
        self, question: Question, roles: Iterable[Role], found: Callable[[Mapping[Role, RoleResult]], None]
    ) -> None:
        """Call `found` soon with what is kept of these roles' answers."""
        self._runner.want("look up", found, partial(self.find, question, tuple(roles)))

    def keep(self, question: Question, answer: RoleResult) -> None:
        """Write an answer, some time."""
        self._runner.want(("keep", next(self._numbers)), answer, partial(self._keep, question, answer))

    def _take(self, slot: Any, outcome: Outcome[Any]) -> None:
        if slot == "look up":
            found: Any = outcome.key
            found(outcome.value or {})

    def find(self, question: Question, roles: Iterable[Role]) -> dict[Role, RoleResult]:
        """What is kept of these roles' answers; reads files."""
        found = {}
        for role in roles:
            answer = self.folders.find(self._key(question, role), 0, self._find_body)
            if answer is not None:
                found[role] = answer
        return found

    def _keep(self, question: Question, answer: RoleResult) -> None:
        self.folders.keep(self._key(question, answer.role), answer)
        self._kept += 1
        if self._kept % _SHRINK_EVERY == 1:
            self.folders.shrink()

    @staticmethod
    def _key(question: Question, role: Role) -> str:
        from sefd_viewer.inference.kept_answers import picture_file, question_key

        request, path = question.request(0, (role,)), picture_file(question.scene.record)
        return question_key(request, role, image_path=path)
