"""A workspace in a plugin: how tall everybody in the photo stands, by the annotated bodies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from sefd_viewer import api

ID = "heights"


@dataclass(frozen=True)
class Heights(api.Key[tuple[str, ...]]):
    """A line for each person of a scene; computed on another thread."""

    title: ClassVar[str] = "Measuring heights"
    scene: Any
    find_body: Any

    def work(self) -> tuple[str, ...]:
        """Pose nobody: the rest pose of the annotated shape is measured from sole to crown."""
        return tuple(f"{person.key}: {self._words(person)}" for person in self.scene.people)

    def _words(self, person: api.PersonInput) -> str:
        if person.smpl is None:
            return "nobody annotated a body"
        body = self.find_body(person.smpl.body_id)
        rest = body.v_template + body.shapedirs[..., : len(person.smpl.betas)] @ person.smpl.betas
        return f"{100 * (rest[:, 1].max() - rest[:, 1].min()):.0f} cm"


@dataclass(frozen=True)
class Lines:
    """What the workspace shows."""

    texts: tuple[str, ...] = ()


FRAME = api.Slice("heights frame", Lines())


def key_of(content: Any) -> Heights | None:
    """What is computed for the photo in view."""
    return None if content.scene is None else Heights(content.scene, content.photos.find_body)


def wants(_state: Any, content: Any) -> Iterator[Heights | None]:
    """The heights of the photo in view."""
    yield key_of(content)


def resolve(_state: Any, content: Any) -> Lines:
    """The lines, or why there are none."""
    key = key_of(content)
    outcome = None if key is None else content.computed.get(key)
    if outcome is None:
        return Lines(("Open a photo.",) if key is None else ("Measuring…",))
    return Lines((outcome.problem,) if outcome.problem else outcome.value or ("Nobody is in the photo.",))


def make(_controller: Any) -> Any:
    """The widget."""
    from PySide6.QtWidgets import QListWidget

    class List(QListWidget):
        """A line for each person."""

        def apply(self, old: Any, new: Any) -> None:
            """Show a frame."""
            if FRAME.of(old) != FRAME.of(new) or not self.count():
                self.clear()
                self.addItems(FRAME.of(new).texts)

        def fit(self) -> None:
            """Show the first line."""
            self.scrollToTop()

    view = List()
    view.setAccessibleName("Heights of the bodies")
    return view


FEATURE = api.Feature(
    id=ID,
    order=900,
    in_view=api.in_workspace(ID),
    wants=wants,
    frame=FRAME,
    resolve=resolve,
    workspace=api.WorkspaceInfo("Heights", "How tall everybody stands", "Ctrl+9", about_person=True),
    view=make,
)
