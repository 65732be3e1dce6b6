"""Caches forget what was used longest ago, and hold no more bytes than they may."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sefd_viewer.app.cache import LruCache, held_bytes
from sefd_viewer.body.files import open_body


@dataclass(frozen=True, eq=False)
class Body:
    vertices: np.ndarray
    model: object = None


class Pair(NamedTuple):
    first: object
    second: object


def picture(kilobytes: int) -> np.ndarray:
    return np.zeros(1000 * kilobytes, np.uint8)


def test_arrays_are_counted_once_wherever_they_lie():
    one, other = picture(3), picture(5)
    value = {"a": [Body(one[:7]), Body(other)], "b": Pair(one[1000:], ({"c": other},))}
    assert held_bytes(value) == 8000
    assert held_bytes(Body(one, open_body())) == 3000  # the body model is everybody's


def test_a_cache_holds_no_more_than_it_may_and_what_was_used_stays():
    cache: LruCache[np.ndarray] = LruCache(10, most_bytes=10_000)
    for name in "abc":
        cache.put(name, picture(3))
    cache.get("a")
    assert [len(one) for one in cache.put("d", picture(4))] == [3000]
    assert [cache.get(name) is not None for name in "abcd"] == [True, False, True, True]
    cache.put("d", picture(1))  # smaller by now
    cache.put("e", picture(3))
    assert len(cache) == 4
    cache.put("huge", picture(50))
    assert len(cache) == 1


def test_what_was_dropped_weighs_nothing():
    cache: LruCache[np.ndarray] = LruCache(2, most_bytes=10_000)
    for name in "abcd":
        cache.put(name, picture(4))
    cache.drop("d")
    cache.resize(0)
    assert cache.bytes == 0
    assert len(cache) == 0
