"""The person in view: the bar above the workspaces that are about one, and the strip of people below them."""

from collections.abc import Iterable
from typing import Any

from sefd_viewer.app.content import Content
from sefd_viewer.app.feature import Feature, is_about_person
from sefd_viewer.app.keys import Key
from sefd_viewer.app.method_files import note_stages
from sefd_viewer.app.person_frames import PERSON_FRAME, PersonBarFrame, PersonFrame
from sefd_viewer.app.sentences import Account, Part
from sefd_viewer.app.state import ViewerState
from sefd_viewer.features.person.actions import PersonService, person_commands


def _wants(state: ViewerState, content: Content) -> Iterable[Key[Any] | None]:
    """Nothing while nothing is open: the first paint waits for no table."""
    if content.dataset is None:
        return ()
    from sefd_viewer.features.person.model import wants

    return wants(state, content)


def _resolve(state: ViewerState, content: Content) -> PersonFrame:
    if content.dataset is None:
        words = content.problem or ("Opening…" if content.opening is not None else "Nothing is open.")
        return PersonFrame(PersonBarFrame(account=Account((Part(words),))))
    from sefd_viewer.features.person.model import resolve

    return resolve(state, content)


FEATURES = (
    Feature(
        id="person",
        order=5,
        in_view=is_about_person,
        wants=_wants,
        note=note_stages,
        frame=PERSON_FRAME,
        resolve=_resolve,
        commands=person_commands,
        heading="People",
        service=PersonService,
        looks=("strip",),
        bars="sefd_viewer.features.person.views.bars:make_bars",
        keeps=("sefd_viewer.app.person_frames:STRIP", "sefd_viewer.app.people:PEOPLE"),
    ),
)
