"""What was worked out from a state and a content is kept until something that was read of them is another.

A function under `memo` is given stand-ins that note what it reads: fields, features' parts, kinds of keys,
answers of other functions under `memo`. The next call looks at these alone, by identity: while all are what
they were, the answer is the one of before, the same object, and what was made from that is kept as well.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from functools import cache, update_wrapper
from operator import is_
from threading import local
from typing import Any, ParamSpec, TypeVar, cast
from weakref import WeakSet

from sefd_viewer.app.cache import forgotten_with_the_set
from sefd_viewer.app.keys import Computed, Key, Outcome

T = TypeVar("T")
P = ParamSpec("P")
Read = tuple[str, Any, Any]
"""How something was read, what it was, and what was there."""
Last = tuple[Any, Any, int, list[Read], Any]
"""A call: state, content, version of what is computed, what was read, the answer."""
_NOTHING: Last = None, None, -1, [], None
_NESTED = ("inference", "trials")
"""Fields of a content of which some change while others stay."""


def equal(old: Any, new: Any) -> bool:
    """Whether two answers are one: what can be hashed (words, keys) by value, all else by identity."""
    kind = type(old)
    return old is new or (kind is type(new) and kind.__hash__ is not None and bool(old == new))


def _settled(before: Any, made: Any, alike: Callable[[Any, Any], bool]) -> Any:
    """The answer before where the new one is alike; of a list of things those that are the same stay."""
    if type(made) is tuple and type(before) is tuple and len(made) == len(before):
        both = zip(before, made, strict=True)
        kept = tuple([old if old is new or alike(old, new) else new for old, new in both])
        return before if all(map(is_, kept, before)) else kept
    return before if alike(before, made) else made


def memo(work: Callable[P, T], *, alike: Callable[[Any, Any], bool] = equal) -> Callable[P, T]:
    """Let a pure function of a content, or of state and content, work again only when what it read changed.

    An answer that is `alike` the one before is that one.
    """
    return cast("Callable[P, T]", _Memo(work, alike))


class _Memo:
    """A function, and of its last call: state, content, version of what is computed, reads and the answer.

    The last call is one value, replaced as a whole: other threads may ask, too.
    """

    def __init__(self, work: Callable[..., Any], alike: Callable[[Any, Any], bool]) -> None:
        update_wrapper(self, work)
        self._work, self._alike = work, alike
        self.forget()
        _MEMOS.add(self)

    def forget(self) -> None:
        self.last: Last = _NOTHING

    def __call__(self, *about: Any) -> Any:
        first, content = about[0], about[-1]
        asking = content._reads if isinstance(content, _Watched) else None
        state = first._whole if isinstance(first, _Watched) else first
        known = content if asking is None else content._whole
        memory, version = _APART.memory, known.computed.version
        asked, seen, at, reads, found = self.last if memory is None else memory.get(self, _NOTHING)
        if asked is not state or seen is not known or at != version:
            if seen is None or not _hold(reads, state, known):
                found = self.renew(state, known, found)
            elif memory is None:
                self.last = state, known, version, reads, found
            else:
                memory[self] = state, known, version, reads, found
        if asking is None:
            return found
        if first is content:
            asking.append(("answer about content", self, found))
        elif isinstance(first, _Watched) and first._reads is asking:
            asking.append(("answer", self, found))
        else:  # about another state than the one in view
            asking.extend((("itself", None, known), ("everything", None, known.computed.version)))
        return found

    def renew(self, state: Any, content: Any, before: Any) -> Any:
        """Work again; `before` is the last answer, which stays where the new one is alike.

        `state` is the content itself for a function of that alone.
        """
        reads: list[Read] = []
        version = content.computed.version
        kinds: tuple[Any, Any] = type(state), type(content)
        known = _stand_in(kinds[1])(content, reads, "content")
        given = (known,) if state is content else (_stand_in(kinds[0])(state, reads, "state"), known)
        found = _settled(before, self._work(*given), self._alike)
        last = state, content, version, reads, found
        if _APART.memory is None:
            self.last = last
        else:
            _APART.memory[self] = last
        return found


class _Apart(local):
    """What a thread that works apart has worked out; None in all other threads."""

    memory: dict[_Memo, Last] | None = None


_MEMOS: WeakSet[_Memo] = WeakSet()
_APART = _Apart()


@contextmanager
def apart() -> Iterator[None]:
    """Let this thread, which works out what is not in view, remember by itself, until the end."""
    _APART.memory = {}
    try:
        yield
    finally:
        _APART.memory = None


def forget_answers() -> None:
    """Hold nothing of what was worked out any more: another room is in view, another set open."""
    for one in tuple(_MEMOS):
        one.forget()


forgotten_with_the_set(forget_answers)


def look(content: Any, outside: Callable[..., T], *about: Hashable) -> T:
    """What a function says of the world outside (a file's stamp); whoever looked looks again each time."""
    now = outside(*about)
    if isinstance(content, _Watched):
        content._reads.append(("outside", (outside, about), now))
    return now


def plain(one: T) -> T:
    """A state or content itself, of which a function under `memo` has a stand-in: for other threads."""
    return cast("T", one._whole) if isinstance(one, _Watched) else one


def whole(state: T) -> T:
    """A state itself of which all counts: whoever asked for it is asked again when anything was chosen."""
    if isinstance(state, _Watched):
        known = state._whole
        state._reads.extend((state._how, one.name, getattr(known, one.name)) for one in fields(known))
    return plain(state)


def _hold(reads: list[Read], state: Any, content: Any) -> bool:  # what is asked most
    """Whether all that was read is what it was, in the order in which it was read.

    Answers among it are looked at the same way, and worked out again where they do not hold.
    """
    version, memory = content.computed.version, _APART.memory
    for how, what, then in reads:
        match how:
            case "state":
                now = getattr(state, what)
            case "part of state":
                now = state.slices.get(what)
            case "content":
                now = getattr(content, what)
            case "part of content":
                now = content.slices.get(what)
            case "kind":
                now = content.computed.versions.get(what)
            case "answer" | "answer about content":
                asked, seen, at, nested, now = what.last if memory is None else memory.get(what, _NOTHING)
                own = state if how == "answer" else content
                if asked is not own or seen is not content or at != version:
                    if seen is None or not _hold(nested, own, content):
                        now = what.renew(own, content, now)
                    elif memory is None:
                        what.last = own, content, version, nested, now
                    else:
                        memory[what] = own, content, version, nested, now
            case "itself":
                now = content
            case "everything":
                now = content.computed.version
            case "outside":
                now = what[0](*what[1])
                now = then if now == then else now
            case _:
                now = getattr(getattr(content, how), what)
        if now is not then:
            return False
    return True


# ---- stand-ins


class _Watched:
    """Stands for a state, a content or a nested part of it, and notes each field that is read, once."""

    def __init__(self, whole: Any, reads: list[Read], how: str) -> None:
        self._whole, self._reads, self._how = whole, reads, how

    def __getattr__(self, name: str) -> Any:
        whole, reads, how = self._whole, self._reads, self._how
        if name not in type(whole).__dataclass_fields__:
            return getattr(type(whole), name).__get__(self, type(whole))  # its methods read through this
        value = getattr(whole, name)
        if name == "slices":
            value = _WatchedParts(value, reads, f"part of {how}")
        elif name == "computed":
            value = _WatchedComputed(value, reads)
        elif how == "content" and name in _NESTED:
            kind: Any = type(value)
            value = _stand_in(kind)(value, reads, name)
        else:
            reads.append((how, name, value))
        vars(self)[name] = value
        return value


@cache
def _stand_in(kind: Any) -> type[_Watched]:
    """A class that `replace` and `isinstance` take for the one that it stands for."""
    seen = {"__dataclass_fields__": kind.__dataclass_fields__, "__class__": property(lambda _self: kind)}
    return type(f"Watched{kind.__name__}", (_Watched,), seen)


class _WatchedParts(Mapping[str, Any]):
    """The parts of features; whoever goes through all of them has read each."""

    def __init__(self, parts: Mapping[str, Any], reads: list[Read], how: str) -> None:
        self._parts, self._reads, self._how = parts, reads, how

    def get(self, id: str, default: Any = None) -> Any:
        found = self._parts.get(id)
        self._reads.append((self._how, id, found))
        return default if found is None else found

    def __getitem__(self, id: str) -> Any:
        self._reads.append((self._how, id, self._parts.get(id)))
        return self._parts[id]

    def __iter__(self) -> Iterator[str]:
        self._reads.append((self._how.removeprefix("part of "), "slices", self._parts))
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


class _WatchedComputed:
    """Values of keys: read is whatever is known of a kind."""

    def __init__(self, computed: Computed, reads: list[Read]) -> None:
        self._computed, self._reads = computed, reads
        self._kinds: set[type] = set()

    def get(self, key: Key[T]) -> Outcome[T] | None:
        if type(key) not in self._kinds:
            self._note(type(key))
        return self._computed.get(key)

    def value(self, key: Key[T] | None) -> T | None:
        outcome = None if key is None else self.get(key)
        return None if outcome is None else outcome.value

    def newest(self, kind: type[Key[T]], about: Hashable = None) -> Outcome[T] | None:
        if kind not in self._kinds:
            self._note(kind)
        return self._computed.newest(kind, about)

    @property
    def version(self) -> int:
        self._reads.append(("everything", None, self._computed.version))
        return self._computed.version

    def _note(self, kind: type) -> None:
        self._kinds.add(kind)
        self._reads.append(("kind", kind, self._computed.versions.get(kind)))
