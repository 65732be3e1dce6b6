"""What was worked out is kept, the same object, until something that was read of state or content changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from sefd_viewer.app.cache import file_stamp
from sefd_viewer.app.content import Content
from sefd_viewer.app.keys import Computed, Key
from sefd_viewer.app.memo import look, memo, plain
from sefd_viewer.app.slices import Slice
from sefd_viewer.app.state import ViewerState
from tests.app.session_fakes import AtOnce

NOTES: Slice[tuple[str, ...]] = Slice("notes of a test", ())
OTHERS: Slice[tuple[str, ...]] = Slice("other notes of a test", ())


@dataclass(frozen=True)
class Doubled(Key[int]):
    number: int

    def work(self) -> int:
        return 2 * self.number


@dataclass(frozen=True)
class Halved(Doubled):
    def work(self) -> int:
        return self.number // 2


@pytest.fixture
def content() -> Content:
    return Content(computed=Computed(AtOnce(), lambda call: call(), lambda: None))


def counted(work: Callable[..., Any]) -> tuple[Callable[..., Any], list[Any]]:
    """The function under `memo`, and what it was worked out to each time."""
    made: list[Any] = []

    def noted(*about: Any) -> Any:
        made.append(work(*about))
        return made[-1]

    return memo(noted), made


def test_a_field_that_was_not_read_changes_nothing(content: Content):
    title, made = counted(lambda state, content: [state.record, content.notice])
    state = ViewerState(record="a")
    first = title(state, content)
    assert title(replace(state, person="b"), replace(content, problem="p")) is first
    assert title(replace(state, record="b"), content) == ["b", None]
    assert title(replace(state, record="b"), replace(content, notice="n")) == ["b", "n"]
    assert len(made) == 3


def test_of_the_parts_of_features_those_count_that_were_read(content: Content):
    notes, made = counted(lambda state, _content: list(NOTES.of(state)))
    state = NOTES.put(ViewerState(), ("a",))
    assert notes(OTHERS.put(state, ("x",)), content) is notes(state, content)
    assert notes(NOTES.put(state, ("b",)), content) == ["b"]
    assert len(made) == 2


def test_values_of_keys_count_by_their_kind(content: Content):
    double, made = counted(lambda _state, content: [content.computed.value(Doubled(4))])
    state = ViewerState()
    assert double(state, content) == [None]
    content.computed.want([Halved(4)])
    assert double(state, content) == [None]
    assert len(made) == 1
    content.computed.want([Doubled(4)])
    assert double(state, content) == [8]
    content.computed.forget(Doubled)
    assert double(state, content) == [None]


def test_what_is_made_of_an_answer_is_kept_while_that_is_the_same(content: Content):
    person, asked = counted(lambda state, content: (state.person or "first") if content.problem else "nobody")
    words, made = counted(lambda state, content: [person(state, content)])
    state, first = ViewerState(), words(ViewerState(), content)
    assert words(replace(state, person="a"), content) is first
    assert words(state, replace(content, problem="p")) == ["first"]
    assert words(replace(state, person="first"), replace(content, problem="p")) == ["first"]
    assert len(asked) == 3
    assert len(made) == 2


def test_an_answer_about_another_state_is_asked_for_again_when_anything_is_known(content: Content):
    person, _ = counted(lambda state, content: f"{state.person} {content.notice}")
    both, _ = counted(lambda state, content: [person(replace(state, person=name), content) for name in "ab"])
    state = ViewerState()
    assert both(state, content) == ["a None", "b None"]
    assert both(state, replace(content, notice="n")) == ["a n", "b n"]


def test_a_file_that_was_looked_at_is_looked_at_again(content: Content, tmp_path: Path):
    file = tmp_path / "map.png"
    stamp, made = counted(lambda _state, content: [look(content, file_stamp, file)])
    state = ViewerState()
    assert stamp(state, content) == [None]
    file.write_bytes(b"repaired")
    later = replace(content)
    assert stamp(state, later) != [None]
    assert stamp(state, replace(content)) is stamp(state, later)
    assert len(made) == 2


def test_what_is_given_to_other_threads_is_the_state_itself(content: Content):
    given: list[object] = []
    memo(lambda state, content: given.extend((plain(state), plain(content))))(state := ViewerState(), content)
    assert given[0] is state
    assert given[1] is content


def test_a_failure_is_tried_again(content: Content):
    tries: list[int] = []

    @memo
    def fails(_state: ViewerState, _content: Content) -> int:
        tries.append(1)
        if len(tries) < 2:
            raise ValueError("not yet")
        return 5

    with pytest.raises(ValueError, match="not yet"):
        fails(ViewerState(), content)
    assert fails(ViewerState(), content) == 5
