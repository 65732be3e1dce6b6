"""Keys are computed once, only while they are wanted, and the newest of a slot wins."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pytest

from sefd_viewer.app.keys import MOST_BYTES, Computed, Key, NothingComputed
from sefd_viewer.errors import ImageError
from sefd_viewer.jobs.runner import Outcome, attempt
from tests.app.session_fakes import WhenTold


@dataclass(frozen=True)
class Doubled(Key[int]):
    number: int
    runs: list[int] = field(default_factory=list, compare=False)

    def work(self) -> int:
        self.runs.append(self.number)
        if self.number < 0:
            raise ImageError("it is negative", where=str(self.number), remedy="Take another one")
        return 2 * self.number

    @property
    def about(self) -> str:
        return "odd" if self.number % 2 else "even"


@dataclass(frozen=True)
class Pane(Doubled):
    """Many of them are computed side by side."""

    together: ClassVar[str] = "panes"

    @property
    def slot(self) -> tuple[type, int]:
        return Pane, self.number


@pytest.fixture
def executor() -> WhenTold:
    return WhenTold()


@pytest.fixture
def computed(executor: WhenTold) -> Computed:
    return Computed(executor, lambda call: call(), lambda: None)


def test_equal_keys_are_computed_once(computed: Computed, executor: WhenTold):
    runs: list[int] = []
    for _ in range(3):
        computed.want([Doubled(4, runs), None])
        executor.run_all()
    assert computed.value(Doubled(4)) == 8
    assert runs == [4]


def test_of_the_keys_wanted_meanwhile_only_the_newest_is_computed(computed: Computed, executor: WhenTold):
    runs: list[int] = []
    for number in (1, 2, 3):
        computed.want([Doubled(number, runs)])
    assert computed.waiting == 1
    executor.run_all()
    assert runs == [1, 3]


def test_what_waits_and_is_wanted_no_more_is_dropped(computed: Computed, executor: WhenTold):
    runs: list[int] = []
    computed.want([Doubled(1, runs)])
    computed.want([Doubled(2, runs)])
    computed.want([])
    executor.run_all()
    assert runs == [1]


def test_the_newest_value_about_a_thing_is_shown_until_the_next_is_there(
    computed: Computed, executor: WhenTold
):
    computed.want([Doubled(2)])
    executor.run_all()
    computed.want([Doubled(4)])
    newest = computed.newest(Doubled, "even")
    assert newest is not None
    assert newest.value == 4
    assert computed.newest(Doubled, "odd") is None
    assert computed.value(Doubled(4)) is None


def test_what_is_known_becomes_the_newest_before_anything_is_begun(computed: Computed, executor: WhenTold):
    for number in (2, 4):
        computed.want([Doubled(number)])
        executor.run_all()
    runs: list[int] = []
    assert computed.recall([Doubled(2), Doubled(3, runs), None])
    assert computed.newest(Doubled, "even").value == 4
    assert not computed.recall([Doubled(2)])
    executor.run_all()
    assert runs == []


def test_values_that_belong_together_are_told_at_once_and_stale_ones_alone(executor: WhenTold):
    told: list[str] = []
    computed = Computed(executor, lambda call: call(), lambda: told.append("look"))
    computed.want([Pane(1), Pane(2), Doubled(4)])
    executor.run_next()
    assert told == []
    executor.run_all()
    assert told == ["look", "look"]  # for the panes, and for what does not belong to them
    computed.want([Pane(3), Pane(4)])
    computed.want([Pane(5)])
    executor.run_next()
    assert len(told) == 3  # nobody waits for the others any more


def test_a_failure_is_words_until_it_is_tried_again(computed: Computed, executor: WhenTold):
    runs: list[int] = []
    for _ in range(2):
        computed.want([Doubled(-1, runs)])
        executor.run_all()
    outcome = computed.get(Doubled(-1))
    assert outcome is not None
    assert outcome.problem == "-1: it is negative. Take another one"
    assert runs == [-1]
    computed.forget_failures()
    computed.want([Doubled(-1, runs)])
    executor.run_all()
    assert runs == [-1, -1]


def test_before_there_is_an_application_nothing_is_known():
    assert NothingComputed().value(Doubled(1)) is None
    assert NothingComputed().newest(Doubled) is None


def test_a_key_may_say_how_much_room_its_kind_has(computed: Computed):
    @dataclass(frozen=True)
    class Roomy(Key[int]):
        number: int
        others: int = field(default=2, compare=False)

        def room(self, _value: int | None) -> int:
            return self.others

    for number in range(4):
        computed.put(Roomy(number), number)
    assert [computed.value(Roomy(number)) for number in range(4)] == [None, None, 2, 3]
    computed.put(Roomy(4, others=3), 4)
    assert [computed.value(Roomy(number)) for number in range(2, 5)] == [2, 3, 4]


@dataclass(frozen=True)
class Picture(Key["np.ndarray"]):
    number: int
    photo: np.ndarray = field(compare=False, default_factory=lambda: np.zeros(30_000_000, np.uint8))

    @property
    def slot(self) -> tuple[type, int]:
        return Picture, self.number

    @property
    def about(self) -> int:
        return self.number

    def work(self) -> np.ndarray:
        return np.zeros(MOST_BYTES // 10, np.uint8)


def test_photos_that_were_left_take_no_more_than_their_share_of_memory(
    computed: Computed, executor: WhenTold
):
    held: list[weakref.ref[np.ndarray]] = []
    for number in range(12):
        key = Picture(number)
        held.append(weakref.ref(key.photo))
        computed.want([Doubled(7), key])
        executor.run_all()
    del key
    alive = [number for number, photo in enumerate(held) if photo() is not None]
    assert alive == [10, 11]  # 40 MB each
    assert [computed.newest(Picture, number) is not None for number in (9, 10)] == [False, True]
    assert computed.value(Doubled(7)) == 14  # in use all the time


def test_what_is_in_use_stays_however_much_it_is(computed: Computed, executor: WhenTold):
    shown = [Picture(number) for number in range(6)]
    for _ in range(2):
        computed.want(shown)
        executor.run_all()
    assert all(computed.value(key) is not None for key in shown)
    assert not executor.jobs


@dataclass(frozen=True)
class Soon(Key["dict[Key[int], Outcome[int]]"]):
    """What will be wanted of a number."""

    quiet: ClassVar[bool] = True
    brings: ClassVar[bool] = True
    soon: ClassVar[bool] = True
    title: ClassVar[str] = "Making it ready"
    number: int
    brought: tuple[Key[int], ...] = field(compare=False)

    @property
    def about(self) -> int:
        return self.number

    def work(self) -> dict[Key[int], Outcome[int]]:
        return {key: attempt(key, key.work) for key in self.brought}


def test_what_will_be_wanted_next_begins_when_all_that_is_seen_is_there(
    computed: Computed, executor: WhenTold
):
    runs: list[int] = []
    wanted = [Soon(4, (Doubled(4, runs),)), Doubled(1, runs)]
    computed.want(wanted)
    executor.run_all()
    assert runs == [1]
    computed.want(wanted)
    executor.run_all()
    assert runs == [1, 4]
    assert computed.value(Doubled(4)) == 8


def test_what_is_at_work_already_is_waited_for(computed: Computed, executor: WhenTold):
    runs: list[int] = []
    ahead = Soon(4, (Doubled(4, runs),))
    computed.want([ahead])
    assert computed.running == ()
    assert not computed.awaits(5)
    assert computed.awaits(4)
    assert computed.running == ("Making it ready",)
    assert computed.still_wants(ahead)
    executor.run_all()
    assert not computed.awaits(4)
    computed.want([Doubled(4, runs)])
    executor.run_all()
    assert runs == [4]
    assert not computed.still_wants(ahead)


def test_what_will_be_next_outlives_what_was_left(computed: Computed, executor: WhenTold):
    ahead = Soon(0, (Picture(0),))
    for _ in range(2):
        computed.want([ahead, Doubled(7)])
        executor.run_all()
    for number in range(1, 6):
        computed.want([ahead, Picture(number)])
        executor.run_all()
    assert [computed.get(Picture(number)) is not None for number in range(6)] == [True, *4 * [False], True]
