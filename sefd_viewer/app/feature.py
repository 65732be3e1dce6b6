"""A feature: a room of the program that registers itself; the application asks only those that are in view.

The package `sefd_viewer.features` holds one sub-package for each kind of work; `FEATURES` in its module
`feature` says what it brings.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from sefd_viewer.app.content import Content
    from sefd_viewer.app.frame import Frame
    from sefd_viewer.app.keys import Key
    from sefd_viewer.app.slices import Slice
    from sefd_viewer.app.state import ViewerState
    from sefd_viewer.app.trials import Query
    from sefd_viewer.datasets.records import Dataset
    from sefd_viewer.inference.messages import EdgeNetwork


Host = Any
"""The `Controller`, which asks the features, and so knows them: here its name would close a circle."""
R = TypeVar("R")
_LAST = 900
"""Features of plugins come after the program's own."""
_log = logging.getLogger(__name__)


class Service(Protocol):
    """What a feature keeps running besides keys: a scan, a run, a player."""

    @property
    def busy(self) -> bool:
        """Whether something that is shown is still on its way."""

    @property
    def settling(self) -> bool:
        """Whether something goes on that nobody waits for."""

    def stop(self) -> None:
        """Stop what goes on; it can be asked for again."""

    def forget(self) -> None:
        """Another data set was opened: what was found belongs to the old one."""

    def close(self) -> None:
        """End for good; nothing is reported afterwards."""


@dataclass(frozen=True)
class Steering:
    """What the keys for the next photo and for persons do in a workspace of its own kind.

    `step` goes further by 1 or -1; `people` lists who can be chosen, by key; `choose` does it, None: nobody.
    `hold` is called while the space bar is held, and when it is let go.
    """

    step: Callable[[Host, int], None]
    people: Callable[[Host], Sequence[str]]
    choose: Callable[[Host, str | None], None]
    hold: Callable[[Host, bool], None] = lambda _controller, _on: None


@dataclass(frozen=True)
class WorkspaceInfo:
    """How a workspace is offered: its tab's `title`, what it is for (`tip`), its key.

    `hints` are what hands can do with what is shown, for the status line. `about_person`: it is about the
    person in view, who is told in the bar above it and chosen in the strip below, and can be judged there.
    """

    title: str
    tip: str
    shortcut: str
    hints: Callable[[Frame], Sequence[str]] = lambda _frame: ()
    about_person: bool = False


@dataclass(frozen=True)
class Pane:
    """A widget that stands at the right of some workspaces, under its `title`.

    `view` makes it from the controller ("module:function", or the function); it has `apply(old, new)` for
    frames.
    """

    title: str
    view: str | Callable[[Host], Any]
    workspaces: tuple[str, ...] = ("inspect",)


@dataclass(frozen=True)
class Found:
    """What lies beside a data set or a file that was opened: `begin` brings it into the state.

    `problems` say what of it cannot be read, `told` what was found.
    """

    begin: Callable[[ViewerState], ViewerState]
    problems: Sequence[str] = ()
    told: str | None = None


def _nothing(_state: ViewerState, _content: Content) -> tuple[()]:
    return ()


def _no_activity(_content: Content) -> tuple[str, float | None] | None:
    return None


@dataclass(frozen=True)
class Feature:
    """What a feature brings.

    `order` places it among the others. `in_view(state)`: whether anything of it is shown. `wants` lists the
    keys of what must be computed for the state, None among them where an input is missing; `asks` what the
    networks should try; `resolve` makes its `frame` part: all are pure and asked only while it is in view.
    `note` keeps in what is known something of what is known now. `rests`: whether networks, and the search
    for people, rest. `withholds`: whether the frame shown stays until the next one is whole. `hold` makes of
    the frame before and the next one that which is shown; what `waits` is the part of the frame that then
    stays with the photo.
    `uses_networks`: whether what is in view shows what the networks predict; `shows_edges`: also the edges
    that they saw; `edge_networks`: whose edges of the photo it shows; `shows_photo`: whether the photo is
    seen with its layers. `settle` makes of a new state in which
    it is in view the one that holds, `opened` the one for another data set. `activity`: what goes on besides
    keys and its share (0..1) that is done; `found` reads what lies beside an opened set or file of 2D poses;
    `undone`: what of the open set nobody did yet, in words; `chosen`: the places of the photos that its
    filter leaves, none where it leaves all. `commands` (each a `Command`) stand under `heading` on the page
    of keys, `method_commands` are there for each method (a `MethodInfo`). `service` is made once, with
    the controller. `pages` lie over the window, by name ("module:function", called with window and
    controller). `workspace`, its `steering` and `view` ("module:function", which makes the widget from
    the controller) are there for a feature with a tab of its own; others may place the view of one
    without. `bars` ("module:function") makes widgets that stand above and below the workspace while the
    feature is in view (`gui.workspaces.Bars`); while one `fills_screen` its bars alone are there, and
    nothing else of the window. `keeps` ("module:NAME") are the slices of the state that belong to a view
    that is saved or copied; a dataclass names in `fleeting` which of its fields do not.
    `looks` are the ids of those that say where one looks: undo leaves them. `panes` stand beside workspaces,
    whichever they name.
    """

    id: str
    order: int
    in_view: Callable[[ViewerState], bool]
    wants: Callable[[ViewerState, Content], Iterable[Key[Any] | None]] = _nothing
    asks: Callable[[ViewerState, Content], Iterable[Query]] = _nothing
    frame: Slice[Any] | None = None
    resolve: Callable[[ViewerState, Content], Any] | None = None
    note: Callable[[ViewerState, Content], Content] = lambda _state, content: content
    rests: Callable[[ViewerState], bool] = lambda _state: False
    withholds: Callable[[ViewerState, Content], bool] = lambda _state, _content: False
    hold: Callable[[Frame, Frame], Frame] = lambda _old, new: new
    waits: bool = False
    uses_networks: Callable[[ViewerState], bool] = lambda _state: False
    edge_networks: Callable[[ViewerState], Collection[EdgeNetwork]] = lambda _state: ()
    shows_edges: Callable[[ViewerState], bool] = lambda _state: False
    shows_photo: Callable[[ViewerState], bool] = lambda _state: False
    fills_screen: Callable[[ViewerState], bool] | None = None
    settle: Callable[[ViewerState, Content], ViewerState] = lambda state, _content: state
    opened: Callable[[ViewerState, Dataset], ViewerState] = lambda state, _dataset: state
    found: Callable[[Host, Dataset | str], Found] | None = None
    activity: Callable[[Content], tuple[str, float | None] | None] = _no_activity
    undone: Callable[[Content], str] = lambda _content: ""
    chosen: Callable[[Content], tuple[int, ...]] = lambda _content: ()
    commands: Callable[[], Sequence[Any]] = tuple
    method_commands: Callable[[Any], Sequence[Any]] = lambda _info: ()
    heading: str = ""
    service: Callable[[Host], Service] | None = None
    pages: Mapping[str, str] = field(default_factory=dict)
    steering: Steering | None = None
    workspace: WorkspaceInfo | None = None
    view: str | Callable[[Host], Any] = ""
    bars: str = ""
    panes: tuple[Pane, ...] = ()
    looks: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()


def in_workspace(id: str) -> Callable[[ViewerState], bool]:
    """A feature's `in_view`: true while the workspace called `id` is shown."""
    return lambda state: state.workspace == id


def is_about_person(state: ViewerState) -> bool:
    """Whether the workspace in view is about the person in view."""
    infos = [one.workspace for one in features() if one.id == state.workspace]
    return any(info is not None and info.about_person for info in infos)


@cache
def features() -> tuple[Feature, ...]:
    """All features, in order: the program's own, which are the packages of its folder, and plugins'."""
    package = importlib.import_module("sefd_viewer.features")
    names = [found.name for found in pkgutil.iter_modules(package.__path__, "sefd_viewer.features.")]
    found = [feature for name in names for feature in importlib.import_module(f"{name}.feature").FEATURES]
    known = {feature.id for feature in found}
    found += [feature for feature in plugin_features()[0] if feature.id not in known]
    return tuple(sorted(found, key=lambda feature: feature.order))


def workspaces() -> tuple[Feature, ...]:
    """The features that have a tab of their own, in order."""
    return tuple([feature for feature in features() if feature.workspace is not None])


def made_of(place: str | Callable[..., Any]) -> Callable[..., Any]:
    """What stands at "module:function"; the module is imported now. A function is meant itself."""
    if not isinstance(place, str):
        return place
    module, _, name = place.partition(":")
    made: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return made


def steering_of(state: ViewerState) -> Steering | None:
    """What keys do in the workspace in view, None where it has the usual ways."""
    return next((feature.steering for feature in workspaces() if feature.id == state.workspace), None)


def fills_screen(state: ViewerState) -> bool:
    """Whether a feature has the screen for itself."""
    return any(one.fills_screen(state) for one in features() if one.fills_screen is not None)


def chosen_positions(content: Content) -> tuple[int, ...]:
    """The places of the photos that filters leave, none where they leave all."""
    return next((places for feature in features() if (places := feature.chosen(content))), ())


@cache
def plugin_features() -> tuple[tuple[Feature, ...], dict[str, str]]:
    """The features and panes of the plugins in use, and by folder why some are left out."""
    from sefd_viewer.app.plugins import follow_settings, loaded
    from sefd_viewer.plugin_code import offers

    follow_settings()
    features, problems = loaded(offers("features"), Feature)
    panes, of_panes = loaded(offers("panes"), Pane)
    made = [
        *(_guarded(one) for _, one in features),
        *(Feature(offer.id, _LAST, _nowhere, panes=(one,)) for offer, one in panes),
    ]
    return tuple(made), {**problems, **of_panes}


def _nowhere(_state: Any) -> bool:
    return False


def _guarded(feature: Feature) -> Feature:
    """The feature after the program's own; what fails in it is logged and shows nothing."""
    initial = None if feature.frame is None else feature.frame.initial
    resolve = None if feature.resolve is None else _safe(feature.resolve, initial)
    return replace(
        feature,
        order=max(feature.order, _LAST),
        in_view=_safe(feature.in_view, False),
        wants=_safe(lambda *given: tuple(feature.wants(*given)), ()),
        resolve=resolve,
    )


def _safe(function: Callable[..., R], instead: R) -> Callable[..., R]:
    """The function with `instead` in place of an exception."""

    @wraps(function)
    def call(*given: Any) -> R:
        try:
            return function(*given)
        except Exception:  # strangers' code may raise anything
            _log.exception("a plugin failed")
            return instead

    return call
