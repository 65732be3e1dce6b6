"""Keys: what is computed, told by its inputs; equal keys are computed once, on other threads."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import fields, replace
from functools import cache, partial
from heapq import heapify, heapreplace
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar

from sefd_viewer.app.cache import LruCache, held_bytes, now
from sefd_viewer.jobs.runner import Outcome, Post, Runner

if TYPE_CHECKING:
    from concurrent.futures import Executor

T = TypeVar("T")
MOST_BYTES = 100_000_000
"""What all values together may hold, their inputs included; what is in use stays however much it is."""
ROOM = 0.9
"""The share of it that is left when the oldest are forgotten."""
_BYTES = attrgetter("bytes")
_HASH = "_hash"
_log = logging.getLogger(__name__)


def _hash_once(key: Any) -> int:
    """The hash of a key's compared fields, which may be large, worked out when it is first asked for."""
    known: int | None = vars(key).get(_HASH)
    if known is None:
        kind: Any = type(key)
        known = vars(key)[_HASH] = hash(tuple([getattr(key, name) for name in _compared(kind)]))
    return known


@cache
def _compared(kind: Any) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind) if (one.compare if one.hash is None else one.hash))


class _Measured(NamedTuple):
    """A value and how large it is, found out on the thread that computed it."""

    value: Any
    bytes: int


def _measured(key: Key[Any]) -> Any:
    value = key.work()
    return value if key.brings else _Measured(value, held_bytes((key.remembered, value)))


class Key(Generic[T]):
    """One thing that can be computed; each kind is a frozen dataclass that inherits from this.

    The compared fields are the inputs: values, or frozen objects that are compared by identity (a Scene, a
    Stage, a table). `work` makes the value on some thread, from these inputs alone.
    """

    title: ClassVar[str] = ""
    """What goes on while it is computed, for the status line: "Computing Canny edges"."""
    kept: ClassVar[int] = 8
    """How many values of this kind are remembered."""
    quiet: ClassVar[bool] = False
    """Nobody waits for it: it begins later than what is seen, and is not told."""
    soon: ClassVar[bool] = False
    """Though quiet it begins at once, and the window looks again when it is there: a next frame."""

    awaited: ClassVar[bool] = False
    """A photo counts as drawn once no such value is on its way."""
    together: ClassVar[str] = ""
    """Values with the same word here that are wanted at once are shown at once: one look for all of them."""
    brings: ClassVar[bool] = False
    """Its value maps other keys to their outcomes, which are known from then on.

    It begins when all that is seen is there, and what it is `about` is not worked out beside it.
    """

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        if "__hash__" not in vars(cls):
            cls.__hash__ = _hash_once  # type: ignore[method-assign,assignment]  # dataclass leaves it

    def __getstate__(self) -> dict[str, Any]:
        """All but the hash, which is another one in another process."""
        return {name: value for name, value in vars(self).items() if name != _HASH}

    def work(self) -> T:
        """Compute the value; a SefdError becomes words where the value would be shown."""
        raise NotImplementedError

    @property
    def slot(self) -> Any:
        """Of the keys wanted in one slot only the newest is computed; slots run side by side.

        It is the kind, or a tuple that begins with the kind where several of a kind are wanted at once.
        """
        return type(self)

    def room(self, _value: T | None) -> int:
        """How many values of its kind are remembered with this one: `kept`, unless the key knows better."""
        return self.kept

    @property
    def remembered(self) -> Key[T]:
        """An equal key without what only `work` needs."""
        return self

    @property
    def about(self) -> Hashable:
        """What it is about (a scene, a run): `Computed.newest` tells apart by this."""
        return None


class Computed:
    """The values of keys: asked for by `want`, there (or not yet) in `get`. It lives on the owner's thread.

    `changed` is called after each answer; `version` is another number whenever something else is known, and
    `versions` has another object for a kind whenever something else of it is known.
    """

    version = 0

    def __init__(
        self, executor: Executor, post: Post, changed: Callable[[], None], *, calm_s: float = 0.0
    ) -> None:
        self._runner = Runner(executor, post, self._take, calm_s=calm_s)
        self._changed = changed
        self._kept: dict[type[Key[Any]], LruCache[Outcome[Any]]] = {}
        self._newest: dict[type[Key[Any]], LruCache[Outcome[Any]]] = {}
        self._wanted: dict[Hashable, Key[Any]] = {}
        self._there: dict[int, tuple[Key[Any], Hashable]] = {}
        self._missing: set[Key[Any]] = set()
        self._ahead: list[Key[Any]] = []
        self._brought: dict[Key[Any], tuple[Key[Any], ...]] = {}
        self.versions: dict[type[Key[Any]], object] = {}

    @property
    def running(self) -> tuple[str, ...]:
        """What goes on, in words, longest first."""
        return tuple(getattr(kind, "title", "") or "Computing" for kind in self._kinds_running())

    @property
    def drawing(self) -> bool:
        """Whether anything goes on without which the photo in view is not drawn."""
        return any(getattr(kind, "awaited", False) for kind in self._kinds_running())

    def _kinds_running(self) -> list[Any]:
        return [slot[0] if isinstance(slot, tuple) else slot for slot in self._runner.running]

    @property
    def waiting(self) -> int:
        """How many keys wait for others in their slots."""
        return self._runner.waiting

    def get(self, key: Key[T]) -> Outcome[T] | None:
        """The outcome of a key, None while there is none."""
        kept = self._kept.get(type(key))
        return None if kept is None else kept.get(key)

    def value(self, key: Key[T] | None) -> T | None:
        """The value of a key, None while there is none, after a failure, and of no key."""
        outcome = None if key is None else self.get(key)
        return None if outcome is None else outcome.value

    def newest(self, kind: type[Key[T]], about: Hashable = None) -> Outcome[T] | None:
        """What was computed last of a kind about one thing: shown until what is wanted now is there."""
        newest = self._newest.get(kind)
        return None if newest is None else newest.get(about)

    def want(self, keys: Iterable[Key[Any] | None]) -> None:
        """See to it that these keys are computed; what waits and is wanted no more is dropped."""
        before, there = self._wanted, self._there
        self._wanted, self._there = {}, {}
        self._missing.clear()
        ahead = list[Key[Any]]()
        for key in keys:
            if key is None:
                continue
            known = there.get(id(key))
            if key.brings:
                ahead.append(key)
            elif known is not None:  # the same key as before, whose value was there
                self._there[id(key)] = known
                self._wanted[known[1]] = key
            else:
                self._want(key, before)
        self._ahead, seen = ahead, all(key.quiet for key in self._missing)
        self._brought = {key: self._brought[key] for key in ahead if key in self._brought}
        for key in ahead:
            if seen or self.get(key) is not None:
                self._want(key, before)
            else:
                self._wanted[key.slot] = key
        for slot in before.keys() - self._wanted.keys():
            self._runner.forget(slot)

    def awaits(self, about: Hashable) -> bool:
        """Want only what brings all `about` this, where it is at work already; False where nothing is."""
        for slot, key in self._runner.at_work.items():
            if about is not None and isinstance(key, Key) and key.brings and key.about == about:
                self.want([key])
                self._runner.hasten(slot)
                return True
        return False

    def still_wants(self, key: Key[Any]) -> bool:
        """Whether what a key brings is wanted still; it may be asked on any thread."""
        return key in self._ahead

    def recall(self, keys: Iterable[Key[Any] | None]) -> bool:
        """Let what is known of these be the newest of its kind; whether that is news: nothing is begun."""
        version = self.version
        for key in keys:
            if key is not None and id(key) not in self._there:
                outcome = self.get(key)
                if outcome is not None and self._wanted.get(key.slot) != key:
                    self._is_newest(key, outcome)
        return self.version != version

    def _want(self, key: Key[Any], before: Mapping[Hashable, Key[Any]]) -> None:
        slot, outcome = key.slot, self.get(key)
        self._wanted[slot] = key
        if outcome is None:
            self._missing.add(key)
            self._runner.want(slot, key, partial(_measured, key), quiet=key.quiet, soon=key.soon)
            return
        self._runner.forget(slot)
        self._there[id(key)] = key, slot
        if before.get(slot) != key:
            self._is_newest(key, outcome)

    def put(self, key: Key[T], value: T) -> None:
        """Know a value without computing it (it came from a file or from another process)."""
        self._remember(key, Outcome(key, value))

    def forget(self, kind: type[Key[Any]]) -> None:
        """Compute what is wanted of a kind again."""
        self._changes(kind)
        self._there.clear()
        self._kept.pop(kind, None)

    def clear(self) -> None:
        """Forget all: another data set was opened."""
        kinds = {*self._kept, *self._newest}
        self._kept.clear()
        self._newest.clear()
        self._there.clear()
        for kind in kinds:
            self._changes(kind)

    def forget_failures(self) -> None:
        """Try again what failed."""
        for kind, kept in tuple(self._kept.items()):
            if any(outcome.problem is not None for outcome in kept.values()):
                self.forget(kind)

    def empty(self, *kinds: type[Key[Any]]) -> None:
        """Forget what is remembered of some kinds beside what is wanted now."""
        wanted = set(self._wanted.values())
        for kind in kinds:
            if kind in self._kept:
                self._kept[kind].keep_only(wanted)
                self._changes(kind)

    def stop(self) -> None:
        """Drop what waits."""
        for slot in self._wanted:
            self._runner.forget(slot)

    def close(self) -> None:
        """Report nothing any more."""
        self._runner.close()

    def _take(self, _slot: Hashable, outcome: Outcome[Any]) -> None:
        if outcome.detail is not None:
            _log.error("%r: %s", type(outcome.key).__name__, outcome.detail)
        key: Any = outcome.key
        bytes: int | None = None
        if isinstance(outcome.value, _Measured):
            bytes, outcome = outcome.value.bytes, replace(outcome, value=outcome.value.value)
        gave_way = key.quiet and outcome.value is None and outcome.problem is None
        if key.brings:  # nothing that is shown depends on it yet
            for brought, found in (outcome.value or {}).items():
                self._keep(brought, found)
            if outcome.value and key in self._ahead:
                self._brought[key.remembered] = tuple(outcome.value)
            outcome = Outcome(key, {}, outcome.problem)
        if not gave_way:
            self._remember(key.remembered, replace(outcome, key=key.remembered), bytes)
        if (key.soon or not key.brings) and not self._others_come(key):
            self._changed()

    def _others_come(self, key: Key[Any]) -> bool:
        """Whether others that are shown together with a wanted key are still on their way."""
        if not key.together or key not in self._missing:
            return False
        self._missing.discard(key)
        return any(other.together == key.together for other in self._missing)

    def _remember(self, key: Key[Any], outcome: Outcome[Any], bytes: int | None = None) -> None:
        self._keep(key, outcome, bytes)
        self._is_newest(key, outcome)

    def _keep(self, key: Key[Any], outcome: Outcome[Any], bytes: int | None = None) -> None:
        room = key.room(outcome.value)
        kept = self._kept.get(type(key))
        if kept is None:
            kept = self._kept[type(key)] = LruCache(room, math.inf)
        self._use(type(key))
        forgotten = [*kept.resize(room), *kept.put(key, outcome, bytes)]
        if sum(map(_BYTES, self._kept.values())) > MOST_BYTES:
            forgotten += self._forget_oldest()
        for one in forgotten:
            self._forget_newest(one)
        self._changes(type(key))

    def _use(self, *kinds: type[Key[Any]]) -> None:
        """What is wanted, or will be next, is used, though nobody may have looked at it for long."""
        for key in chain(self._wanted.values(), *self._brought.values()):
            if type(key) in kinds:
                self.get(key)

    def _forget_oldest(self) -> list[Outcome[Any]]:
        """Make some room at once, that it need not be made with every value."""
        forgotten, in_use_since = [], now()
        self._use(*self._kept)
        oldest = [(one.oldest_use, place, one) for place, one in enumerate(self._kept.values())]
        heapify(oldest)
        too_much = sum(map(_BYTES, self._kept.values())) - ROOM * MOST_BYTES
        while too_much > 0 and oldest[0][0] < in_use_since:
            _, place, kept = oldest[0]
            before = kept.bytes
            forgotten.append(kept.pop_oldest())
            too_much -= before - kept.bytes
            heapreplace(oldest, (kept.oldest_use, place, kept))
        return forgotten

    def _changes(self, kind: type[Key[Any]]) -> None:
        self.version += 1
        self.versions[kind] = object()

    def _forget_newest(self, outcome: Outcome[Any]) -> None:
        key: Any = outcome.key
        newest = self._newest.get(type(key))
        if newest is not None and newest.get(key.about) is outcome:
            newest.drop(key.about)
            self._changes(type(key))

    def _is_newest(self, key: Key[Any], outcome: Outcome[Any]) -> None:
        newest = self._newest.get(type(key))
        if newest is None:
            newest = self._newest[type(key)] = LruCache(key.kept)
        if newest.get(key.about) is not outcome:
            self._changes(type(key))
            newest.put(key.about, outcome)


class NothingComputed(Computed):
    """Before there is an application nothing is computed, and nothing can be asked for."""

    def __init__(self) -> None:
        self._kept, self._newest, self.versions = {}, {}, {}
