"""Present: prepared cases, one after the other, for people who do not know the method."""

from sefd_viewer.app.feature import Feature
from sefd_viewer.features.present.commands import presentation_commands

FEATURES = (
    Feature(
        id="present",
        order=80,
        in_view=lambda state: state.presentation.show is not None,
        commands=presentation_commands,
        heading="Present",
    ),
)
