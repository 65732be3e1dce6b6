from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sefd_viewer.app import open_files
from sefd_viewer.app.controller import Controller, Surroundings
from sefd_viewer.datasets.records import Dataset
from tests.app.session_fakes import AtOnce, FakeClient, HandClock, dataset


@pytest.fixture
def opens(monkeypatch: pytest.MonkeyPatch) -> Callable[[Dataset], None]:
    """Say which data set every `open` finds."""

    def set_dataset(found: Dataset) -> None:
        monkeypatch.setattr(open_files, "open_inputs", lambda _inputs, **_options: found)

    set_dataset(dataset())
    return set_dataset


@pytest.fixture
def make(opens: Callable[[Dataset], None]) -> Callable[..., Controller]:
    """Make a controller whose surroundings answer at once, already open on `found`."""

    def build(found: Dataset | None = None, *, at_once: bool = True, **options: Any) -> Controller:
        if found is not None:
            opens(found)
        clients: list[FakeClient] = []

        def client(listen: Any) -> FakeClient:
            clients.append(FakeClient(listen, at_once=at_once))
            return clients[0]

        surroundings = Surroundings(
            executor=options.pop("executor", AtOnce()),
            post=lambda call: call(),
            timer=options.pop("timer", HandClock()),
            client=client,
            detect=options.pop("detect", lambda _image: []),
            rest=options.pop("rest", None),
            answers=options.pop("answers", None),
        )
        built = Controller(surroundings, **options)
        built.open([])
        return built

    return build
